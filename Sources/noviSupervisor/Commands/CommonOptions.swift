import ArgumentParser
import Shared
import SupervisorClient

/// Options that every command has.
struct CommonOptions: ParsableArguments {
    @Option(
        help: "The supervisor's home folder (default: NOVI_HOME, ~/.novi, or the system service).",
        completion: .directory
    )
    var home: String?

    @Flag(help: "No colours.")
    var noColor = false

    /// Where the supervisor lives.
    func layout() throws(CommandFailure) -> HomeLayout {
        try HomeResolution.layout(option: home)
    }

    /// A connection to a daemon that must be there.
    func connect(_ patience: Patience = .reading) throws(CommandFailure) -> ControlClient {
        try DaemonConnection.connect(try layout(), patience)
    }

    /// What the terminal shows.
    var style: Style { Style(noColor: noColor) }
}

/// The value of `--only`.
enum OnlyOption {
    /// The names, without the blanks around them; empty where the option was not given.
    static func names(_ text: String?) throws(CommandFailure) -> [String] {
        guard let text else { return [] }
        let names = text.split(separator: ",")
            .map { part in
                String(part.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
            }
            .filter { !$0.isEmpty }
        guard !names.isEmpty else {
            throw CommandFailure("--only names no app", .usage, hint: "write --only api,web")
        }
        return names
    }
}

/// The option of commands that wait for the daemon.
struct TimeoutOption: ParsableArguments {
    @Option(help: "The longest wait, such as 30s or 2m.")
    var timeout: String = "60s"

    /// The wait.
    func duration() throws(CommandFailure) -> Duration {
        guard let duration = TimeText.duration(timeout), duration > .zero else {
            throw CommandFailure(
                "--timeout \(timeout) is no time",
                .usage,
                hint: "write 500ms, 30s, 2m or 1h"
            )
        }
        return duration
    }

    /// The client's own deadline: what the daemon gets, and room for its answer.
    static func deadline(for timeout: Duration) -> Duration { timeout + Patience.room }
}

extension ParsableCommand {
    /// Runs the work of a command; a failure is told on standard error and becomes the exit status.
    func perform(_ work: () throws(CommandFailure) -> Void) throws {
        do throws(CommandFailure) {
            try work()
        } catch {
            if !error.message.isEmpty {
                Output.complain("noviSupervisor: \(error.message)")
            }
            throw error.status.code
        }
    }
}

extension ExitStatus {
    /// The status as ArgumentParser takes it.
    var code: ExitCode { ExitCode(rawValue) }
}

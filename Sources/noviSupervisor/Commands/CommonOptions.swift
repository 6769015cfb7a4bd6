import ArgumentParser
import LinuxSystem
import Shared

/// Options that every command has.
struct CommonOptions: ParsableArguments {
    @Option(help: "The supervisor's home folder (default: NOVI_HOME, ~/.novi, or the system service).")
    var home: String?

    @Flag(help: "No colours.")
    var noColor = false

    /// Where the supervisor lives.
    func layout() throws(CommandFailure) -> HomeLayout {
        try HomeResolution.layout(option: home)
    }

    /// A connection to a daemon that must be there.
    func connect() throws(CommandFailure) -> ControlClient {
        try DaemonConnection.connect(try layout())
    }

    /// What the terminal shows.
    var style: Style { Style(noColor: noColor) }
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
    static func deadline(for timeout: Duration) -> Duration { timeout + .seconds(5) }
}

/// Times as people type them.
enum TimeText {
    /// Reads `500ms`, `30s`, `2m`, `1h`, or plain seconds.
    static func duration(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        guard let number = Double(digits), number >= 0, number < 1e9 else { return nil }
        let scale: Double
        switch text.dropFirst(digits.count) {
        case "ms": scale = 1
        case "s", "": scale = 1000
        case "m", "min": scale = 60_000
        case "h": scale = 3_600_000
        default: return nil
        }
        return .milliseconds(Int64(number * scale))
    }
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

/// Selections as people type them; a regular expression is resolved here, against the list of names.
enum Selections {
    /// What the daemon is sent.
    static func resolve(_ typed: [String], _ client: ControlClient) throws(CommandFailure) -> JSONValue {
        var resolved: [String] = []
        for text in typed {
            guard text.hasPrefix("/"), text.hasSuffix("/"), text.count > 2 else {
                resolved.append(text)
                continue
            }
            let pattern = String(text.dropFirst().dropLast())
            guard let expression = try? Regex(pattern) else {
                throw CommandFailure("\(text) is no regular expression", .usage)
            }
            let names = try Listing.processes(client, nil).map(Listing.name)
            let matching = names.filter { $0.contains(expression) }
            guard !matching.isEmpty else { throw CommandFailure("no process matches \(text)", .noSuchApp) }
            resolved += matching
        }
        return .array(resolved.map { .string($0) })
    }
}

/// The list of processes.
enum Listing {
    /// All processes, or the selected ones.
    static func processes(_ client: ControlClient, _ select: JSONValue?) throws(CommandFailure) -> [JSONValue]
    {
        try everything(client, select).processes
    }

    /// The daemon and all processes, or the selected ones.
    static func everything(
        _ client: ControlClient,
        _ select: JSONValue?
    ) throws(CommandFailure) -> (daemon: JSONValue, processes: [JSONValue]) {
        var parameters: JSONObject = [:]
        if let select { parameters["select"] = select }
        var daemon = JSONValue.null
        var processes: [JSONValue] = []
        try client.callForMany("List", parameters) { reply in
            daemon = reply["daemon"] ?? .null
            processes += reply["processes"]?.arrayValue ?? []
        }
        return (daemon, processes)
    }

    /// `api` or `api:1`.
    static func name(_ process: JSONValue) -> String {
        let app = process["name"]?.stringValue ?? ""
        let instance = process["instance"]?.integerValue ?? 0
        return instance == 0 ? app : "\(app):\(instance)"
    }
}

import ArgumentParser
import Shared

/// The command `version`; `--version` alone prints the number and nothing else.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Tell the version of this program, and of the daemon where one answers."
    )

    /// The longest wait for a daemon that may not be there.
    private static let patience: Duration = .seconds(1)

    @OptionGroup var common: CommonOptions
    @Flag(help: "JSON for scripts.")
    var json = false

    func run() throws {
        let daemon = daemon()
        if json {
            Output.json(["version": .string(CommandVersion.text), "daemon": daemon ?? .null])
            return
        }
        Output.line("noviSupervisor \(CommandVersion.text)")
        if let daemon {
            let version = daemon["version"]?.stringValue ?? "?"
            Output.line("noviSupervisord \(version), pid \(daemon["pid"]?.integerValue ?? 0)")
        } else {
            Output.line("no daemon answers")
        }
    }

    /// What the daemon says of itself; `nil` when none answers, for whatever reason.
    private func daemon() -> JSONValue? {
        let milliseconds = Int32(clamping: Self.patience.wholeMilliseconds)
        guard let layout = try? common.layout(),
            let client = try? ControlClient(layout, timeoutMilliseconds: milliseconds)
        else { return nil }
        return try? client.call("Ping", deadline: Self.patience)["daemon"]
    }
}

import ArgumentParser
import Shared
import SupervisorClient

/// The command `monit [APP…]`: becomes the program noviMonitor.
struct MonitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monit",
        abstract: "Watch processes, logs and the host on one screen, and act on them.",
        discussion: "? shows the keys. Where output is no terminal: plain lines, again and again."
    )

    @OptionGroup var common: CommonOptions
    @Flag(help: "Only look: keys that change something tell the command instead.")
    var readOnly = false
    @Option(help: "The time between two looks, 1s or more (default: 1s; 5s where output is no terminal).")
    var interval: String?
    @Argument(
        help: "Names, ids, globs, /regular expressions/, namespaces with a colon; nothing for all.",
        completion: AppNameCompletion.kind
    )
    var select: [String] = []

    func run() throws {
        try perform { () throws(CommandFailure) in
            var options = try Self.options(interval: interval)
            let layout = try common.layout()
            options += layout == .system ? ["--system"] : ["--home", layout.home]
            if common.home != nil { options.append("--home-is-named") }
            if common.noColor { options.append("--no-color") }
            if readOnly { options.append("--read-only") }
            // What is wrong is told before the screen changes.
            let client = try DaemonConnection.connect(layout)
            var names: [String] = []
            if !select.isEmpty {
                let selection = try Selections.resolve(select, client)
                _ = try Listing.processes(client, selection)
                names = (selection.arrayValue ?? []).compactMap(\.stringValue)
            }
            try Execution.replace(with: DaemonLauncher.beside("noviMonitor"), options + ["--"] + names)
        }
    }

    /// The interval as the monitor takes it.
    static func options(interval: String?) throws(CommandFailure) -> [String] {
        guard let interval else { return [] }
        guard let time = TimeText.duration(interval), time >= .seconds(1) else {
            throw CommandFailure(
                "--interval \(interval) is no time of 1s or more",
                .usage,
                hint: "write --interval 2s"
            )
        }
        return ["--interval-ms", "\(time.wholeMilliseconds)"]
    }
}

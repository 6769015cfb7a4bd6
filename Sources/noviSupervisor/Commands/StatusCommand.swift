import ArgumentParser
import LinuxSystem
import Shared
import SupervisorClient

/// The command `status [APP…]`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show processes, and the reason for whatever is not well.",
        aliases: ["list", "ls", "ps", "l"]
    )

    @OptionGroup var common: CommonOptions
    @Flag(help: "JSON for scripts; with --watch an object a line.")
    var json = false
    @Flag(help: "Exit 0 when everything that should run is online; else name the others and exit 3.")
    var check = false
    @Flag(help: "Show it again and again, in place.")
    var watch = false
    @Option(help: "With --watch: the time between two looks.")
    var interval: String = "2s"
    @Argument(
        help: "Names, ids, globs, /regular expressions/, namespaces with a colon; nothing for all.",
        completion: AppNameCompletion.kind
    )
    var select: [String] = []

    func run() throws {
        try perform { () throws(CommandFailure) in
            guard !(watch && check) else {
                throw CommandFailure("--check looks once; it does not go with --watch", .usage)
            }
            try Selections.refuseEmpty(select)
            let layout = try common.layout()
            let client: ControlClient
            do throws(CommandFailure) {
                client = try DaemonConnection.connect(layout)
            } catch {
                if error.status == .noDaemon, !json { showLastKnown(layout) }
                throw error
            }
            if watch {
                try watchForever(client, layout)
            } else {
                try show(client)
            }
        }
    }

    private func selection(_ client: ControlClient) throws(CommandFailure) -> JSONValue? {
        select.isEmpty ? nil : try Selections.resolve(select, client)
    }

    /// One look as scripts get it.
    private func writeJSON(_ daemon: JSONValue, _ processes: [JSONValue]) {
        Output.json(["daemon": daemon, "processes": .array(processes)])
    }

    private func show(_ client: ControlClient) throws(CommandFailure) {
        let (daemon, processes) = try Listing.everything(client, try selection(client))
        if json {
            writeJSON(daemon, processes)
        } else if !check {
            Output.write(StatusTable(processes, common.style).text())
        }
        guard check else { return }
        let others = processes.filter { $0["as_wanted"]?.boolValue != true }
        guard others.isEmpty else {
            let lines = others.map { process in
                let reason = process["reason"]?.stringValue.map { ": \(common.style.plain($0))" } ?? ""
                return "\(Listing.name(process)) is \(process["state"]?.stringValue ?? "?")\(reason)"
            }
            throw CommandFailure(lines.joined(separator: "\n  "), .notInWantedState)
        }
    }

    private func showLastKnown(_ layout: HomeLayout) {
        let entries = LastKnownState.entries(layout)
        guard !entries.isEmpty else { return }
        Output.complain("The daemon does not run; a new one would restore:")
        for entry in entries {
            let count = entry.instances == 1 ? "" : " ×\(entry.instances)"
            Output.complain(
                "  \(entry.name)\(common.style.plain(count))\(entry.isWanted ? "" : " (stopped)")"
            )
        }
    }

    private func watchForever(_ first: ControlClient, _ layout: HomeLayout) throws(CommandFailure) {
        guard let pause = TimeText.duration(interval), pause >= .milliseconds(100) else {
            throw CommandFailure(
                "\(interval) between two looks is no time of 100ms or more",
                .usage,
                hint: "write --watch=500ms or --interval 2s"
            )
        }
        Interruption.endsQuietly()
        var client: ControlClient? = first
        while true {
            do throws(CommandFailure) {
                let connected = try connection(client, layout)
                client = connected
                let (daemon, processes) = try Listing.everything(connected, try selection(connected))
                if json {
                    writeJSON(daemon, processes)
                } else {
                    let room = Terminal.size(1).map { max(1, $0.rows - 1) }
                    draw(StatusTable(processes, common.style).text(height: room))
                }
            } catch {
                // The daemon may come back; until then each look says that it is away.
                guard error.status == .noDaemon else { throw error }
                client = nil
                if json { writeJSON(.null, []) } else { draw("\(error.message)\n") }
            }
            Pause.milliseconds(pause.wholeMilliseconds)
        }
    }

    private func connection(
        _ known: ControlClient?,
        _ layout: HomeLayout
    ) throws(CommandFailure) -> ControlClient {
        if let known { return known }
        return try ControlClient(layout)
    }

    /// Draws in place: cursor home, each line cleared behind its end, then the rest of the screen; no flicker.
    private func draw(_ text: String) {
        guard let size = Terminal.size(1) else {
            Output.line(text)
            return
        }
        let lines = text.split(separator: "\n").prefix(max(1, size.rows - 1))
        Output.write("\u{1B}[H" + lines.map { "\($0)\u{1B}[K\n" }.joined() + "\u{1B}[J")
    }
}

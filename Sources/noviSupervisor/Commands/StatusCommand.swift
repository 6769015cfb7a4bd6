import ArgumentParser
import Glibc
import LinuxSystem
import Shared

/// The command `status [APP…]`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show processes, and the reason for whatever is not well.",
        aliases: ["list", "ls", "ps", "l"]
    )

    @OptionGroup var common: CommonOptions
    @Flag(help: "JSON for scripts.")
    var json = false
    @Flag(help: "Say nothing; exit 0 when everything that should run is online, 3 when not.")
    var check = false
    @Flag(help: "Show it again and again, in place.")
    var watch = false
    @Option(help: "With --watch: the time between two looks.")
    var interval: String = "2s"
    @Argument(help: "Names, ids, globs, /regular expressions/, namespaces with a colon; nothing for all.")
    var select: [String] = []

    func run() throws {
        try perform { () throws(CommandFailure) in
            let layout = try common.layout()
            let client: ControlClient
            do throws(CommandFailure) {
                client = try DaemonConnection.connect(layout)
            } catch {
                if error.status == .noDaemon, !json { showLastKnown(layout) }
                throw error
            }
            if watch {
                try watchForever(client)
                return
            }
            try show(client)
        }
    }

    private func selection(_ client: ControlClient) throws(CommandFailure) -> JSONValue? {
        select.isEmpty ? nil : try Selections.resolve(select, client)
    }

    private func show(_ client: ControlClient) throws(CommandFailure) {
        let (daemon, processes) = try Listing.everything(client, try selection(client))
        if check {
            let isWell = processes.allSatisfy(Self.isAsWanted)
            if !isWell { throw CommandFailure("", .notInWantedState) }
            return
        }
        if json {
            let document: JSONValue = ["schema": 1, "daemon": daemon, "processes": .array(processes)]
            Output.line(String(decoding: document.serialized(), as: UTF8.self))
            return
        }
        Output.write(StatusTable(processes, common.style).text())
    }

    /// Online, or stopped because somebody asked for it or because it completed.
    private static func isAsWanted(_ process: JSONValue) -> Bool {
        switch process["state"]?.stringValue {
        case "online": true
        case "stopped":
            process["reason"]?.stringValue.map { $0.hasPrefix("stopped by") || $0.hasPrefix("completed") }
                ?? true
        default: false
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

    private func watchForever(_ client: ControlClient) throws(CommandFailure) {
        guard let pause = TimeText.duration(interval), pause > .zero else {
            throw CommandFailure("--interval \(interval) is no time", .usage)
        }
        while true {
            let style = common.style
            let table = StatusTable(try Listing.processes(client, try selection(client)), style).text()
            // Home, each line cleared behind its end, the rest of the screen cleared: no flicker.
            let lines = table.split(separator: "\n", omittingEmptySubsequences: false)
            let body = lines.joined(separator: "\u{1B}[K\n")
            Output.write(style.width == nil ? table + "\n" : "\u{1B}[H\(body)\u{1B}[J")
            let nanoseconds = pause.wholeNanoseconds
            var wait = timespec(
                tv_sec: Int(nanoseconds / 1_000_000_000),
                tv_nsec: Int(nanoseconds % 1_000_000_000)
            )
            nanosleep(&wait, nil)
        }
    }
}

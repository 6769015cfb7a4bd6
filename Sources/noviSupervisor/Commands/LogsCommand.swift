import ArgumentParser
import LinuxSystem
import Shared

/// The command `logs`: shows them, unless a subcommand says otherwise.
struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show the last lines of apps, and with -f what comes; or rotate their logs.",
        subcommands: [ShowLogsCommand.self, RotateLogsCommand.self],
        defaultSubcommand: ShowLogsCommand.self,
        aliases: ["log"]
    )
}

/// The command `logs [APP…] [-f] [-n]`.
struct ShowLogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the last lines of apps, and with -f what comes."
    )

    /// Which streams are shown.
    enum Stream: String, ExpressibleByArgument, CaseIterable {
        case out
        case error
        case both
    }

    @OptionGroup var common: CommonOptions
    @Flag(name: [.customShort("f"), .long], help: "Go on with each new line.")
    var follow = false
    @Option(name: [.customShort("n"), .customLong("lines")], help: "How many past lines of each file.")
    var lines: Int = 15
    @Option(help: "out, error or both.")
    var stream: Stream = .both
    @Flag(help: "No name before the lines.")
    var noPrefix = false
    @Argument(
        help: "Names, ids, globs, /regular expressions/, namespaces with a colon; nothing for all.",
        completion: AppNameCompletion.kind
    )
    var select: [String] = []

    func run() throws {
        try perform { () throws(CommandFailure) in
            guard lines >= 0 else {
                throw CommandFailure("--lines \(lines) is no number of lines", .usage)
            }
            let client = try common.connect()
            let names = try Selections.resolve(select.isEmpty ? ["all"] : select, client)
            let reply = try client.call("GetLogFiles", ["select": names])
            let sources = sources(reply["files"]?.arrayValue ?? [])
            let follower = LogFollower(sources, isTerminal: Terminal.isTerminal(1))
            Interruption.endsQuietly()
            follower.showLast(lines, isComplete: !follow)
            if follow { try follower.follow() }
        }
    }

    private func sources(_ files: [JSONValue]) -> [LogFollower.Source] {
        let style = common.style
        let colors: [Style.Color] = [.cyan, .green, .magenta, .yellow, .blue]
        let width = files.reduce(0) { max($0, ($1["process"]?.stringValue ?? "").count) }
        var sources: [LogFollower.Source] = []
        var seen: Set<String> = []
        for (index, file) in files.enumerated() {
            let name = file["process"]?.stringValue ?? "?"
            let padded = name + String(repeating: " ", count: width - name.count)
            for (key, wanted) in [("output", Stream.out), ("error", .error)] {
                guard stream == .both || stream == wanted, let path = file[key]?.stringValue else { continue }
                guard seen.insert(path).inserted else { continue }
                let color = wanted == .error ? Style.Color.red : colors[index % colors.count]
                let mark = wanted == .error ? "!" : "|"
                let prefix = noPrefix ? "" : style.paint("\(padded) \(mark) ", color)
                sources.append(LogFollower.Source(path: path, prefix: prefix))
            }
        }
        return sources
    }
}

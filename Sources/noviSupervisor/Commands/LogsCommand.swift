import ArgumentParser
import LinuxSystem
import LogFiles
import Shared
import SupervisorClient
import SupervisorCore

/// The command `logs`: shows them, unless a subcommand says otherwise.
struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show the last lines of apps, and with -f what comes; or rotate their logs.",
        subcommands: [
            ShowLogsCommand.self, RotateLogsCommand.self, LogUsageCommand.self, AnalyseLogsCommand.self,
        ],
        defaultSubcommand: ShowLogsCommand.self,
        aliases: ["log"]
    )
}

/// The command `logs [APP…]`.
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
    @Option(
        name: [.customShort("n"), .customLong("lines")],
        parsing: .unconditional,
        help: "How many past lines of all files together (default: 15; all when something is searched)."
    )
    var lines: Int?
    @Option(help: "From when on: 10m, 2h, yesterday, 12:30, 2026-11-24, RFC 3339.")
    var since: String?
    @Option(help: "Until when.")
    var until: String?
    @Option(help: "Only lines that hold this extended regular expression.")
    var grep: String?
    @Flag(name: .shortAndLong, help: "Search without regard to case.")
    var ignoreCase = false
    @Option(help: "Only lines of at least this level: debug, info, notice, warning, error, critical.")
    var level: String?
    @Option(help: "out, error or both.")
    var stream: Stream = .both
    @Flag(help: "What the last ended run of each process wrote.")
    var previous = false
    @Flag(help: "One JSON record a line.")
    var json = false
    @Flag(name: [.customShort("t"), .long], help: "When each line was written, before it.")
    var timestamps = false
    @Flag(help: "No name before the lines.")
    var noPrefix = false
    @Argument(
        help: "Names, ids, globs, /regular expressions/, namespaces with a colon; nothing for all.",
        completion: AppNameCompletion.kind
    )
    var select: [String] = []

    /// How far a follower may be behind before it misses lines (F20), in bytes.
    private static let longestBacklog: Int64 = 64 << 20

    func run() throws {
        try perform { () throws(CommandFailure) in
            let conditions = try conditions()
            guard (lines ?? 0) >= 0 else {
                throw CommandFailure("--lines \(lines ?? 0) is no number of lines", .usage)
            }
            let files = try files()
            Interruption.endsQuietly()
            let printer = LogPrinter(files, prefixes: prefixes(of: files), format)
            // Before the first look, so that nothing that is written meanwhile is missed.
            let watch = follow ? try LogWatch(files.map(\.path)) : nil
            let isSearch = since != nil || until != nil || grep != nil || level != nil || previous
            do throws(SystemError) {
                let logs = try MergedLogs(
                    files.map { $0.source(ofPreviousRun: previous) },
                    conditions,
                    last: lines ?? (isSearch ? nil : 15),
                    needsLevels: json
                )
                try logs.read(isComplete: !follow, printer.take)
                printer.flush()
                while let watch {
                    for index in watch.wait() { logs.wake(index) }
                    for (index, bytes) in logs.skipBacklogs(above: Self.longestBacklog) {
                        printer.tellSkipped(bytes, of: index)
                    }
                    try logs.read(isComplete: false, printer.take)
                    printer.flush()
                }
            } catch {
                printer.flush()
                throw CommandFailure("cannot read logs: \(error)")
            }
        }
    }

    private var format: LogPrinter.Format {
        json ? .json : .text(hasTime: timestamps, isSanitized: Terminal.isTerminal(1))
    }

    private func conditions() throws(CommandFailure) -> LineConditions {
        var conditions = LineConditions(
            since: try MomentText.option(since, "--since"),
            until: try MomentText.option(until, "--until")
        )
        try MomentText.check(conditions.since, conditions.until)
        if let level {
            guard let lowest = LogLevel(name: level) else {
                throw CommandFailure(
                    "--level \(level) is no level",
                    .usage,
                    hint: "levels: " + LogLevel.allCases.map(\.name).joined(separator: ", ")
                )
            }
            conditions.lowestLevel = lowest
        }
        if let grep {
            do throws(LinePattern.Failure) {
                conditions.pattern = try LinePattern(grep, ignoresCase: ignoreCase)
            } catch {
                throw CommandFailure("--grep \(grep) is no regular expression: \(error.reason)", .usage)
            }
        }
        return conditions
    }

    private func files() throws(CommandFailure) -> [LogFile] {
        var files = try LogFile.selected(select, common, needsDaemon: previous)
        if stream != .both { files = files.filter { ($0.origin.stream == .out) == (stream == .out) } }
        guard previous else { return files }
        let ended = files.filter { $0.previousRun != nil }
        guard ended.isEmpty, !files.isEmpty else { return ended }
        throw CommandFailure(
            "no run of these has ended yet",
            hint: "leave --previous out to see the present run"
        )
    }

    private func prefixes(of files: [LogFile]) -> [String] {
        guard !noPrefix, !json else { return files.map { _ in "" } }
        let style = common.style
        let colors: [Style.Color] = [.cyan, .green, .magenta, .yellow, .blue]
        let names = files.map { "\($0.origin.process)" }
        let width = names.map(\.count).max() ?? 0
        var order: [String] = []
        return zip(files, names).map { file, name in
            if order.last != name { order.append(name) }
            let isError = file.origin.stream == .error
            let color = isError ? Style.Color.red : colors[(order.count - 1) % colors.count]
            let padding = String(repeating: " ", count: width - name.count)
            return style.paint("\(name)\(padding) \(isError ? "!" : "|") ", color)
        }
    }
}

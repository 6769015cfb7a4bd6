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
        abstract: "Show the last lines of apps, and with -f what comes.",
        usage: """
            noviSupervisor logs [<options>] [<select> ...]
            noviSupervisor logs rotate|usage|analyse [<select> ...]
            """,
        discussion: """
            Examples:
              noviSupervisor logs -f web
              noviSupervisor logs api web --since 2h --grep 'time-?out' --level warning
              noviSupervisor logs api --previous

            Other commands, each with a --help of its own:
              logs rotate     put the present files aside now
              logs usage      how much room logs take, how far they are from their limits
              logs analyse    frequent errors, slow requests, restarts, also in archives
            """
    )

    /// Which streams are shown.
    enum Stream: String, ExpressibleByArgument, CaseIterable {
        case out
        case error
        case both

        /// Reads a word; records and PM2 call standard error `err`.
        init?(argument: String) {
            self.init(rawValue: argument == OutputStream.error.shortWord ? "error" : argument)
        }
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
    @Option(help: "Only lines of at least this level: trace, debug, info, notice, warning, error, critical.")
    var level: String?
    @Option(help: "out, error (or err), or both.")
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

    func run() throws {
        try perform { () throws(CommandFailure) in
            let conditions = try conditions()
            guard (lines ?? 0) >= 0 else {
                throw CommandFailure("--lines \(lines ?? 0) is no number of lines", .usage)
            }
            let layout = try common.layout()
            let files = try files()
            Interruption.endsQuietly()
            let names = noPrefix || json ? nil : LogPrefixes(files, common.style)
            let printer = LogPrinter(files, names, format)
            for (index, remark) in LogRemark.ofFiles(files) { printer.tell(of: index) { _ in remark } }
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
                if let watch {
                    let arrivals = previous ? nil : LogArrivals(layout, select)
                    try LogFollower(logs, watch, printer, files.map(\.path), arrivals).follow(isWanted)
                }
                try logs.read(isComplete: true, printer.take)
                printer.tell(logs.takeSurprises())
                printer.flush()
            } catch {
                printer.flush()
                throw CommandFailure("cannot read logs: \(error)")
            }
        }
    }

    private var format: LogPrinter.Format {
        if json { return .json }
        let colors: LogPrinter.TerminalColors = common.style.hasColor ? .kept : .leftOut
        return .text(hasTime: timestamps, Terminal.isTerminal(1) ? colors : nil)
    }

    private func isWanted(_ file: LogFile) -> Bool {
        stream == .both || (file.origin.stream == .out) == (stream == .out)
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
        let files = try LogFile.selected(select, common, needsDaemon: previous).filter(isWanted)
        guard previous else { return files }
        let ended = files.filter { $0.previousRun != nil }
        guard ended.isEmpty, !files.isEmpty else { return ended }
        throw CommandFailure(
            "no run of these has ended yet",
            hint: "leave --previous out to see the present run"
        )
    }
}

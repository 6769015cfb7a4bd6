import ArgumentParser
import LinuxSystem
import LogFiles
import Shared
import SupervisorClient
import SupervisorCore

/// The command `logs analyse [APP…]` (spec row A24).
struct AnalyseLogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analyse",
        abstract:
            "Which errors are frequent, which requests slow, what was restarted, how steady WhatsApp was.",
        aliases: ["analyze"]
    )

    @OptionGroup var common: CommonOptions
    @Option(help: "From when on: 10m, 2h, yesterday, 12:30, 2026-11-24, RFC 3339.")
    var since: String?
    @Option(help: "Until when.")
    var until: String?
    @Flag(help: "One JSON document.")
    var json = false
    @Argument(help: "Which apps; nothing for all.", completion: AppNameCompletion.kind)
    var select: [String] = []

    func run() throws {
        try perform { () throws(CommandFailure) in
            let since = try MomentText.option(since, "--since")
            let until = try MomentText.option(until, "--until")
            try MomentText.check(since, until)
            let files = try LogFile.selected(select, common)
            Interruption.endsQuietly()
            for (_, remark) in LogRemark.ofFiles(files) {
                Output.complain("noviSupervisor: \(remark.message)")
            }
            let analysis = try Self.analysis(of: files, LineConditions(since: since, until: until))
            let names = Set(files.map { "\($0.origin.process)" })
            let restarts = try Self.restarts(of: names, try common.layout().daemonLog, since, until)
            let page = LogAnalysisPage(
                analysis: analysis,
                restarts: restarts,
                files: files.map(\.path),
                since: since,
                until: until
            )
            if json { Output.json(page.json) } else { Output.write(page.text(common.style)) }
        }
    }

    /// Reads all lines once, onward, through archives; nothing of them is kept but counts.
    private static func analysis(
        of files: [LogFile],
        _ conditions: LineConditions
    ) throws(CommandFailure) -> LogAnalysis {
        var analysis = LogAnalysis()
        do throws(SystemError) {
            let sources = files.map { $0.source(ofPreviousRun: false) }
            let logs = try MergedLogs(sources, conditions, last: nil, needsLevels: true)
            try logs.read(isComplete: true) { entry, buffer in
                guard !entry.line.continues else { return }
                let line = entry.text(in: buffer)
                analysis.add(
                    line,
                    app: files[entry.source].origin.process.app.rawValue,
                    level: entry.level ?? sources[entry.source].defaultLevel,
                    at: entry.time,
                    continues: LevelRecognition.continuesEntry(line.span)
                )
            }
            for (index, surprise) in logs.takeSurprises() {
                let remark = LogRemark(surprise, of: files[index].path)
                Output.complain("noviSupervisor: \(remark.message)")
            }
        } catch {
            throw CommandFailure("cannot read logs: \(error)")
        }
        return analysis
    }

    /// Reads the supervisor's own log, whose lines begin with their time.
    private static func restarts(
        of names: Set<String>,
        _ path: String,
        _ since: Int64?,
        _ until: Int64?
    ) throws(CommandFailure) -> RestartTally {
        var tally = RestartTally()
        guard FileStatus.exists(path) else { return tally }
        do throws(SystemError) {
            let logs = try MergedLogs([LogSource(log: LogPath(path))], LineConditions(), last: nil)
            try logs.read(isComplete: true) { entry, buffer in
                let line = Substring(String(decoding: buffer[entry.line.range], as: UTF8.self))
                guard let end = line.firstIndex(of: " "),
                    let time = MomentText.nanoseconds(String(line[..<end]), now: 0),
                    time >= since ?? .min, time <= until ?? .max
                else { return }
                let rest = line[line.index(after: end)...]
                guard let process = RestartTally.process(of: rest), names.contains(process) else { return }
                tally.add(rest, at: time)
            }
        } catch {
            throw CommandFailure("cannot read \(path): \(error)")
        }
        return tally
    }
}

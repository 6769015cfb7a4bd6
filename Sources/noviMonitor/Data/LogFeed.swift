import LinuxSystem
import LogFiles
import Shared
import SupervisorClient
import SupervisorCore

/// Reads the logs of a scope from their files: the last lines at first, then what comes.
final class LogFeed {
    /// More than so much behind and lines are left out: the screen shows the newest.
    private static let longestBacklog: Int64 = 1 << 20
    /// So many lines at a time: keys are served between them, however fast an app writes.
    private static let portion = 2000
    /// More of one line is not shown.
    private static let lineBytes = 4096

    let scope: LogScope
    private let files: [LogFile]
    private let clean: CleanText
    private let logs: MergedLogs
    private let watch: LogWatch?
    /// Whether there is more than was read last, which no event will tell.
    private(set) var hasMore = false

    /// Opens the files; those of the past are not followed.
    ///
    /// - Throws: ``CommandFailure`` when a file cannot be read or watched.
    init(_ scope: LogScope, _ files: [LogFile], _ clean: CleanText) throws(CommandFailure) {
        self.scope = scope
        self.clean = clean
        self.files = scope.isPrevious ? files.filter { $0.previousRun != nil } : files
        // Before the first look, so that nothing that is written meanwhile is missed.
        watch = scope.isPrevious || files.isEmpty ? nil : try LogWatch(files.map(\.path))
        do throws(SystemError) {
            logs = try MergedLogs(
                self.files.map { $0.source(ofPreviousRun: scope.isPrevious) },
                LineConditions(),
                last: LogPane.firstLines,
                needsLevels: true
            )
        } catch {
            throw CommandFailure("cannot read logs: \(error)")
        }
    }

    /// What to watch for `.readable`; `nil` when nothing comes.
    var rawValue: Int32? { watch?.rawValue }

    /// The lines that are there now.
    ///
    /// - Throws: ``CommandFailure`` when a file cannot be read.
    func lines() throws(CommandFailure) -> [LogLine] {
        var lines: [LogLine] = []
        if let watch {
            for index in watch.changed() { logs.wake(index) }
            for (index, bytes) in logs.skipBacklogs(above: Self.longestBacklog) {
                lines.append(skipped(ByteCount(bytes), of: files[index]))
            }
        }
        do throws(SystemError) {
            let isAll = try logs.read(isComplete: scope.isPrevious, portion: Self.portion) { entry, buffer in
                guard !entry.line.continues else { return }
                lines.append(line(entry, buffer))
            }
            hasMore = !isAll
        } catch {
            throw CommandFailure("cannot read logs: \(error)")
        }
        return lines
    }

    private func line(_ entry: MergedLogs.Entry, _ buffer: [UInt8]) -> LogLine {
        let file = files[entry.source]
        let bytes = buffer[entry.line.range].prefix(Self.lineBytes)
        let isCut = bytes.count < entry.line.range.count || entry.line.isContinued
        return LogLine(
            time: timeText(entry.time),
            process: clean.clean(file.writer),
            isError: file.origin.stream == .error,
            level: entry.level ?? .info,
            text: clean.clean(String(decoding: bytes, as: UTF8.self) + (isCut ? " …" : ""))
        )
    }

    private func skipped(_ count: ByteCount, of file: LogFile) -> LogLine {
        LogLine(
            time: timeText(Clocks.realtimeNanoseconds()),
            process: clean.clean("\(file.origin.process)"),
            isError: file.origin.stream == .error,
            level: .notice,
            text:
                "(monit: \(count) came faster than they can be read and are left out; all of it is in the log)"
        )
    }

    private var lastTime: (second: Int64, text: String) = (.min, "")

    private func timeText(_ nanoseconds: Int64) -> String {
        let second = nanoseconds / 1_000_000_000
        if second == lastTime.second { return lastTime.text }
        guard let time = Clocks.localTime(of: nanoseconds) else { return "" }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        lastTime = (second, "\(two(time.hour)):\(two(time.minute)):\(two(time.second))")
        return lastTime.text
    }
}

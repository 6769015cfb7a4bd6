import LinuxSystem
import LogFiles
import Shared
import SupervisorClient
import SupervisorCore
import Synchronization

/// The newest lines of some logs, gone on with from question to question: only what was written in between is read.
final class LogTail: Sendable {
    private struct Line {
        var time: Int64
        var source: Int
        var level: LogLevel?
        var text: String
    }

    /// What a look at a file tells: another one, or one that changed, has something to read.
    private typealias Stamp = FileStatus?

    private struct State {
        var logs: MergedLogs?
        var stamps: [Stamp]
        /// The newest last.
        var lines: [Line] = []
    }

    /// The daemon's answer that tells where the logs are.
    let answer: JSONObject
    /// Which lines are wanted.
    let question: LogQuestion
    private let origins: [(writer: String, stream: String)]
    private let state: Mutex<State>

    /// Makes a tail that has read nothing yet.
    init(of answer: JSONObject, _ question: LogQuestion) {
        self.answer = answer
        self.question = question
        let files = LogFile.told(by: answer)
        origins = files.map { ($0.writer, $0.origin.stream.rawValue) }
        state = Mutex(State(stamps: files.map { _ in nil }))
    }

    /// The newest lines, the oldest of them first; blocks while it reads.
    ///
    /// - Throws: `SystemError` when a log that is there cannot be read.
    func lines() throws -> [JSONValue] {
        try state.withLock { state in
            let files = LogFile.told(by: answer)
            let stamps = files.map { try? FileStatus(path: $0.path, followsLinks: false) }
            if let logs = state.logs {
                for index in files.indices where stamps[index] != state.stamps[index] { logs.wake(index) }
                try read(logs, isComplete: false, &state.lines)
            } else {
                let logs = try MergedLogs(
                    files.map { $0.source(ofPreviousRun: false) },
                    question.conditions(at: Clocks.realtimeNanoseconds()),
                    last: question.lines,
                    needsLevels: true
                )
                // What was written without a line end before anybody looked is shown as it is.
                try read(logs, isComplete: true, &state.lines)
                state.logs = logs
            }
            state.stamps = stamps
            return state.lines.map(json)
        }
    }

    private func read(_ logs: MergedLogs, isComplete: Bool, _ lines: inout [Line]) throws {
        var isDone = false
        while !isDone {
            isDone = try logs.read(isComplete: isComplete, portion: question.lines) { entry, buffer in
                // The rest of a very long line is not shown.
                guard !entry.line.continues else { return }
                let bytes = buffer[entry.line.range].prefix(Limits.logLineBytes)
                let isCut = bytes.count < entry.line.range.count || entry.line.isContinued
                lines.append(
                    Line(
                        time: entry.time / 1_000_000,
                        source: entry.source,
                        level: entry.level,
                        text: String(decoding: bytes, as: UTF8.self) + (isCut ? " …" : "")
                    )
                )
            }
            if lines.count > question.lines { lines.removeFirst(lines.count - question.lines) }
        }
    }

    private func json(_ line: Line) -> JSONValue {
        [
            "time": .integer(line.time), "process": .string(origins[line.source].writer),
            "stream": .string(origins[line.source].stream), "level": .optional(line.level?.name),
            "text": .string(line.text),
        ]
    }
}

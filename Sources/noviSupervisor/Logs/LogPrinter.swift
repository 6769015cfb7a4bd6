import LinuxSystem
import LogFiles
import Shared
import SupervisorClient
import SupervisorCore

/// Writes the lines of logs for people, for scripts, or as they are.
final class LogPrinter {
    /// What lines look like.
    enum Format {
        /// Each behind its prefix and, if asked for, its time.
        case text(hasTime: Bool, isSanitized: Bool)
        /// One record of JSON a line, as in files of `log_type: "json"`, with the level.
        case json
    }

    private let files: [LogFile]
    private let format: Format
    private let prefixes: [[UInt8]]
    private let writers: [DerivedLineWriter]
    private let stamps: LineStamps
    private var output: [UInt8] = []
    /// The log whose line was begun and not ended.
    private var unfinished: Int?

    private static let blockBytes = 64 << 10
    /// What every record for scripts begins with; files of `log_type: "json"` are PM2's and have none.
    private static let schema = Array(#"{"schema":1,"#.utf8)
    /// The time before a line, in moment.js letters: local, with the offset from UTC.
    private static let stampPattern = "YYYY-MM-DDTHH:mm:ss.SSSZ"

    /// Makes a printer; the prefixes belong to the files.
    init(_ files: [LogFile], prefixes: [String], _ format: Format) {
        self.files = files
        self.format = format
        self.prefixes = prefixes.map { Array($0.utf8) }
        switch format {
        case .text: stamps = LineStamps(pattern: Self.stampPattern)
        case .json: stamps = LineStamps(pattern: nil)
        }
        writers = files.map { DerivedLineWriter(.json(stamp: nil), of: $0.origin) }
    }

    /// Takes one line; it is written with others.
    func take(_ entry: MergedLogs.Entry, _ buffer: [UInt8]) {
        switch format {
        case .json:
            let start = output.count
            writers[entry.source].append(
                entry.line,
                from: buffer,
                stamp: stamps.text(of: entry.time),
                level: entry.level,
                to: &output
            )
            output.replaceSubrange(start...start, with: Self.schema)
        case .text(let hasTime, let isSanitized):
            appendText(entry, buffer[entry.line.range], hasTime, isSanitized)
        }
        if output.count >= Self.blockBytes { flush() }
    }

    private func appendText(
        _ entry: MergedLogs.Entry,
        _ bytes: ArraySlice<UInt8>,
        _ hasTime: Bool,
        _ isSanitized: Bool
    ) {
        if entry.source != unfinished || !entry.line.continues {
            // Another log's line goes on a line of its own.
            if unfinished != nil { output.append(0x0A) }
            if hasTime {
                output += stamps.text(of: entry.time)
                output.append(0x20)
            }
            output += prefixes[entry.source]
        }
        if isSanitized, !bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            output += TerminalText.sanitized(String(decoding: bytes, as: UTF8.self)).utf8
        } else {
            // Exact bytes for who reads on.
            output += bytes
        }
        unfinished = entry.line.isContinued ? entry.source : nil
        if unfinished == nil { output.append(0x0A) }
    }

    /// Writes what waits.
    func flush() {
        guard !output.isEmpty else { return }
        Output.write(bytes: output)
        output.removeAll(keepingCapacity: true)
    }

    /// Tells that a reader too slow missed something.
    func tellSkipped(_ bytes: Int64, of source: Int) {
        flush()
        Output.complain(
            "noviSupervisor: this reader is too slow; \(ByteCount(bytes)) of \(files[source].path) left out"
        )
    }
}

import LinuxSystem
import LogFiles
import Shared
import SupervisorClient
import SupervisorCore

/// Writes the lines of logs for people, for scripts, or as they are.
final class LogPrinter {
    /// What lines look like.
    enum Format {
        /// Each behind its prefix and, if asked for, its time; for a terminal, or byte for byte.
        case text(hasTime: Bool, TerminalColors?)
        /// One record of JSON a line, as in files of `log_type: "json"`, with the level.
        case json
    }

    /// What a terminal gets of an app's colours.
    enum TerminalColors {
        case kept
        case leftOut
    }

    private var files: [LogFile] = []
    private let format: Format
    /// What makes the names before lines; `nil` for none.
    private var names: LogPrefixes?
    private var prefixes: [[UInt8]] = []
    private var writers: [DerivedLineWriter] = []
    /// The writers of records of instances that share a file, by its number and theirs.
    private var instanceWriters: [[Int]: DerivedLineWriter] = [:]
    private let stamps: LineStamps
    private var output: [UInt8] = []
    /// The log whose line was begun and not ended.
    private var unfinished: Int?

    private static let blockBytes = 64 << 10
    /// What every record for scripts begins with; files of `log_type: "json"` are PM2's and have none.
    private static let schema = Array(#"{"schema":1,"#.utf8)
    /// The time before a line, in moment.js letters: local, with the offset from UTC.
    private static let stampPattern = "YYYY-MM-DDTHH:mm:ss.SSSZ"

    /// Makes a printer for files.
    init(_ files: [LogFile], _ names: LogPrefixes?, _ format: Format) {
        self.format = format
        self.names = names
        switch format {
        case .text: stamps = LineStamps(pattern: Self.stampPattern)
        case .json: stamps = LineStamps(pattern: nil)
        }
        for file in files { add(file) }
    }

    /// Takes one more file in, whose number is the next one.
    func add(_ file: LogFile) {
        files.append(file)
        prefixes.append(Array((names?.prefix(of: file) ?? "").utf8))
        writers.append(
            DerivedLineWriter(.json(stamp: nil), of: file.origin, knowsProcess: !file.isShared)
        )
    }

    /// Takes one line; it is written with others.
    func take(_ entry: MergedLogs.Entry, _ buffer: [UInt8]) {
        switch format {
        case .json:
            appendRecord(entry, buffer)
        case .text(let hasTime, let colors):
            appendText(entry, buffer[entry.line.range], hasTime, colors)
        }
        if output.count >= Self.blockBytes { flush() }
    }

    private func appendRecord(_ entry: MergedLogs.Entry, _ buffer: [UInt8]) {
        var line = entry.line
        line.range = line.range.dropFirst(entry.message.start)
        if let text = entry.message.text { line.range = 0..<text.count }
        let start = output.count
        writer(of: entry).append(
            line,
            from: entry.message.text ?? buffer,
            stamp: stamps.text(of: entry.time),
            level: entry.level,
            to: &output
        )
        output.replaceSubrange(start...start, with: Self.schema)
    }

    /// Where instances share a file the line itself may say which one wrote it.
    private func writer(of entry: MergedLogs.Entry) -> DerivedLineWriter {
        guard files[entry.source].isShared, let number = entry.message.processID else {
            return writers[entry.source]
        }
        if let known = instanceWriters[[entry.source, number]] { return known }
        var origin = files[entry.source].origin
        origin.processID = number
        let writer = DerivedLineWriter(.json(stamp: nil), of: origin)
        instanceWriters[[entry.source, number]] = writer
        return writer
    }

    private func appendText(
        _ entry: MergedLogs.Entry,
        _ bytes: ArraySlice<UInt8>,
        _ hasTime: Bool,
        _ colors: TerminalColors?
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
        if let colors, !bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            let text = String(decoding: bytes, as: UTF8.self)
            output += TerminalText.line(text, keepsColors: colors == .kept).utf8
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

    /// Tells what happened to logs.
    func tell(_ surprises: [(source: Int, surprise: LogSurprise)]) {
        for (source, surprise) in surprises { tell(of: source) { LogRemark(surprise, of: $0) } }
    }

    /// Tells something about a log, on standard error and among records.
    func tell(of source: Int, _ remark: (String) -> LogRemark) {
        let remark = remark(files[source].path)
        if case .json = format {
            output += remark.record(of: files[source], at: stamps.text(of: Clocks.realtimeNanoseconds()))
            output.append(0x0A)
        }
        flush()
        Output.complain("noviSupervisor: \(remark.message)")
    }
}

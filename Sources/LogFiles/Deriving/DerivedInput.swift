import LinuxSystem
import Shared
import SupervisorCore

/// One source of a job: how far it is read, and what becomes of its lines.
final class DerivedInput {
    private(set) var source: DerivedJob.Source
    let tail: PrimaryTail
    /// Whether all was read that was there at the last look.
    private(set) var isAtEnd = false
    /// Whether lines of the target carry their time.
    let needsStamp: Bool
    private let filter: DerivedJob.Filter
    private let writer: DerivedLineWriter
    private let parsesFields: Bool
    private var encoder: JournalLineEncoder
    /// Whether somebody asks for the level of each line.
    private let needsLevel: Bool
    private var level: LogLevel?

    init(
        _ source: DerivedJob.Source,
        of job: DerivedJob,
        from position: SourcePosition?,
        _ runEnds: RunEnds
    ) throws(SystemError) {
        self.source = source
        tail = try PrimaryTail(
            source.log,
            from: position,
            start: job.start,
            maximumLineBytes: job.maximumLineBytes,
            runEnds: runEnds
        )
        level = position?.level
        filter = job.filter
        var needsLevel = false
        if case .level = job.filter { needsLevel = true }
        switch job.target {
        case .file(_, let format, _):
            writer = DerivedLineWriter(format, of: source.origin)
            needsStamp = format.needsStamp
            parsesFields = false
        case .journal(_, let parses):
            writer = DerivedLineWriter(.plain, of: source.origin)
            needsStamp = false
            parsesFields = parses
            needsLevel = true
        }
        self.needsLevel = needsLevel
        encoder = JournalLineEncoder(of: source.origin, parsesFields: parsesFields)
    }

    /// Where the source goes on.
    var position: SourcePosition { tail.position(level: level) }

    /// Reads until there is a whole line or no more; returns whether anything was read.
    func refill(_ chunk: UnsafeMutableRawBufferPointer) throws(SystemError) -> Bool {
        guard tail.next() == nil else { return true }
        isAtEnd = false
        var hasRead = false
        while try tail.fill(chunk) {
            hasRead = true
            if tail.next() != nil { return true }
        }
        isAtEnd = true
        return hasRead
    }

    /// Until when this source's lines go before those of the others.
    func timeLimit(among inputs: [DerivedInput]) -> Int64 {
        var limit = Int64.max
        guard inputs.count > 1 else { return limit }
        for input in inputs where input !== self && input.tail.next() != nil {
            limit = min(limit, input.tail.nextTime())
        }
        return limit
    }

    /// Whether a line goes to the target; also notes its level.
    func admits(_ line: LineAssembler.Line) -> Bool {
        if needsLevel { level = level(of: line) }
        switch filter {
        case .all: return true
        case .level(let lowest): return (level ?? source.defaultLevel) >= lowest
        case .stream(let stream): return source.origin.stream == stream
        }
    }

    /// The level that a line gives itself, that of the entry that it continues, or that of its source.
    private func level(of line: LineAssembler.Line) -> LogLevel {
        if line.continues, let level { return level }
        let bytes = tail.assembler.buffer[line.range].span
        if let own = LevelRecognition.level(of: bytes, rules: source.rules) { return own }
        if let level, LevelRecognition.continuesEntry(bytes) { return level }
        return source.defaultLevel
    }

    func write(_ line: LineAssembler.Line, _ stamp: [UInt8], to output: inout [UInt8]) {
        writer.append(line, from: tail.assembler.buffer, stamp: stamp, to: &output)
    }

    func encode(_ line: LineAssembler.Line, into entry: inout JournalEntry) {
        let end = tail.end(of: line)
        encoder.encode(
            line,
            from: tail.assembler.buffer,
            level: level ?? source.defaultLevel,
            upTo: JournalOffset(
                device: end?.identity.device ?? 0,
                inode: end?.identity.inode ?? 0,
                offset: end?.offset ?? 0
            ),
            into: &entry
        )
    }

    func setRun(_ run: RunID?) {
        source.origin.run = run
        encoder = JournalLineEncoder(of: source.origin, parsesFields: parsesFields)
    }
}

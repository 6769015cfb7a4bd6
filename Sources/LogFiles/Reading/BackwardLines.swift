import Glibc
import LinuxSystem
import SupervisorCore

/// Finds the wanted lines of one log from the newest to the oldest, over all its files, reading in blocks.
///
/// Of the last lines of ten gigabytes only the last block is read. A compressed file, which cannot be read backwards, is read
/// onward once; only the places of its last lines are kept.
final class BackwardLines {
    /// Where a wanted line begins.
    struct Mark {
        var file: SourceFile
        var offset: Int64
        /// When it was written, in nanoseconds since 1970.
        var time: Int64
        /// Its level, or that of the entry that it continues.
        var level: LogLevel?
    }

    private let source: LogSource
    private let conditions: LineConditions
    /// How many lines are asked for at most.
    private let limit: Int
    private let needsLevel: Bool
    /// The files that were not looked at yet, the oldest first.
    private var rotated: [RotatedLog]
    private var file: SourceFile?
    /// The wanted lines of the last block, the newest last.
    private var marks: [Mark] = []
    /// Where the part of the file ends that was not looked at yet.
    private var end: Int64 = 0
    /// Where the part of the file begins that may hold wanted lines.
    private var lowest: Int64 = 0
    private var blockBytes = BackwardLines.firstBlockBytes
    private let times = LineTimes()
    /// Files that could not be read to their ends.
    private(set) var damaged: [String] = []
    private let chunk: UnsafeMutableRawBufferPointer

    private static let firstBlockBytes: Int64 = 64 << 10
    private static let largestBlockBytes: Int64 = 1 << 20

    /// Makes a search.
    ///
    /// - Parameters:
    ///   - source: The log.
    ///   - conditions: Which lines are wanted.
    ///   - limit: How many are asked for at most.
    ///   - needsLevel: Whether marks tell the level.
    ///   - chunk: A buffer to read to.
    init(
        _ source: LogSource,
        _ conditions: LineConditions,
        limit: Int,
        needsLevel: Bool,
        chunk: UnsafeMutableRawBufferPointer
    ) {
        self.source = source
        self.conditions = conditions.narrowed(since: source.since, until: source.until)
        self.limit = limit
        self.needsLevel = needsLevel
        self.chunk = chunk
        let files = SourceFile.all(of: source.log)
        rotated = files.rotated
        if let live = files.live { begin(live) }
    }

    /// The newest wanted line that was not given yet.
    func next() -> Mark? {
        while marks.isEmpty {
            if end > lowest, let file {
                readBlock(file)
                continue
            }
            // All before this was written before the first wanted moment.
            if lowest > 0 { return nil }
            guard let older = rotated.popLast() else { return nil }
            if let opened = try? SourceFile(older) { begin(opened) }
        }
        return marks.popLast()
    }

    private func begin(_ file: SourceFile) {
        self.file = file
        blockBytes = Self.firstBlockBytes
        times.forget()
        times.refresh(file)
        let bounds = file.bounds(conditions, chunk)
        lowest = bounds.lowerBound
        end = bounds.upperBound
    }

    private func readBlock(_ file: SourceFile) {
        var start = lowest
        if !file.isCompressed, end - lowest > blockBytes {
            start = lineStart(in: file, behind: end - blockBytes)
            blockBytes = min(blockBytes * 2, Self.largestBlockBytes)
        }
        scan(file, start..<end)
        end = start
    }

    /// The first line in a block that begins an entry; the only line of a block that holds no other.
    private func lineStart(in file: SourceFile, behind offset: Int64) -> Int64 {
        var offset = offset
        while offset > lowest {
            if let start = firstEntry(in: file, offset..<end) { return start }
            offset = max(lowest, offset - Int64(chunk.count))
        }
        return lowest
    }

    private func firstEntry(in file: SourceFile, _ range: Range<Int64>) -> Int64? {
        let count = Int(min(range.upperBound - range.lowerBound, Int64(chunk.count)))
        let part = UnsafeMutableRawBufferPointer(rebasing: chunk[..<count])
        guard (try? file.read(at: range.lowerBound, into: part)) == count else { return nil }
        var first: Int64?
        var index = 0
        guard let base = part.baseAddress else { return nil }
        while let found = memchr(base + index, 0x0A, count - index) {
            index = found - base + 1
            let offset = range.lowerBound + Int64(index)
            guard offset < range.upperBound else { break }
            let rest = UnsafeRawBufferPointer(rebasing: part[index..<min(count, index + 128)])
            // A stack trace has the level of the line above it: it is not torn from it.
            if !source.format.continuesEntry(rest.bindMemory(to: UInt8.self).span) { return offset }
            if first == nil { first = offset }
        }
        return first
    }

    /// Notes the wanted lines of a part of a file.
    private func scan(_ file: SourceFile, _ range: Range<Int64>) {
        var level: LogLevel?
        // A rotation, or the first moment asked for, may part a stack trace from its head.
        if range.lowerBound == lowest, needsLevel || conditions.lowestLevel != nil {
            level = EntryLevel.before(lowest, in: file, older: rotated.last, source, chunk)
        }
        var judge = LineJudge(conditions, source, needsLevel: needsLevel, level: level)
        var assembler = LineAssembler(maximumBytes: LineAssembler.defaultMaximumBytes)
        var offset = range.lowerBound
        var lineStart = offset
        func take(_ line: LineAssembler.Line) {
            let start = lineStart
            lineStart += Int64(line.byteCount)
            let isWanted = judge.admits(line, in: assembler.buffer) { times.time(of: file, at: start) }
            guard isWanted, !line.continues else { return }
            if marks.count >= 2 * max(1, limit) { marks.removeFirst(marks.count - limit) }
            let time = times.time(of: file, at: start)
            marks.append(Mark(file: file, offset: start, time: time, level: judge.level))
        }
        while offset < range.upperBound {
            let count = Int(min(range.upperBound - offset, Int64(chunk.count)))
            let part = UnsafeMutableRawBufferPointer(rebasing: chunk[..<count])
            // What cannot be read any more ends here: a damaged archive gives what it has.
            guard let read = try? file.read(at: offset, into: part) else {
                damaged.append(file.path)
                break
            }
            guard read > 0 else { break }
            assembler.append(UnsafeRawBufferPointer(rebasing: part[..<read]).bindMemory(to: UInt8.self).span)
            offset += Int64(read)
            while let line = assembler.next() { take(line) }
        }
        if let line = assembler.finish() { take(line) }
    }
}

extension SourceFile {
    /// The part of the file that can hold lines between two times: from the start of a line.
    func bounds(_ conditions: LineConditions, _ chunk: UnsafeMutableRawBufferPointer) -> Range<Int64> {
        guard let status = try? status() else { return 0..<0 }
        let size = length ?? .max
        var lower: Int64 = 0
        var upper = size
        if let since = conditions.since {
            lower = offset(before: since, status.modifiedNanoseconds, size)
        }
        if let until = conditions.until, status.modifiedNanoseconds > until {
            upper = offset(before: until + 1, status.modifiedNanoseconds, size)
            if upper < size { upper = lineEnd(behind: upper, size, chunk) }
        }
        if lower > 0, lower < size { lower = lineEnd(behind: lower - 1, size, chunk) }
        return min(lower, upper)..<upper
    }

    private func offset(before time: Int64, _ modified: Int64, _ size: Int64) -> Int64 {
        // All was written before.
        if modified < time { return size }
        guard let cursor = IndexCursor(indexPath, of: identity) else { return 0 }
        return min(cursor.offset(before: time), size)
    }

    /// The first byte behind the line that holds an offset.
    private func lineEnd(
        behind offset: Int64,
        _ size: Int64,
        _ chunk: UnsafeMutableRawBufferPointer
    ) -> Int64 {
        var offset = offset
        while let count = try? read(at: offset, into: chunk), count > 0 {
            guard let base = chunk.baseAddress else { break }
            if let found = memchr(base, 0x0A, count) {
                return offset + Int64(found - base) + 1
            }
            offset += Int64(count)
        }
        return offset
    }
}

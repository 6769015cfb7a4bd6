import Glibc
public import LinuxSystem
public import SupervisorCore

/// Reads several logs as one: all their lines in the order of their times, through rotations and compressed archives.
///
/// Lines of one log stay in the order in which they were written, whatever the clock did. Times are those of the indexes
/// (docs/LOGS.md), exact to a batch of the writer: a millisecond at most, unless the log is busy. Memory is bounded by the
/// number of logs and the longest line that is given in one piece, not by how much is read.
public final class MergedLogs {
    /// One line, or a part of one that is very long.
    public struct Entry {
        /// Which of the logs it is of.
        public var source: Int
        /// When it was written, in nanoseconds since 1970.
        public var time: Int64
        /// Its level, by its own words or as those of its source have; only where levels are asked for.
        public var level: LogLevel?
        /// What the program wrote in it; only where levels are asked for.
        public var message: LineMessage
        /// Where its bytes are, without the line end.
        public var line: LineAssembler.Line

        /// What the program wrote, without the stamp or the record around it.
        ///
        /// - Parameter buffer: The bytes that the line is in.
        /// - Returns: Its bytes.
        public func text(in buffer: [UInt8]) -> ArraySlice<UInt8> {
            message.text.map { $0[...] } ?? buffer[line.range].dropFirst(message.start)
        }
    }

    struct Reading {
        var tail: PrimaryTail
        var judge: LineJudge
        var until: Int64
        /// How far behind it was last, where that was less than before: what it has to read by its start is no lag.
        var allowance: Int64?
        /// Whether nothing more is there now.
        var isAtEnd = false
        /// Whether nothing more is wanted.
        var hasEnded = false
    }

    private var sources: [LogSource]
    private let conditions: LineConditions
    private let needsLevels: Bool
    var readings: [Reading] = []
    /// The log in the middle of a line, which goes on before all others.
    var unfinished: Int?
    /// Archives that were found damaged when the last lines were searched.
    var damagedArchives: [(source: Int, path: String)] = []
    /// Damaged archives that were told.
    var toldArchives: Set<String> = []
    private let chunk: UnsafeMutableRawBufferPointer

    private static let chunkBytes = 256 << 10
    /// The most lines that can be asked for from the end.
    private static let largestCount = 1 << 32

    /// Finds where reading begins.
    ///
    /// - Parameters:
    ///   - sources: The logs.
    ///   - conditions: Which lines are wanted.
    ///   - count: How many of the last lines of all logs together; `nil` for all.
    ///   - needsLevels: Whether each entry must have a level.
    /// - Throws: `SystemError` when a log that is there cannot be opened.
    public init(
        _ sources: [LogSource],
        _ conditions: LineConditions,
        last count: Int?,
        needsLevels: Bool = false
    ) throws(SystemError) {
        self.sources = sources
        self.conditions = conditions
        self.needsLevels = needsLevels
        chunk = .allocate(byteCount: Self.chunkBytes, alignment: 16)
        let starts = starts(last: count.map { min($0, Self.largestCount) })
        for (source, start) in zip(sources, starts) { readings.append(try reading(of: source, from: start)) }
    }

    /// Reads one more log with the others, from its first wanted line on.
    ///
    /// - Throws: `SystemError` when it is there and cannot be opened.
    public func add(_ source: LogSource) throws(SystemError) {
        let reading = try reading(of: source, from: firstWanted(of: source))
        sources.append(source)
        readings.append(reading)
    }

    private func reading(of source: LogSource, from start: Start) throws(SystemError) -> Reading {
        let limit = LineAssembler.defaultMaximumBytes
        var level: LogLevel?
        let tail: PrimaryTail
        switch start {
        case .beginning:
            tail = try PrimaryTail(source.log, from: nil, start: .beginning, maximumLineBytes: limit)
        case .end: tail = try PrimaryTail(source.log, from: nil, start: .end, maximumLineBytes: limit)
        case .at(let file, let offset, let known):
            tail = PrimaryTail(source.log, at: offset, of: file, maximumLineBytes: limit)
            level = known
        }
        let conditions = conditions.narrowed(since: source.since, until: source.until)
        let judge = LineJudge(conditions, source, needsLevel: needsLevels, level: level)
        return Reading(tail: tail, judge: judge, until: conditions.until ?? .max)
    }

    deinit { chunk.deallocate() }

    // MARK: - Where to begin

    private enum Start {
        case beginning
        case end
        case at(SourceFile, Int64, LogLevel?)
    }

    private func starts(last count: Int?) -> [Start] {
        guard let count else { return sources.map { firstWanted(of: $0) } }
        let searches = sources.map {
            BackwardLines($0, conditions, limit: count, needsLevel: needsLevels, chunk: chunk)
        }
        var heads = count > 0 ? searches.map { $0.next() } : []
        var starts = sources.map { _ in Start.end }
        for _ in 0..<count {
            var newest: Int?
            var time = Int64.min
            for (index, mark) in heads.enumerated() {
                // Of equally old lines the later log's comes later when they are read onward.
                if let mark, mark.time >= time {
                    newest = index
                    time = mark.time
                }
            }
            guard let newest, let mark = heads[newest] else { break }
            starts[newest] = .at(mark.file, mark.offset, mark.level)
            heads[newest] = searches[newest].next()
        }
        for (index, search) in searches.enumerated() {
            damagedArchives += search.damaged.map { (index, $0) }
        }
        return starts
    }

    /// Where the first line of a log can be that is not too old.
    private func firstWanted(of source: LogSource) -> Start {
        let conditions = conditions.narrowed(since: source.since, until: nil)
        guard conditions.since != nil else { return .beginning }
        let (rotated, live) = SourceFile.all(of: source.log)
        let files = [live].lazy.map { $0 } + rotated.reversed().lazy.map { try? SourceFile($0) }
        var first: (file: SourceFile, offset: Int64)?
        for case let file? in files {
            let lower = file.bounds(conditions, chunk).lowerBound
            // A file that is all too old: the next one, or what comes.
            if let length = file.length, lower >= length || lower == .max { break }
            first = (file, lower)
            if lower > 0 { break }
        }
        guard let first else { return live != nil || !rotated.isEmpty ? .end : .beginning }
        guard needsLevels || conditions.lowestLevel != nil else { return .at(first.file, first.offset, nil) }
        let older = rotated.last { $0.sequence < first.file.lowestSequence }
        let level = EntryLevel.before(first.offset, in: first.file, older: older, source, chunk)
        return .at(first.file, first.offset, level)
    }

    // MARK: - Reading

    /// Gives all lines that are there now, in order.
    ///
    /// - Parameters:
    ///   - isComplete: Whether nothing more is waited for: then a last line without an end is given as well.
    ///   - portion: After how many lines the rest may be left to the next call, for readers that have other things to do;
    ///     what was read from the disk with them is still given.
    ///   - give: Takes one line and the bytes that it is in.
    /// - Returns: Whether all was given; otherwise there may be more already.
    /// - Throws: `SystemError` when a log cannot be read.
    @discardableResult
    public func read(
        isComplete: Bool,
        portion: Int = .max,
        _ give: (Entry, [UInt8]) -> Void
    ) throws(SystemError) -> Bool {
        var count = 0
        if isComplete {
            for reading in readings { reading.tail.complete() }
        }
        while count < portion {
            for index in readings.indices { try refill(index) }
            guard let first = unfinished ?? earliest() else { return true }
            if unfinished != nil, readings[first].tail.next() == nil {
                // The rest of its line is still being written; the others need not wait for it.
                unfinished = nil
                continue
            }
            let limit = unfinished == nil ? timeLimit(beside: first) : .max
            unfinished = nil
            try giveLines(of: first, until: limit) { entry, buffer in
                count += 1
                give(entry, buffer)
            }
        }
        return false
    }

    /// Says that a log may have grown or was rotated.
    public func wake(_ index: Int) {
        readings[index].isAtEnd = false
    }

    private func refill(_ index: Int) throws(SystemError) {
        guard !readings[index].isAtEnd, !readings[index].hasEnded else { return }
        while readings[index].tail.next() == nil {
            guard try readings[index].tail.fill(chunk) else {
                readings[index].isAtEnd = true
                readings[index].allowance = 0
                return
            }
        }
        if readings[index].until != .max, readings[index].tail.nextTime() > readings[index].until {
            readings[index].hasEnded = true
        }
    }

    /// The log whose next line is the oldest; the first of those that are equally old.
    private func earliest() -> Int? {
        var best: Int?
        var bestTime = Int64.max
        for index in readings.indices {
            guard !readings[index].hasEnded, readings[index].tail.next() != nil else { continue }
            let time = readings.count == 1 ? 0 : readings[index].tail.nextTime()
            if best == nil || time < bestTime {
                best = index
                bestTime = time
            }
        }
        return best
    }

    private func timeLimit(beside first: Int) -> Int64 {
        var limit = Int64.max
        for index in readings.indices where index != first && !readings[index].hasEnded {
            guard readings[index].tail.next() != nil else { continue }
            // An earlier log's line of the same time goes first.
            limit = min(limit, readings[index].tail.nextTime() - (index < first ? 1 : 0))
        }
        return limit
    }

    private func giveLines(
        of index: Int,
        until limit: Int64,
        _ give: (Entry, [UInt8]) -> Void
    ) throws(SystemError) {
        let tail = readings[index].tail
        while let line = tail.next() {
            let isWanted = readings[index].judge.admits(line, in: tail.assembler.buffer) { tail.nextTime() }
            if isWanted {
                let entry = Entry(
                    source: index,
                    time: tail.nextTime(),
                    level: readings[index].judge.level,
                    message: readings[index].judge.message,
                    line: line
                )
                give(entry, tail.assembler.buffer)
            }
            tail.accept()
            if line.isContinued {
                unfinished = index
                return
            }
            guard tail.next() != nil else { return }
            let time = limit == .max && readings[index].until == .max ? 0 : tail.nextTime()
            if time > readings[index].until { readings[index].hasEnded = true }
            if time > limit || readings[index].hasEnded { return }
        }
    }
}

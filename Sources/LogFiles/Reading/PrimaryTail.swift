import Glibc
import LinuxSystem
import SupervisorCore

/// Reads one primary log onward, line by line, from a position and through all rotations.
///
/// A line that goes over the end of a rotated file is put together; nothing is read twice, and nothing is left out that is
/// still there.
final class PrimaryTail {
    /// Bytes in the assembler that came from one file.
    struct Segment {
        var file: SourceFile
        var start: Int64
        var count: Int
    }

    let log: LogPath
    var assembler: LineAssembler
    private var surprises: [LogSurprise] = []
    var file: SourceFile?
    var fileOffset: Int64 = 0
    var segments: [Segment] = []
    /// The last bytes that were read of the live file: whether they are still there tells a cut from growth.
    var overlap: [UInt8] = []
    /// Where to begin while no file is open.
    var base: SourcePosition
    /// Whether what is left in the assembler is all of its line.
    var needsFinish = false
    /// Whether the writer has ended: a line without an end is complete when the file ends.
    private var completesAtEnd = false
    /// The line that was given and neither accepted nor put back.
    var given: LineAssembler.Line?
    let times = LineTimes()
    /// Where runs ended, as far as it is told.
    private let runEnds: RunEnds?
    private var runEndsSerial: UInt64 = 0
    /// Ends that were not reached yet.
    private var pendingEnds: [RunEnds.Place] = []

    /// Begins to read.
    ///
    /// - Parameters:
    ///   - log: The primary log.
    ///   - position: Where reading stopped; `nil` for a first time.
    ///   - start: Where a first time begins.
    ///   - maximumLineBytes: The longest line that is given in one piece.
    ///   - runEnds: Where runs ended.
    /// - Throws: `SystemError` when a file that is there cannot be opened.
    init(
        _ log: LogPath,
        from position: SourcePosition?,
        start: DerivedJob.Start,
        maximumLineBytes: Int,
        runEnds: RunEnds? = nil
    ) throws(SystemError) {
        self.log = log
        self.runEnds = runEnds
        base = position ?? SourcePosition(sequence: 0)
        assembler = LineAssembler(maximumBytes: maximumLineBytes, isInsideLine: base.isInsideLine)
        if let position {
            try locate(position)
        } else if start != .beginning {
            base.sequence = (RotatedLog.all(of: log).last?.sequence ?? 0) + 1
            if start == .end, let live = try openLive() {
                file = live
                fileOffset = try live.status().size
            }
        }
    }

    /// Begins to read at the start of a line in a file that is open.
    init(_ log: LogPath, at offset: Int64, of file: SourceFile, maximumLineBytes: Int) {
        self.log = log
        runEnds = nil
        self.file = file
        fileOffset = offset
        base = SourcePosition(sequence: file.lowestSequence)
        assembler = LineAssembler(maximumBytes: maximumLineBytes)
    }

    // MARK: - Where it is

    /// Whether bytes wait that are no whole line yet.
    var hasRest: Bool { assembler.pendingBytes > 0 }

    /// Where the first byte is that was not accepted yet.
    func position(level: LogLevel?) -> SourcePosition {
        let (file, offset) = segments.first.map { ($0.file, max(0, $0.start)) } ?? (self.file, fileOffset)
        guard let file else { return base }
        return SourcePosition(
            sequence: file.lowestSequence,
            identity: file.identity,
            offset: offset,
            checksum: file.checksum(before: offset) ?? 0,
            isInsideLine: given?.continues ?? assembler.isInsideLine,
            level: level
        )
    }

    /// The first byte behind a line that was given and not yet accepted.
    func end(of line: LineAssembler.Line) -> (identity: FileStatus.Identity, offset: Int64)? {
        var rest = line.byteCount
        for segment in segments {
            if rest <= segment.count { return (segment.file.identity, max(0, segment.start + Int64(rest))) }
            rest -= segment.count
        }
        return nil
    }

    /// When the first byte of the next line was written, in nanoseconds since 1970.
    func nextTime() -> Int64 {
        guard let segment = segments.first else { return 0 }
        return times.time(of: segment.file, at: max(0, segment.start))
    }

    /// Whether there is a next line and it is not younger than a time.
    func nextTimeIsAtMost(_ limit: Int64) -> Bool {
        next() != nil && (limit == .max || nextTime() <= limit)
    }

    // MARK: - Lines

    /// The next line; the same one until it is accepted.
    func next() -> LineAssembler.Line? {
        if let given { return given }
        given = assembler.next()
        if given == nil, needsFinish {
            given = assembler.finish()
            needsFinish = given != nil
        }
        return given
    }

    /// Counts the line that was given as read.
    func accept() {
        var rest = given?.byteCount ?? 0
        given = nil
        while rest > 0, !segments.isEmpty {
            let count = min(rest, segments[0].count)
            segments[0].start += Int64(count)
            segments[0].count -= count
            rest -= count
            if segments[0].count == 0 { segments.removeFirst() }
        }
    }

    /// Says that the writer has ended: what has no line end when all is read is the last line.
    func complete() {
        completesAtEnd = true
    }

    /// Notes what happened, once until it is handed over.
    private func note(_ surprise: LogSurprise) {
        if !surprises.contains(surprise) { surprises.append(surprise) }
    }

    /// Hands over what happened.
    func takeSurprises() -> [LogSurprise] {
        defer { surprises = [] }
        return surprises
    }

    // MARK: - Reading

    /// Reads more.
    ///
    /// - Parameter chunk: Where to read to; its size bounds the step.
    /// - Returns: `false` when there is no more now.
    /// - Throws: `SystemError`.
    func fill(_ chunk: UnsafeMutableRawBufferPointer) throws(SystemError) -> Bool {
        // Ranges of a line that was given must stay; what was cut off is given out first.
        if given != nil || needsFinish { return true }
        while true {
            if file == nil, try !advance() { break }
            guard let current = file else { break }
            if finishesHere(current) { return true }
            if try readMore(of: current, chunk) { return true }
            if !current.isRotated {
                if isLive(current) { break }
                // It was rotated: all that was written before the renaming can be seen now.
                if try readMore(of: current, chunk) { return true }
            }
            guard try advance() else { break }
        }
        if completesAtEnd {
            completesAtEnd = false
            needsFinish = hasRest || assembler.isInsideLine
            return needsFinish
        }
        // Nothing to do for a while: a thousand logs must not hold a thousand buffers.
        if !hasRest, assembler.buffer.capacity > 0 { assembler.reset(isInsideLine: assembler.isInsideLine) }
        return false
    }

    private func readMore(
        of file: SourceFile,
        _ chunk: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Bool {
        let known = overlap.count
        let count: Int
        do throws(SystemError) {
            count = try file.read(at: fileOffset - Int64(known), into: chunk)
        } catch {
            // A damaged archive must not stop what comes after it.
            guard file.isRotated, error.errorNumber == EIO else { throw error }
            note(.damaged(path: file.path))
            return false
        }
        let isSame = count >= known && overlap.elementsEqual(UnsafeRawBufferPointer(chunk)[..<known])
        guard isSame else {
            restart(file)
            return true
        }
        guard count > known else { return false }
        // Asked after reading: an end is told before anything is written behind it.
        learnRunEnds()
        var end = count
        if let place = pendingEnds.first(where: { $0.identity == file.identity && $0.offset > fileOffset }) {
            end = min(end, known + Int(clamping: place.offset - fileOffset))
        }
        take(UnsafeRawBufferPointer(rebasing: chunk[known..<end]), of: file)
        if !file.isRotated { remember(UnsafeRawBufferPointer(rebasing: chunk[..<end])) }
        return true
    }

    private func learnRunEnds() {
        guard let runEnds else { return }
        let (places, serial) = runEnds.places(of: log.path, after: runEndsSerial)
        runEndsSerial = serial
        pendingEnds += places
    }

    /// Whether all was read that a run wrote and its last line has no end: then it ends here.
    private func finishesHere(_ file: SourceFile) -> Bool {
        learnRunEnds()
        guard !pendingEnds.isEmpty else { return false }
        let isHere = pendingEnds.contains { $0.identity == file.identity && $0.offset == fileOffset }
        pendingEnds.removeAll { $0.identity == file.identity && $0.offset <= fileOffset }
        needsFinish = isHere && (hasRest || assembler.isInsideLine)
        return needsFinish
    }

    private func take(_ bytes: UnsafeRawBufferPointer, of file: SourceFile) {
        assembler.append(bytes.bindMemory(to: UInt8.self).span)
        if let last = segments.indices.last, segments[last].file === file {
            segments[last].count += bytes.count
        } else {
            segments.append(Segment(file: file, start: fileOffset, count: bytes.count))
        }
        fileOffset += Int64(bytes.count)
        times.refresh(file)
    }

    private func remember(_ bytes: UnsafeRawBufferPointer) {
        overlap = Array(bytes.suffix(SourcePosition.checkedBytes))
    }

    /// The file is not what it was: what we hold is all that is left of the old contents.
    private func restart(_ file: SourceFile) {
        note(.cut)
        let pending = assembler.pendingBytes
        segments = pending > 0 ? [Segment(file: file, start: -Int64(pending), count: pending)] : []
        needsFinish = pending > 0
        if pending == 0 { assembler.reset() }
        fileOffset = 0
        overlap = []
        times.forget()
    }

    func isLive(_ file: SourceFile) -> Bool {
        (try? FileStatus(path: log.path, followsLinks: false))?.identity == file.identity
    }

    // MARK: - From file to file

    /// Opens the file after the current one; `false` when there is none yet.
    private func advance() throws(SystemError) -> Bool {
        for _ in 0..<8 {
            let rotated = RotatedLog.all(of: log)
            let own = file.flatMap { $0.sequence ?? ownSequence(of: $0, among: rotated) }
            let after = own ?? (file?.lowestSequence ?? base.sequence) - 1
            if let next = rotated.first(where: { $0.sequence > after }) {
                guard let opened = open(next) else { continue }
                noteMissing(before: next, own)
                move(to: opened)
                return true
            }
            let live = try openLive()
            // A rotation between the two looks would hide a whole file.
            guard RotatedLog.all(of: log).last?.sequence == rotated.last?.sequence else { continue }
            // Numbers of files are used again: only one that we hold open as the live one can be the same.
            guard let live, file?.isRotated ?? true || live.identity != file?.identity else { return false }
            move(to: live)
            return true
        }
        return false
    }

    /// Files are numbered without a gap: what is between two that follow was removed before it was read.
    private func noteMissing(before next: RotatedLog, _ own: Int?) {
        guard let file else { return }
        let count = next.sequence - (own ?? file.lowestSequence) - 1
        if count > 0 { note(.missing(files: count)) }
    }

    /// The number that the live file got when it was rotated.
    ///
    /// We hold it open, so that its number on the device is nobody else's; a compressed one is known by its index.
    func ownSequence(of file: SourceFile, among rotated: [RotatedLog]) -> Int? {
        rotated.last { $0.sequence >= file.lowestSequence && $0.identity == file.identity }?.sequence
    }

    func move(to next: SourceFile) {
        file = next
        fileOffset = 0
        overlap = []
    }

    /// A file that went away between two looks is looked for again.
    private func open(_ rotated: RotatedLog) -> SourceFile? { try? SourceFile(rotated) }

    func openLive() throws(SystemError) -> SourceFile? {
        let lowest = (RotatedLog.all(of: log).last?.sequence ?? 0) + 1
        do throws(SystemError) {
            return try SourceFile(live: log.path, lowestSequence: max(lowest, base.sequence))
        } catch {
            // What is no file has no lines: a device, a pipe.
            guard error.errorNumber == ENOENT || error.errorNumber == SourceFile.notRegular else {
                throw error
            }
            return nil
        }
    }

    /// Finds the file of a committed position again, by whatever name it goes now.
    private func locate(_ position: SourcePosition) throws(SystemError) {
        guard let identity = position.identity else { return }
        for rotated in RotatedLog.all(of: log) where rotated.sequence >= position.sequence {
            let known = rotated.identity
            let isSame = known == identity || known == nil && rotated.sequence == position.sequence
            guard isSame, let candidate = open(rotated), holds(candidate, position) else { continue }
            file = candidate
            fileOffset = position.offset
            return
        }
        if let live = try openLive(), live.identity == identity {
            file = live
            guard holds(live, position) else {
                restart(live)
                return
            }
            fileOffset = position.offset
            return
        }
        note(.lost)
        assembler.reset()
    }

    private func holds(_ file: SourceFile, _ position: SourcePosition) -> Bool {
        file.checksum(before: position.offset) == position.checksum
    }
}

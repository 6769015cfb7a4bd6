import Glibc
public import LinuxSystem
public import SupervisorCore

/// A primary log with its index and its rotation: bytes come by splice(2), files are put aside at line ends.
///
/// One thread writes one log; nobody else does (M3).
public final class RotatingLog {
    /// What came of moving a batch.
    public enum Step: Equatable, Sendable {
        /// So many bytes were moved.
        case moved(Int)
        /// The pipe holds nothing now.
        case empty
        /// The file takes nothing; the bytes stay where they are.
        case failed(SystemError)
    }

    /// What happened besides moving, for events.
    public enum Occurrence: Equatable, Sendable {
        /// The file was put aside under this path.
        case rotated(path: String)
        /// The same, in the middle of a line that was longer than ``longestLineBytes`` beyond the limit.
        case rotatedInsideLine(path: String)
        /// The file could not be put aside; it grows on.
        case rotationFailed(SystemError)
        /// Others cut or replaced the file.
        case changedByOthers(PrimaryLogFile.IdentityCheck)
    }

    /// Its place.
    public var log: LogPath { rotation.log }
    /// How it is rotated.
    public var policy: LogPolicy { rotation.policy }
    /// Whether every byte went by splice(2), so that our death loses none (M5).
    public var isCrashProof: Bool { file?.isCrashProof ?? true }
    /// The length of the file being written.
    public var offset: Int64 { file?.offset ?? 0 }

    private let surroundings: Surroundings
    private var rotation: LogRotation
    private var file: PrimaryLogFile?
    private var index: TimeIndexWriter?
    /// When the first byte of the file was written.
    private var began: Int64 = 0
    private var period = ""
    /// The period before, and when it ended: for a few minutes it may come back when clocks are set back at midnight.
    private var lastPeriod: (name: String, ended: Int64)?
    private var nextLook: Int64 = 0
    private var lastLook: Int64 = 0
    private var isDue = false
    private var bytesPastDue = 0
    private var nextAttempt: Int64 = 0
    /// When an index that could not be opened is tried again.
    private var nextIndexAttempt: Int64 = 0
    private var occurrences: [Occurrence] = []

    /// A line that is due for rotation is followed for so many bytes before it is cut.
    public static let longestLineBytes = 1 << 20
    private static let retryNanoseconds: Int64 = 10_000_000_000
    /// Clocks are set back by less than this for summer time.
    private static let longestSetback: Int64 = 3 * 3_600_000_000_000

    /// What all logs of one thread share.
    public final class Surroundings {
        let scratch: OutputPipe?
        let bootID: TimeIndexWriter.BootID

        /// Makes the scratch pipe.
        public init(bootID: String?) {
            scratch = try? OutputPipe()
            self.bootID = Self.bytes(of: bootID ?? "")
        }

        private static func bytes(of text: String) -> [UInt8] {
            let digits = text.utf8.compactMap { byte in Character(UnicodeScalar(byte)).hexDigitValue }
            let pairs = stride(from: 0, to: digits.count - 1, by: 2).map {
                UInt8(digits[$0] << 4 | digits[$0 + 1])
            }
            return Array((pairs + [UInt8](repeating: 0, count: 16)).prefix(16))
        }
    }

    /// Makes a log; its file is opened with the first byte.
    public init(_ log: LogPath, policy: LogPolicy, _ surroundings: Surroundings) {
        self.surroundings = surroundings
        rotation = LogRotation(log: log, policy: policy)
    }

    /// What happened since the last call.
    public func takeOccurrences() -> [Occurrence] {
        guard !occurrences.isEmpty else { return [] }
        defer { occurrences = [] }
        return occurrences
    }

    // MARK: - Moving

    /// Moves one batch.
    ///
    /// - Parameters:
    ///   - pipe: Where it comes from.
    ///   - count: The most bytes to move.
    ///   - wall: Nanoseconds since 1970.
    ///   - boot: Nanoseconds since boot.
    /// - Returns: What came of it.
    public func move(from pipe: OutputPipe, upTo count: Int, wall: Int64, boot: Int64) -> Step {
        do throws(SystemError) {
            let file = try opened(wall)
            try followOthers(file, wall)
            if try rotateIfDue(file, pipe, wall, boot) {
                return move(from: pipe, upTo: count, wall: wall, boot: boot)
            }
            let isFirst = file.offset == 0
            switch file.move(from: pipe, upTo: min(count, room(file))) {
            case .moved(let moved):
                if isFirst { begin(wall) }
                if isDue { bytesPastDue += moved }
                note(file, wall, boot)
                return .moved(moved)
            case .empty: return .empty
            case .full(let number): return .failed(SystemError("write log file", number, log.path))
            case .unsupported: return .failed(SystemError("write log file", EINVAL, log.path))
            }
        } catch {
            return .failed(error)
        }
    }

    /// How much goes into the file before it has to be looked at for rotation: a line may then be long, a file not.
    private func room(_ file: PrimaryLogFile) -> Int {
        guard let limit = policy.maximumFileBytes, file.offset < limit else { return .max }
        return Int(clamping: limit - file.offset)
    }

    private func opened(_ wall: Int64) throws(SystemError) -> PrimaryLogFile {
        if let file { return file }
        let opened: PrimaryLogFile
        do throws(SystemError) {
            opened = try PrimaryLogFile(log.path)
        } catch {
            guard error.errorNumber == ENOENT else { throw error }
            // Somebody removed the folder.
            try Directory.createIfMissing(log.folder, mode: 0o750)
            opened = try PrimaryLogFile(log.path)
        }
        file = opened
        let modified = opened.offset > 0 ? (try? FileStatus(path: log.path))?.modifiedNanoseconds : nil
        index = try? makeIndex(opened, modified: modified)
        log.linkCurrent(policy)
        begin(opened.offset > 0 ? age(of: opened, wall) : wall)
        lastLook = wall
        return opened
    }

    private func makeIndex(
        _ file: PrimaryLogFile,
        restarts: Bool = false,
        modified: Int64? = nil
    ) throws(SystemError) -> TimeIndexWriter {
        try TimeIndexWriter(
            log: log.path,
            identity: file.identity,
            offset: file.offset,
            bootID: surroundings.bootID,
            restarts: restarts,
            modified: modified
        )
    }

    /// The time of the first byte of a file that was there before: its index knows it, or its last change stands in.
    private func age(of file: PrimaryLogFile, _ wall: Int64) -> Int64 {
        let cursor = IndexCursor(LogPath.index(of: log.path), of: file.identity)
        if let first = cursor?.batch(at: 0)?.time { return first }
        return (try? FileStatus(path: log.path))?.modifiedNanoseconds ?? wall
    }

    private func begin(_ time: Int64) {
        began = time
        let present = periodNow(time)
        if present != period { lastPeriod = (period, time) }
        period = present
        nextLook = 0
        isDue = false
        bytesPastDue = 0
    }

    /// The period of a moment, but never one that is over.
    ///
    /// Clocks that are set back over midnight show the end of the old day once more: one file a day all the same.
    private func periodNow(_ wall: Int64) -> String {
        let shown = rotation.period(of: wall)
        guard let lastPeriod, lastPeriod.name == shown,
            (0..<Self.longestSetback).contains(wall - lastPeriod.ended)
        else { return shown }
        return period
    }

    private func note(_ file: PrimaryLogFile, _ wall: Int64, _ boot: Int64) {
        guard let index else {
            guard boot >= nextIndexAttempt else { return }
            nextIndexAttempt = boot + Self.retryNanoseconds
            index = try? makeIndex(file)
            return
        }
        // A help for readers only: where it fails a later entry speaks of these bytes as well.
        try? index.note(offset: file.offset, wall: wall, boot: boot)
    }

    private func followOthers(_ file: PrimaryLogFile, _ wall: Int64) throws(SystemError) {
        let finding: PrimaryLogFile.IdentityCheck
        do throws(SystemError) {
            finding = try file.checkIdentity()
        } catch {
            guard error.errorNumber == ENOENT else { throw error }
            try Directory.createIfMissing(log.folder, mode: 0o750)
            finding = try file.checkIdentity()
        }
        guard finding != .unchanged else { return }
        index = try? makeIndex(file, restarts: finding == .truncated)
        if finding == .replaced || file.offset == 0 { begin(wall) }
        occurrences.append(.changedByOthers(finding))
    }

    // MARK: - Rotating

    /// Rotates a file that is due though nothing is written to it; for the start of a period.
    ///
    /// - Returns: When to ask again, in nanoseconds since 1970; `nil` when there is nothing that could become due.
    public func rotateIfPeriodEnded(wall: Int64) -> Int64? {
        guard let file, file.offset > 0 else { return nil }
        look(file, wall)
        if isDue, wall >= nextAttempt, file.endsAtLineEnd { putAside(file, wall, insideLine: false) }
        return nextLook == 0 ? rotation.nextLook(after: wall) : nextLook
    }

    /// Puts the file aside now, if it holds anything.
    ///
    /// - Returns: Where it is now; `nil` when there was nothing.
    /// - Throws: `SystemError`; the file is where it was then.
    public func rotateNow(wall: Int64) throws(SystemError) -> String? {
        let file = try opened(wall)
        try followOthers(file, wall)
        guard file.offset > 0 else { return nil }
        let path = try rotation.rename(began: began)
        self.file = nil
        index = nil
        occurrences.append(.rotated(path: path))
        return path
    }

    /// Whether the file is full or its period is over.
    private func look(_ file: PrimaryLogFile, _ wall: Int64) {
        if let limit = policy.maximumFileBytes, file.offset >= limit { isDue = true }
        guard wall >= nextLook || wall < lastLook else { return }
        lastLook = wall
        nextLook = rotation.nextLook(after: wall)
        if !policy.usesUTC { Clocks.refreshTimeZone() }
        if periodNow(wall) != period { isDue = true }
    }

    /// Puts the file aside when it is due and ends at a line end, or brings it there; returns whether it did.
    private func rotateIfDue(
        _ file: PrimaryLogFile,
        _ pipe: OutputPipe,
        _ wall: Int64,
        _ boot: Int64
    ) throws(SystemError) -> Bool {
        look(file, wall)
        guard isDue, file.offset > 0, wall >= nextAttempt || wall < nextAttempt - Self.retryNanoseconds else {
            return false
        }
        if file.endsAtLineEnd { return putAside(file, wall, insideLine: false) }
        if bytesPastDue >= Self.longestLineBytes { return putAside(file, wall, insideLine: true) }
        guard let end = lookAhead(into: pipe)?.firstIndex(of: 0x0A) else { return false }
        var missing = end + 1
        while missing > 0 {
            guard case .moved(let moved) = file.move(from: pipe, upTo: missing) else { return false }
            missing -= moved
        }
        note(file, wall, boot)
        return putAside(file, wall, insideLine: false)
    }

    @discardableResult
    private func putAside(_ file: PrimaryLogFile, _ wall: Int64, insideLine: Bool) -> Bool {
        do throws(SystemError) {
            let path = try rotation.rename(began: began)
            occurrences.append(insideLine ? .rotatedInsideLine(path: path) : .rotated(path: path))
            self.file = nil
            index = nil
            return true
        } catch {
            nextAttempt = wall + Self.retryNanoseconds
            occurrences.append(.rotationFailed(error))
            return false
        }
    }

    // MARK: - Others

    /// Where the next byte goes; `nil` when the file cannot be opened.
    public func end(wall: Int64) -> RunEnds.Place? {
        guard let file = try? opened(wall) else { return nil }
        return RunEnds.Place(identity: file.identity, offset: file.offset)
    }

    /// What is in a pipe, without taking it; `nil` when nothing is there.
    public func lookAhead(into pipe: OutputPipe) -> [UInt8]? {
        guard let scratch = surroundings.scratch else { return nil }
        return (try? pipe.peek(through: scratch, upTo: Self.longestLineBytes)) ?? nil
    }

    /// When ``rotateIfPeriodEnded(wall:)`` is worth a call, in nanoseconds since 1970.
    public var nextPeriodLook: Int64 {
        guard offset > 0 else { return .max }
        return nextLook == 0 ? rotation.nextLook(after: lastLook) : nextLook
    }

    /// Opens the path anew, for those who rename files themselves.
    public func reopen() {
        file = nil
        index = nil
    }

    /// Throws away what the file holds.
    ///
    /// - Throws: `SystemError`.
    public func empty(wall: Int64) throws(SystemError) {
        let file = try opened(wall)
        try file.empty()
        index = try? makeIndex(file, restarts: true)
        begin(wall)
    }

    /// Cuts a torn last line off, before lines are dropped behind it.
    ///
    /// - Returns: How many bytes went.
    public func cutTornLine() -> Int64 {
        guard let file else { return 0 }
        return (try? file.cutTornLine()) ?? 0
    }

    /// Appends a line of the supervisor's own.
    ///
    /// - Throws: `SystemError`; nothing was written then.
    public func append(line: [UInt8], wall: Int64, boot: Int64) throws(SystemError) {
        let file = try opened(wall)
        try file.append(line: file.endsAtLineEnd ? line : [0x0A] + line)
        note(file, wall, boot)
    }
}

import Glibc
import LinuxSystem
import SupervisorCore

/// A file that is made of primary logs: output first, then the commit record, cut back to it at the next start (M8).
///
/// Whatever instant we are killed at, the file then holds exactly what was committed, and the sources go on from there.
final class DerivedFile {
    /// Until where in a batch lines are of one time.
    struct TimeMark {
        /// The first byte behind them in the batch.
        var end: Int
        /// Nanoseconds since 1970.
        var time: Int64
    }

    /// Makes room for a new file: renames the old one, with its keeping.
    typealias Rotation = (LogPath) throws(SystemError) -> Void

    let log: LogPath
    private let mode: UInt32
    private let commitFile: CommitFile
    private var file: Descriptor?
    private var identity: FileStatus.Identity?
    /// When its lines were written, by the indexes of what it is made of; a help for readers only.
    private var index: TimeIndexWriter?
    /// The time of the last entry; the lines of several sources may be a little out of order.
    private var lastTime: Int64 = 0
    /// When an index that could not be opened is tried again.
    private var nextIndexAttempt: Int64 = 0
    private static let longestDelay: Int64 = 10_000_000_000
    /// The committed length; what lies behind it is not there.
    private(set) var length: Int64 = 0
    /// When its first byte was written, in nanoseconds since 1970; `nil` while it is empty.
    private(set) var firstByteNanoseconds: Int64?
    /// Whether bytes of a batch that failed may lie behind the committed length.
    private var hasRemainder = false
    /// The positions as committed.
    private(set) var positions: [UInt64: SourcePosition]

    /// Where the commit record of a derived file lies.
    static func commitPath(of log: LogPath) -> String { "\(log.folder)/.\(log.stem)\(log.suffix).commit" }

    /// Opens or makes a derived file and cuts it back to what was committed.
    ///
    /// - Parameters:
    ///   - log: Its place.
    ///   - mode: The permission bits of a new one.
    /// - Throws: `SystemError`.
    init(_ log: LogPath, mode: UInt32 = 0o640) throws(SystemError) {
        self.log = log
        self.mode = mode
        commitFile = try CommitFile(Self.commitPath(of: log))
        positions = commitFile.record?.positions ?? [:]
        try open(committed: commitFile.record)
    }

    /// Opens the path; its identity is on record before its first byte is written, so that no byte is ever unaccounted.
    private func open(committed record: CommitRecord?) throws(SystemError) {
        let operation = "open log file"
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let file: Descriptor
        do throws(SystemError) {
            file = Descriptor(
                try SystemCall.check(operation, log.path) { Glibc.open(log.path, flags, mode) }
            )
        } catch {
            guard error.errorNumber == ENOENT else { throw error }
            // Nobody made the folder yet, or somebody removed it.
            try Directory.createIfMissing(log.folder, mode: 0o750)
            file = Descriptor(
                try SystemCall.check(operation, log.path) { Glibc.open(log.path, flags, mode) }
            )
        }
        let status = try FileStatus(descriptor: file.rawValue)
        guard status.kind == .regular else {
            throw SystemError(operation, EINVAL, log.path, explanation: "not a regular file")
        }
        var length = status.size
        if let record, record.target == status.identity, record.length < length {
            try SystemCall.check("cut", log.path) { ftruncate(file.rawValue, off_t(record.length)) }
            length = record.length
        }
        self.file = file
        self.length = length
        identity = status.identity
        firstByteNanoseconds = length > 0 ? status.modifiedNanoseconds : nil
        index = try? makeIndex(modified: length > 0 ? status.modifiedNanoseconds : nil)
        if record == nil || record?.target != identity || record?.length != length {
            try writeRecord(length: length, positions)
        }
    }

    private func makeIndex(
        restarts: Bool = false,
        modified: Int64? = nil
    ) throws(SystemError) -> TimeIndexWriter? {
        guard let identity else { return nil }
        lastTime = 0
        return try TimeIndexWriter(
            log: log.path,
            identity: identity,
            offset: length,
            bootID: [UInt8](repeating: 0, count: 16),
            restarts: restarts,
            modified: modified
        )
    }

    /// Writes output and commits it with the positions of the sources behind it.
    ///
    /// - Parameters:
    ///   - output: Whole lines.
    ///   - marks: When they were written.
    ///   - positions: Where the sources go on.
    ///   - now: Nanoseconds since 1970.
    /// - Throws: `SystemError`; nothing of it counts then.
    func append(
        _ output: [UInt8],
        _ marks: [TimeMark],
        _ positions: [UInt64: SourcePosition],
        now: Int64
    ) throws(SystemError) {
        if !output.isEmpty {
            try checkIdentity()
            hasRemainder = true
            try write(output)
            if firstByteNanoseconds == nil { firstByteNanoseconds = now }
        }
        try writeRecord(length: length + Int64(output.count), positions)
        hasRemainder = false
        note(marks, now: now)
        length += Int64(output.count)
        self.positions = positions
    }

    /// Notes times after the commit, so that the index never speaks of more than is there.
    private func note(_ marks: [TimeMark], now: Int64) {
        guard let index else {
            guard now >= nextIndexAttempt || now < nextIndexAttempt - Self.longestDelay else { return }
            nextIndexAttempt = now + Self.longestDelay
            index = try? makeIndex()
            return
        }
        for mark in marks {
            // Seconds are a clock that was set back, less is another source that was read a little later.
            let isSetBack = lastTime - mark.time > Self.longestDelay
            lastTime = isSetBack ? mark.time : max(lastTime, mark.time)
            // Where it fails a later entry speaks of these bytes as well.
            try? index.note(offset: length + Int64(mark.end), wall: lastTime, boot: lastTime)
        }
    }

    private func write(_ output: [UInt8]) throws(SystemError) {
        guard let file else { throw SystemError("write", EBADF, log.path) }
        var start = 0
        while start < output.count {
            let count = output.withUnsafeBytes { bytes in
                SystemCall.repeating {
                    pwrite(
                        file.rawValue,
                        bytes.baseAddress.map { $0 + start },
                        bytes.count - start,
                        off_t(length + Int64(start))
                    )
                }
            }
            guard count > 0 else {
                let number = count < 0 ? errno : ENOSPC
                // A reader should not see half a batch while the disk is full.
                _ = ftruncate(file.rawValue, off_t(length))
                throw SystemError("write", number, log.path)
            }
            start += count
        }
    }

    private func writeRecord(length: Int64, _ positions: [UInt64: SourcePosition]) throws(SystemError) {
        try commitFile.write(CommitRecord(target: identity, length: length, positions: positions))
    }

    /// Follows what others did to the file since the last batch (M4): cut, written to, replaced.
    private func checkIdentity() throws(SystemError) {
        guard let file else {
            try open(committed: commitFile.record)
            return
        }
        let atPath = try? FileStatus(path: log.path, followsLinks: false)
        guard let atPath, atPath.identity == identity else {
            // The record may have gone with it: a new one is written for sure.
            commitFile.forgetFile()
            try open(committed: nil)
            return
        }
        if hasRemainder {
            try SystemCall.check("cut", log.path) {
                ftruncate(file.rawValue, off_t(min(length, atPath.size)))
            }
            length = min(length, atPath.size)
        } else if length != atPath.size {
            // Cut or written to by others: we go on at its end, without a hole.
            let isCut = atPath.size < length
            length = atPath.size
            if isCut { index = try? makeIndex(restarts: true) }
        }
    }

    /// Throws away what it holds; only between batches, when all that it holds is committed.
    ///
    /// - Throws: `SystemError`.
    func empty() throws(SystemError) {
        try checkIdentity()
        guard let file else { return }
        // Whatever instant we are killed at: a file that is shorter than its record is taken as it is.
        try SystemCall.check("empty", log.path) { ftruncate(file.rawValue, 0) }
        length = 0
        firstByteNanoseconds = nil
        index = try? makeIndex(restarts: true)
        try writeRecord(length: 0, positions)
    }

    /// Puts the file aside and begins a new one; only between batches, when all that it holds is committed.
    ///
    /// - Parameter rotation: Renames the file.
    /// - Throws: `SystemError`; the old file goes on then.
    func rotate(_ rotation: Rotation) throws(SystemError) {
        try rotation(log)
        try open(committed: nil)
    }
}

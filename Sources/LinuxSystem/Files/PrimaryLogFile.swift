import CSupervisorShims
import Glibc

/// The file that holds an app's raw output, byte for byte.
///
/// Bytes come by splice(2): they are in the pipe or in the file at every moment, never only in our memory, so a
/// killed supervisor and a full disk lose nothing. We are its only writer and keep the offset ourselves: splice refuses
/// O_APPEND. SIGXFSZ must be ignored (``CurrentProcess/ignoreSignals(_:)``).
public final class PrimaryLogFile {
    /// What came of moving bytes.
    public enum Outcome: Hashable, Sendable {
        /// So many bytes were moved.
        case moved(Int)
        /// The pipe holds nothing now.
        case empty
        /// The file takes no more (ENOSPC, EDQUOT, EFBIG, EIO …); the bytes stay where they are.
        case full(Int32)
        /// splice(2) cannot write here (M5); use ``PrimaryLogFile/copy(from:upTo:)``.
        case unsupported
    }

    /// What became of the file since we last looked (M4).
    public enum IdentityCheck: Hashable, Sendable {
        /// Nothing.
        case unchanged
        /// Somebody cut it; we continue at its end, without a hole.
        case truncated
        /// Somebody else wrote to it; we continue after that.
        case extended
        /// The path led to another file or to none; we write to the new one.
        case replaced
    }

    /// Where it is.
    public let path: String
    /// Which file it is.
    public private(set) var identity: FileStatus.Identity
    /// Where the next byte goes.
    public private(set) var offset: Int64
    /// Whether every byte goes by splice(2), so that our death loses none.
    public private(set) var isCrashProof = true
    /// Bytes that were read from the pipe and could not be written yet; only without splice(2).
    public var pendingBytes: Int { pending.count }

    private var file: Descriptor
    private var pending: ArraySlice<UInt8> = []
    private let mode: UInt32
    private let acceptsSpecialFiles: Bool

    /// Opens or creates the file and goes to its end.
    ///
    /// - Parameters:
    ///   - path: The file; a symbolic link is refused (ELOOP).
    ///   - mode: The permission bits of a new file, less the umask.
    ///   - acceptsSpecialFiles: Whether /dev/null, a terminal or a named pipe will do (M5).
    /// - Throws: `SystemError`; EINVAL when it is not a regular file.
    public init(_ path: String, mode: UInt32 = 0o640, acceptsSpecialFiles: Bool = false) throws(SystemError) {
        self.path = path
        self.mode = mode
        self.acceptsSpecialFiles = acceptsSpecialFiles
        (file, identity, offset) = try Self.open(path, mode, acceptsSpecialFiles)
    }

    private static func open(
        _ path: String,
        _ mode: UInt32,
        _ acceptsSpecialFiles: Bool
    ) throws(SystemError) -> (Descriptor, FileStatus.Identity, Int64) {
        let operation = "open log file"
        // O_NONBLOCK: a named pipe without a reader must not hold the pump up.
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
        let file = Descriptor(try SystemCall.check(operation, path) { Glibc.open(path, flags, mode) })
        let status = try FileStatus(descriptor: file.rawValue)
        guard status.kind == .regular else {
            guard acceptsSpecialFiles, status.kind == .device || status.kind == .fifo else {
                throw SystemError(operation, EINVAL, path, explanation: "not a regular file")
            }
            return (file, status.identity, 0)
        }
        let end = try SystemCall.check(operation, path) { lseek(file.rawValue, 0, SEEK_END) }
        return (file, status.identity, Int64(end))
    }

    /// Moves bytes from a pipe into the file: by splice(2), or by ``copy(from:upTo:)`` once that proved impossible.
    ///
    /// - Parameters:
    ///   - pipe: The pipe.
    ///   - count: The most bytes to move.
    /// - Returns: What came of it, never `.unsupported`.
    public func move(from pipe: OutputPipe, upTo count: Int) -> Outcome {
        guard isCrashProof else { return copy(from: pipe, upTo: count) }
        let outcome = splice(from: pipe, upTo: count)
        guard outcome == .unsupported else { return outcome }
        isCrashProof = false
        return copy(from: pipe, upTo: count)
    }

    /// Moves bytes from a pipe into the file without touching them (splice(2)).
    ///
    /// - Parameters:
    ///   - pipe: The pipe.
    ///   - count: The most bytes to move.
    /// - Returns: What came of it; bytes that were not moved are in the pipe.
    public func splice(from pipe: OutputPipe, upTo count: Int) -> Outcome {
        if let blocked = flushPending() { return blocked }
        let moved = SystemCall.repeating { novi_splice(pipe.rawValue, file.rawValue, count) }
        guard moved < 0 else {
            offset += Int64(moved)
            return moved == 0 ? .empty : .moved(moved)
        }
        switch errno {
        case EAGAIN: return .empty
        case EINVAL: return .unsupported
        case let number: return .full(number)
        }
    }

    /// Moves bytes through our memory; what the file does not take is kept and goes first next time.
    ///
    /// - Parameters:
    ///   - pipe: The pipe; not read while anything is pending.
    ///   - count: The most bytes to move.
    /// - Returns: What came of it.
    public func copy(from pipe: OutputPipe, upTo count: Int) -> Outcome {
        if let blocked = flushPending() { return blocked }
        let bytes: [UInt8]?
        do throws(SystemError) {
            bytes = try pipe.read(upTo: min(count, Limits.copyBytes))
        } catch {
            return .full(error.errorNumber)
        }
        guard let bytes, !bytes.isEmpty else { return .empty }
        pending = bytes[...]
        if let blocked = flushPending() {
            return pending.count == bytes.count ? blocked : .moved(bytes.count - pending.count)
        }
        return .moved(bytes.count)
    }

    /// Writes what is pending; returns why not, or `nil` when nothing is left.
    private func flushPending() -> Outcome? {
        while !pending.isEmpty {
            do throws(SystemError) {
                guard let count = try file.write(pending), count > 0 else { return .full(EAGAIN) }
                offset += Int64(count)
                pending = pending.dropFirst(count)
            } catch {
                return .full(error.errorNumber)
            }
        }
        pending = []
        return nil
    }

    /// Looks whether the file is still ours and as we left it; before each batch (M4).
    ///
    /// - Returns: What was found and put right.
    /// - Throws: `SystemError` when a replaced file cannot be opened; we keep the old one then.
    public func checkIdentity() throws(SystemError) -> IdentityCheck {
        let status = try FileStatus(descriptor: file.rawValue)
        guard status.kind == .regular else { return .unchanged }
        var atPath = stat()
        let isThere = lstat(path, &atPath) == 0
        if !isThere || FileStatus(atPath).identity != identity {
            try reopen()
            return .replaced
        }
        guard status.size != offset else { return .unchanged }
        let finding: IdentityCheck = status.size < offset ? .truncated : .extended
        offset = Int64(try SystemCall.check("seek in log file", path) { lseek(file.rawValue, 0, SEEK_END) })
        return finding
    }

    /// Opens the path anew, as after a rotation.
    ///
    /// - Throws: `SystemError`; we keep the old file then.
    public func reopen() throws(SystemError) {
        (file, identity, offset) = try Self.open(path, mode, acceptsSpecialFiles)
    }

    // MARK: - Lines

    /// Whether the file ends at a line end, or is empty.
    public var endsAtLineEnd: Bool {
        guard offset > 0 else { return true }
        var byte: UInt8 = 0
        return pread(file.rawValue, &byte, 1, off_t(offset - 1)) == 1 && byte == 0x0A
    }

    /// Cuts what follows the last line end off; of a torn line that will never be completed.
    ///
    /// - Returns: How many bytes went; 0 when the last line is longer than 1 MiB, which is left as it is.
    /// - Throws: `SystemError` (ftruncate(2)).
    public func cutTornLine() throws(SystemError) -> Int64 {
        guard !endsAtLineEnd else { return 0 }
        let length = Int(min(offset, Int64(Limits.tornLineBytes)))
        var block = [UInt8](repeating: 0, count: length)
        let start = offset - Int64(length)
        guard pread(file.rawValue, &block, length, off_t(start)) == length else { return 0 }
        guard let last = block.lastIndex(of: 0x0A) ?? (start == 0 ? -1 : nil) else { return 0 }
        let cut = Int64(length - last - 1)
        try SystemCall.check("cut log file", path) { ftruncate(file.rawValue, off_t(offset - cut)) }
        offset -= cut
        lseek(file.rawValue, off_t(offset), SEEK_SET)
        return cut
    }

    /// Appends a line of ours, all of it or nothing.
    ///
    /// - Throws: `SystemError`; a part that was written is cut off again.
    public func append(line: [UInt8]) throws(SystemError) {
        do throws(SystemError) {
            try file.writeAll(line)
        } catch {
            ftruncate(file.rawValue, off_t(offset))
            lseek(file.rawValue, off_t(offset), SEEK_SET)
            throw SystemError("write log file", error.errorNumber, path)
        }
        offset += Int64(line.count)
    }

    /// Throws everything away that was written so far.
    ///
    /// - Throws: `SystemError` (ftruncate(2)).
    public func empty() throws(SystemError) {
        try SystemCall.check("empty log file", path) { ftruncate(file.rawValue, 0) }
        lseek(file.rawValue, 0, SEEK_SET)
        offset = 0
    }
}

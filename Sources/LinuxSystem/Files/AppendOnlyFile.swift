import Glibc

/// A file that only grows: a journal.
public final class AppendOnlyFile {
    private let file: Descriptor
    /// Where it is.
    public let path: String
    /// Its length in bytes, as far as we wrote it.
    public private(set) var size: Int64

    /// Opens or creates a file.
    ///
    /// - Parameters:
    ///   - path: The file; a symbolic link is refused (ELOOP).
    ///   - mode: The permission bits of a new file.
    /// - Throws: `SystemError`; EINVAL when it is not a regular file.
    public init(_ path: String, mode: UInt32 = 0o600) throws(SystemError) {
        let flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        file = Descriptor(try SystemCall.check("open", path) { open(path, flags, mode) })
        let status = try FileStatus(descriptor: file.rawValue)
        guard status.kind == .regular else {
            throw SystemError("open", EINVAL, path, explanation: "not a regular file")
        }
        self.path = path
        size = status.size
    }

    /// Appends all of it or nothing.
    ///
    /// - Parameter bytes: What to append, in one write where the disk has room.
    /// - Throws: `SystemError`; a part that was written is cut off again.
    public func append(_ bytes: [UInt8]) throws(SystemError) {
        do throws(SystemError) {
            try file.writeAll(bytes)
        } catch {
            _ = ftruncate(file.rawValue, off_t(size))
            throw SystemError("write", error.errorNumber, path)
        }
        size += Int64(bytes.count)
    }

    /// Waits until everything is on the disk (fdatasync(2)).
    ///
    /// - Throws: `SystemError`.
    public func synchronize() throws(SystemError) {
        try SystemCall.check("write", path) { fdatasync(file.rawValue) }
    }

    /// Cuts the file; for a torn last entry.
    ///
    /// - Parameter newSize: Its length afterwards, in bytes.
    /// - Throws: `SystemError` (ftruncate(2)).
    public func truncate(to newSize: Int64) throws(SystemError) {
        try SystemCall.check("cut", path) { ftruncate(file.rawValue, off_t(newSize)) }
        size = newSize
    }
}

import Glibc
import Synchronization

/// Replaces a file so that a reader, or the next start after a crash, sees the old or the new one, never a mixture.
public enum AtomicFile {
    private static let serial = Atomic<UInt64>(0)

    /// Writes a file beside the old one and renames it over that.
    ///
    /// - Parameters:
    ///   - path: The file; a symbolic link there is replaced, not followed.
    ///   - bytes: Its new contents.
    ///   - mode: Its permission bits, exactly.
    ///   - durable: Whether to wait until it is on the disk (0.4 ms or so): file, then folder (fsync(2)).
    /// - Throws: `SystemError`; the old file is untouched then, and nothing is left beside it.
    public static func replace(
        _ path: String,
        _ bytes: [UInt8],
        mode: UInt32 = 0o600,
        durable: Bool = true
    ) throws(SystemError) {
        let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
        let temporary = "\(path).new-\(getpid())-\(number)"
        // Left by a process of our pid before a reboot.
        _ = unlink(temporary)
        let file = Descriptor(
            try SystemCall.check("create", temporary) {
                open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
            }
        )
        do throws(SystemError) {
            try SystemCall.check("write", temporary) { fchmod(file.rawValue, mode) }
            do throws(SystemError) {
                try file.writeAll(bytes)
            } catch {
                throw SystemError("write", error.errorNumber, temporary)
            }
            if durable { try SystemCall.check("write", temporary) { fsync(file.rawValue) } }
            try SystemCall.check("replace", path) { rename(temporary, path) }
        } catch {
            _ = unlink(temporary)
            throw error
        }
        if durable { try Directory.synchronize(Directory.parent(of: path)) }
    }
}

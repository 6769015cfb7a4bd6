import CSupervisorShims
import Glibc

/// A lock that one process can hold (flock(2)); it goes when the process does, however it ends.
public final class FileLock {
    /// What came of trying.
    public enum Outcome {
        /// We hold it, as long as the value lives.
        case acquired(FileLock)
        /// Another process does; its pid where it wrote one.
        case held(processID: Int32?)
    }

    private let file: Descriptor

    private init(_ file: Descriptor) {
        self.file = file
    }

    /// The descriptor that holds the lock; it survives execve(2) once close-on-exec is off.
    public var descriptor: Descriptor { file }

    /// Which file is locked: another one may have its name by now.
    ///
    /// - Throws: `SystemError` (fstat(2)).
    public func identity() throws(SystemError) -> FileStatus.Identity {
        try FileStatus(descriptor: file.rawValue).identity
    }

    /// Tries to take a lock and writes our pid into its file, for people.
    ///
    /// The file stays when the lock goes: removing it would let two processes lock two files of one name.
    ///
    /// - Parameters:
    ///   - path: The lock file, made with mode 0600.
    ///   - kept: A descriptor that holds the lock already, as before an upgrade; it counts if it is that file's.
    /// - Returns: The lock or its holder.
    /// - Throws: `SystemError` when the file cannot be opened.
    public static func tryLock(_ path: String, kept: Descriptor? = nil) throws(SystemError) -> Outcome {
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        var file = Descriptor(try SystemCall.check("open lock file", path) { open(path, flags, 0o600) })
        // Another open file of ours would find it held, by ourselves.
        if let kept, let held = try? FileStatus(descriptor: kept.rawValue),
            held.identity == (try? FileStatus(descriptor: file.rawValue))?.identity
        {
            file = kept
            lseek(kept.rawValue, 0, SEEK_SET)
        }
        guard SystemCall.repeating({ novi_flock(file.rawValue) }) == 0 else {
            let number = errno
            guard number == EWOULDBLOCK else { throw SystemError("lock", number, path) }
            let text = (try? file.read(upTo: 32)) ?? []
            let digits = text.prefix { (48...57).contains($0) }
            return .held(processID: Int32(String(decoding: digits, as: UTF8.self)))
        }
        try SystemCall.check("write lock file", path) { ftruncate(file.rawValue, 0) }
        // Only for people: a full disk must not keep the daemon down.
        _ = try? file.write(Array("\(getpid())\n".utf8)[...])
        return .acquired(FileLock(file))
    }
}

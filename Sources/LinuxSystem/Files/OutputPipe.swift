import CSupervisorShims
import Glibc

/// The pipe between a process's output and its log, made so that our death harms nobody (architecture 5b).
///
/// The child writes to a descriptor that can read, too: while the child lives the pipe has a reader, so there is no
/// SIGPIPE without us, and the next supervisor finds the pipe again at the child. Our own end can write, too: it never
/// sees a hang-up, and one pipe serves many runs.
public final class OutputPipe {
    private let reader: Descriptor
    /// Which pipe it is; a run record keeps it (M2).
    public let identity: FileStatus.Identity

    /// What to read and to watch for `.readable`; it never blocks.
    public var rawValue: Int32 { reader.rawValue }

    /// The descriptor, for the one who hands it on.
    public var descriptor: Descriptor { reader }

    /// Makes a pipe.
    ///
    /// - Parameter owner: Who may reopen it through /dev/stdout (M1); `nil` for us.
    /// - Throws: `SystemError`; ENFILE or EMFILE when nothing is left.
    public init(owner: Directory.Owner? = nil) throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        try SystemCall.check("create a pipe") { novi_pipe(&ends, O_CLOEXEC | O_NONBLOCK) }
        let readEnd = Descriptor(ends[0])
        let writeEnd = Descriptor(ends[1])
        defer { writeEnd.close() }
        let reader = try Self.reopen(readEnd.rawValue, O_RDWR | O_NONBLOCK)
        if let owner {
            try SystemCall.check("change the owner of a pipe") {
                fchown(reader.rawValue, owner.userID, owner.groupID)
            }
        }
        self.reader = reader
        identity = try FileStatus(descriptor: reader.rawValue).identity
    }

    private init(reader: Descriptor, identity: FileStatus.Identity) {
        self.reader = reader
        self.identity = identity
    }

    private static func reopen(_ fd: Int32, _ flags: Int32) throws(SystemError) -> Descriptor {
        let path = "/proc/self/fd/\(fd)"
        return Descriptor(try SystemCall.check("reopen a pipe", path) { open(path, flags | O_CLOEXEC) })
    }

    /// Finds a pipe again at a process that has it (M2).
    ///
    /// - Parameters:
    ///   - pid: The process.
    ///   - fd: Its descriptor.
    ///   - expected: Which pipe it must be; anything else is left alone, unread.
    /// - Returns: The pipe; `nil` when the process is gone or the descriptor is something else.
    /// - Throws: `SystemError`; EACCES when the process hides its descriptors.
    public static func reopen(
        pid: Int32,
        fd: Int32,
        expected: FileStatus.Identity
    ) throws(SystemError) -> OutputPipe? {
        let path = "/proc/\(pid)/fd/\(fd)"
        // Opened as a mere name first: opening a device or another's pipe would have effects.
        let name: Descriptor
        do throws(SystemError) {
            name = Descriptor(try SystemCall.check("reopen pipe", path) { novi_open_path(path, 1) })
        } catch {
            guard error.errorNumber != ENOENT, error.errorNumber != ESRCH else { return nil }
            throw error
        }
        let status = try FileStatus(descriptor: name.rawValue)
        guard status.kind == .fifo, status.identity == expected else { return nil }
        return OutputPipe(reader: try reopen(name.rawValue, O_RDWR | O_NONBLOCK), identity: expected)
    }

    /// Takes over a pipe whose descriptor somebody kept for us, by whichever of its ends.
    ///
    /// - Parameters:
    ///   - descriptor: What was kept; it can be closed afterwards.
    ///   - expected: Which pipe it must be.
    /// - Returns: The pipe; `nil` when the descriptor is something else.
    /// - Throws: `SystemError`, as when no descriptor is left.
    public static func adopt(
        _ descriptor: Descriptor,
        expected: FileStatus.Identity
    ) throws(SystemError) -> OutputPipe? {
        let status = try FileStatus(descriptor: descriptor.rawValue)
        guard status.kind == .fifo, status.identity == expected else { return nil }
        return OutputPipe(reader: try reopen(descriptor.rawValue, O_RDWR | O_NONBLOCK), identity: expected)
    }

    /// Opens a descriptor for a child's stdout or stderr; close it after the spawn.
    ///
    /// A new open file each time: O_NONBLOCK, which node sets on its stdout, does not reach the next run.
    ///
    /// - Returns: The descriptor, for reading and writing, blocking.
    /// - Throws: `SystemError`.
    public func openWriteEnd() throws(SystemError) -> Descriptor {
        try Self.reopen(reader.rawValue, O_RDWR)
    }

    /// The bytes that it holds at most; `nil` when the kernel does not tell.
    public var capacity: Int? {
        let bytes = novi_pipe_capacity(reader.rawValue)
        return bytes < 0 ? nil : Int(bytes)
    }

    /// Changes how much it holds (F_SETPIPE_SZ).
    ///
    /// - Parameter bytes: The wish; rounded up to a power of two pages.
    /// - Returns: What it is now.
    /// - Throws: `SystemError`; EPERM beyond the user's limit, EBUSY when it holds more.
    @discardableResult
    public func setCapacity(_ bytes: Int) throws(SystemError) -> Int {
        Int(
            try SystemCall.check("resize a pipe") {
                novi_set_pipe_capacity(reader.rawValue, Int32(clamping: bytes))
            }
        )
    }

    /// The bytes that wait to be read.
    public var bytesAvailable: Int {
        Int(max(0, novi_bytes_available(reader.rawValue)))
    }

    /// Reads what is there; for uses that need the bytes and not only their way to a file.
    ///
    /// - Parameter count: The most bytes to read.
    /// - Returns: The bytes; `nil` when there are none.
    /// - Throws: `SystemError` (read(2)).
    public func read(upTo count: Int) throws(SystemError) -> [UInt8]? {
        try reader.read(upTo: count)
    }

    /// Reads what is there and leaves it there (tee(2)).
    ///
    /// - Parameters:
    ///   - scratch: An empty pipe; it is empty again afterwards.
    ///   - count: The most bytes to look at; a pipe with less room shows less.
    /// - Returns: The bytes; `nil` when there are none.
    /// - Throws: `SystemError` (tee(2), read(2)).
    public func peek(through scratch: OutputPipe, upTo count: Int) throws(SystemError) -> [UInt8]? {
        let copied = SystemCall.repeating { novi_tee(rawValue, scratch.rawValue, count) }
        if copied < 0 {
            guard errno == EAGAIN else { throw SystemError("look into a pipe", errno) }
            return nil
        }
        var bytes: [UInt8] = []
        while bytes.count < copied, let piece = try scratch.read(upTo: copied - bytes.count) {
            bytes += piece
        }
        return bytes.isEmpty ? nil : bytes
    }
}

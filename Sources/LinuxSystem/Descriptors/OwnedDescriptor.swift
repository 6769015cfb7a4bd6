import CSupervisorShims
import Glibc

/// A file descriptor with one owner; it is closed when the owner ends.
public struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number.
    public let rawValue: Int32

    /// Takes over a descriptor.
    public init(_ rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// Hands the number to somebody else, who closes it.
    public consuming func take() -> Int32 {
        let number = rawValue
        discard self
        return number
    }

    deinit {
        // Never repeated after EINTR: on Linux the descriptor is closed by then (close(2)).
        _ = close(rawValue)
    }
}

/// A file descriptor that can be stored in collections; it is closed when the last reference goes.
public final class Descriptor {
    /// The number; -1 after ``take()``.
    public private(set) var rawValue: Int32

    /// Takes over a descriptor.
    public init(_ rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// Takes over a descriptor.
    public convenience init(_ owned: consuming OwnedDescriptor) {
        self.init(owned.take())
    }

    deinit {
        close()
    }

    /// Hands the number to somebody else, who closes it.
    public func take() -> Int32 {
        defer { rawValue = -1 }
        return rawValue
    }

    /// Closes now; later calls do nothing.
    public func close() {
        guard rawValue >= 0 else { return }
        _ = Glibc.close(take())
    }

    /// Another descriptor of the same open file, closed on exec.
    ///
    /// - Throws: `SystemError`, as when no descriptor is left.
    public func duplicate() throws(SystemError) -> Descriptor {
        Descriptor(try SystemCall.check("duplicate a descriptor") { novi_duplicate(rawValue, 0) })
    }

    /// A duplicate of an open descriptor of this process, closed on exec.
    ///
    /// - Throws: `SystemError`, as when no descriptor is left.
    public static func duplicate(of number: Int32) throws(SystemError) -> Descriptor {
        Descriptor(try SystemCall.check("duplicate a descriptor") { novi_duplicate(number, 0) })
    }

    /// Says whether a descriptor is closed on exec, by its number.
    ///
    /// - Throws: `SystemError` (fcntl(2)).
    public static func setCloseOnExec(_ number: Int32, _ isOn: Bool) throws(SystemError) {
        try SystemCall.check("change a descriptor") { novi_set_close_on_exec(number, isOn ? 1 : 0) }
    }

    /// A file as a mere name, without opening what it is (open(2), O_PATH); closed on exec.
    ///
    /// - Throws: `SystemError`.
    public static func openPath(_ path: String) throws(SystemError) -> Descriptor {
        Descriptor(try SystemCall.check("open", path) { novi_open_path(path, 1) })
    }

    /// A pipe, both ends closed on exec (pipe(2)).
    ///
    /// - Throws: `SystemError`, as when no descriptor is left.
    public static func pipe() throws(SystemError) -> (reader: Descriptor, writer: Descriptor) {
        var ends: [Int32] = [-1, -1]
        try SystemCall.check("create a pipe") { novi_pipe(&ends, O_CLOEXEC) }
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }

    /// Whether a number is that of an open descriptor of this process.
    public static func isOpen(_ number: Int32) -> Bool { fcntl(number, F_GETFD) >= 0 }

    /// `/dev/null`, for reading and writing.
    ///
    /// - Throws: `SystemError`, as when no descriptor is left.
    public static func openNull() throws(SystemError) -> Descriptor {
        Descriptor(
            try SystemCall.check("open", "/dev/null") { open("/dev/null", O_RDWR | O_CLOEXEC) }
        )
    }

    /// Says whether reads and writes return at once when they would have to wait.
    ///
    /// - Throws: `SystemError` (fcntl(2)).
    public func setNonBlocking(_ isOn: Bool) throws(SystemError) {
        try SystemCall.check("change a descriptor") { novi_set_nonblocking(rawValue, isOn ? 1 : 0) }
    }

    /// Says whether the descriptor is closed when this program is replaced by another (execve(2)).
    ///
    /// - Throws: `SystemError` (fcntl(2)).
    public func setCloseOnExec(_ isOn: Bool) throws(SystemError) {
        try SystemCall.check("change a descriptor") { novi_set_close_on_exec(rawValue, isOn ? 1 : 0) }
    }

    /// Reads what is there.
    ///
    /// - Parameter count: The most bytes to read.
    /// - Returns: The bytes; empty at the end of the file; `nil` when a non-blocking descriptor has nothing yet.
    /// - Throws: `SystemError` (read(2)).
    public func read(upTo count: Int) throws(SystemError) -> [UInt8]? {
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            result = SystemCall.repeating { Glibc.read(rawValue, buffer.baseAddress, count) }
            initialized = max(0, result)
        }
        guard result < 0 else { return bytes }
        let number = errno
        guard number != EAGAIN else { return nil }
        throw SystemError("read", number)
    }

    /// Writes what the other side takes now.
    ///
    /// A closed pipe or socket gives EPIPE; SIGPIPE must be ignored (``CurrentProcess/ignoreSignals(_:)``).
    ///
    /// - Parameter bytes: What to write.
    /// - Returns: How many bytes were taken; `nil` when a non-blocking descriptor takes none now.
    /// - Throws: `SystemError` (write(2)).
    public func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int? {
        let count = bytes.withUnsafeBytes { buffer in
            SystemCall.repeating { Glibc.write(rawValue, buffer.baseAddress, buffer.count) }
        }
        guard count < 0 else { return count }
        let number = errno
        guard number != EAGAIN else { return nil }
        throw SystemError("write", number)
    }

    /// Writes everything; for blocking descriptors and files.
    ///
    /// - Parameter bytes: What to write.
    /// - Throws: `SystemError`; what was written by then stays written.
    public func writeAll(_ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let count = try write(rest) else { throw SystemError("write", EAGAIN) }
            rest = rest.dropFirst(count)
        }
    }
}

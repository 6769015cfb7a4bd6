import CSupervisorShims
import Glibc

/// A Unix datagram socket that knows its senders: the supervisor's end of sd_notify (M22).
public final class DatagramSocket {
    /// One message.
    public struct Datagram: Sendable {
        /// What was sent, at most ``Limits/datagramBytes``.
        public var bytes: [UInt8]
        /// Who sent it, as the kernel vouches (SCM_CREDENTIALS); the process may be gone.
        public var sender: PeerCredentials
        /// How many descriptors came along; they are closed already, which answers BARRIER=1.
        public var closedDescriptors: Int
        /// Whether it was longer than we read; to be dropped.
        public var isTruncated: Bool
    }

    /// Where it is bound.
    public let path: String
    private let socket: Descriptor

    /// What to watch for `.readable`.
    public var rawValue: Int32 { socket.rawValue }

    /// The descriptor, for the one who hands it on.
    public var descriptor: Descriptor { socket }

    /// Binds a socket; one that was left at the path is removed.
    ///
    /// - Parameters:
    ///   - path: The path, at most ``Limits/socketPathBytes`` bytes.
    ///   - mode: Its permission bits, exactly.
    ///   - owner: Who may send besides us; `nil` leaves it ours.
    /// - Throws: `SystemError`, with a hint for a path that is too long.
    public init(bind path: String, mode: UInt32 = 0o600, owner: Directory.Owner? = nil) throws(SystemError) {
        let operation = "bind socket"
        self.path = path
        let socket = try Descriptor.socket(
            family: AF_UNIX,
            type: SOCK_DGRAM,
            nonBlocking: true,
            operation,
            path
        )
        self.socket = socket
        // Before the address exists: a message without its sender's name is worth nothing.
        try SystemCall.check(operation, path) { novi_pass_credentials(socket.rawValue) }
        try socket.bind(toSocketPath: path, mode: mode, operation)
        if let owner {
            try SystemCall.check("change the owner of socket", path) {
                lchown(path, owner.userID, owner.groupID)
            }
        }
    }

    /// Takes over a bound socket with what waits in it, as after an upgrade.
    ///
    /// - Parameters:
    ///   - descriptor: The socket.
    ///   - path: Where it must be bound.
    /// - Throws: `SystemError`; EINVAL when it is no datagram socket or bound elsewhere.
    public init(adopting descriptor: Descriptor, path: String) throws(SystemError) {
        let operation = "take over socket"
        guard SocketIdentity.datagramPath(of: descriptor.rawValue) == path else {
            throw SystemError(operation, EINVAL, path, explanation: "the descriptor is another's")
        }
        try SystemCall.check(operation, path) { novi_pass_credentials(descriptor.rawValue) }
        try descriptor.setNonBlocking(true)
        self.path = path
        socket = descriptor
    }

    /// Reads the next message.
    ///
    /// - Returns: The message; `nil` when none waits. One without credentials has user and group `UInt32.max`.
    /// - Throws: `SystemError` (recvmsg(2)).
    public func receive() throws(SystemError) -> Datagram? {
        var record = novi_datagram()
        var error: Int32 = 0
        // On the stack: a thousand sockets must not hold a thousand buffers.
        let bytes = withUnsafeTemporaryAllocation(byteCount: Limits.datagramBytes, alignment: 16) {
            buffer -> [UInt8]? in
            let result = novi_receive(socket.rawValue, buffer.baseAddress, buffer.count, &record)
            error = result < 0 ? errno : 0
            return result == 1 ? Array(buffer.prefix(max(0, record.length))) : nil
        }
        guard error == 0 else { throw SystemError("receive at", error, path) }
        guard let bytes else { return nil }
        if record.has_sender == 0 { record.sender = novi_credentials(pid: 0, user: .max, group: .max) }
        return Datagram(
            bytes: bytes,
            sender: PeerCredentials(record.sender),
            closedDescriptors: Int(record.closed_descriptors),
            isTruncated: record.is_truncated != 0
        )
    }

    /// Removes the path; the socket itself goes with this value.
    public func unlinkPath() {
        if !path.hasPrefix("@") { _ = unlink(path) }
    }
}

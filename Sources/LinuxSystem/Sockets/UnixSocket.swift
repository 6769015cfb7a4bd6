import CSupervisorShims
import Glibc

/// Who is at the other end of a Unix socket, as the kernel vouches.
public struct PeerCredentials: Hashable, Sendable {
    /// The process; 0 when it is not visible to us.
    public var processID: Int32
    /// Its effective user.
    public var userID: UInt32
    /// Its effective group.
    public var groupID: UInt32

    init(_ credentials: novi_credentials) {
        processID = credentials.pid
        userID = credentials.user
        groupID = credentials.group
    }
}

/// Unix stream sockets (unix(7)).
public enum UnixSocket {
    /// Listens at a path; a socket left there by a dead process is removed, so hold a lock before.
    ///
    /// - Parameters:
    ///   - path: The path, at most ``Limits/socketPathBytes`` bytes.
    ///   - mode: Its permission bits, exactly.
    /// - Returns: The listening socket, non-blocking.
    /// - Throws: `SystemError`, with a hint for a path that is too long.
    public static func listen(_ path: String, mode: UInt32 = 0o600) throws(SystemError) -> Descriptor {
        let operation = "listen on"
        let socket = try Descriptor.socket(
            family: AF_UNIX,
            type: SOCK_STREAM,
            nonBlocking: true,
            operation,
            path
        )
        try socket.bind(toSocketPath: path, mode: mode, operation)
        try SystemCall.check(operation, path) { Glibc.listen(socket.rawValue, Limits.listenBacklog) }
        return socket
    }

    /// Accepts a client.
    ///
    /// - Parameter listener: A listening Unix socket, non-blocking.
    /// - Returns: The connection, non-blocking, and who it is; `nil` when nobody waits.
    /// - Throws: `SystemError`; EMFILE or ENFILE when no descriptor is left: the client waits on.
    public static func accept(_ listener: Int32) throws(SystemError) -> (Descriptor, PeerCredentials)? {
        while true {
            let fd = SystemCall.repeating { novi_accept(listener) }
            guard fd < 0 else {
                let socket = Descriptor(fd)
                // A client that is gone already is not worth an error.
                guard let peer = try? peerCredentials(of: fd) else { continue }
                return (socket, peer)
            }
            switch errno {
            case EAGAIN: return nil
            case ECONNABORTED: continue
            case let number: throw SystemError("accept a client", number)
            }
        }
    }

    /// Connects to a socket.
    ///
    /// - Parameters:
    ///   - path: Where it listens.
    ///   - timeoutMilliseconds: The longest wait, when its queue of clients is full; `nil` for ever.
    ///   - nonBlocking: How the connection reads and writes.
    /// - Returns: The connection.
    /// - Throws: `SystemError`; ENOENT or ECONNREFUSED when nobody listens, ETIMEDOUT.
    public static func connect(
        _ path: String,
        timeoutMilliseconds: Int32? = nil,
        nonBlocking: Bool = false
    ) throws(SystemError) -> Descriptor {
        let operation = "connect to"
        let address = try SocketAddress(unixPath: path, operation)
        let socket = try Descriptor.socket(
            family: AF_UNIX,
            type: SOCK_STREAM,
            // Before connecting: who listens and does not accept would hold us up.
            nonBlocking: nonBlocking && timeoutMilliseconds == nil,
            operation,
            path
        )
        if let timeoutMilliseconds {
            try setTimeout(socket, SO_SNDTIMEO, milliseconds: max(1, timeoutMilliseconds))
        }
        let result = SystemCall.repeating {
            address.withPointer { Glibc.connect(socket.rawValue, $0, $1) }
        }
        guard result == 0 else {
            let number = errno
            throw SystemError(operation, number == EAGAIN ? ETIMEDOUT : number, path)
        }
        if timeoutMilliseconds != nil { try setTimeout(socket, SO_SNDTIMEO, milliseconds: 0) }
        if nonBlocking, timeoutMilliseconds != nil { try socket.setNonBlocking(true) }
        return socket
    }

    /// Bounds how long a blocking socket waits for input.
    ///
    /// - Parameters:
    ///   - socket: The socket; its reads return `nil` when time is up.
    ///   - milliseconds: The longest wait; 0 for ever.
    /// - Throws: `SystemError` (setsockopt(2)).
    public static func setReadTimeout(_ socket: Descriptor, milliseconds: Int32) throws(SystemError) {
        try setTimeout(socket, SO_RCVTIMEO, milliseconds: milliseconds)
    }

    private static func setTimeout(
        _ socket: Descriptor,
        _ option: Int32,
        milliseconds: Int32
    ) throws(SystemError) {
        var time = timeval()
        time.tv_sec = time_t(milliseconds / 1000)
        time.tv_usec = suseconds_t(milliseconds % 1000 * 1000)
        try SystemCall.check("set a socket's time limit") {
            setsockopt(
                socket.rawValue,
                SOL_SOCKET,
                option,
                &time,
                socklen_t(MemoryLayout<timeval>.size)
            )
        }
    }

    /// Who connected, or who listens where we connected (SO_PEERCRED).
    ///
    /// - Parameter fd: A connected stream socket; of datagrams the answer is void (M22).
    /// - Returns: The peer at the time of connecting.
    /// - Throws: `SystemError`.
    public static func peerCredentials(of fd: Int32) throws(SystemError) -> PeerCredentials {
        var credentials = novi_credentials()
        try SystemCall.check("identify a client") { novi_peer_credentials(fd, &credentials) }
        return PeerCredentials(credentials)
    }
}

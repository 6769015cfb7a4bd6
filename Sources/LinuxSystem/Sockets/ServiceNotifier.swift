import CSupervisorShims
import Glibc

/// The sending side of sd_notify(3): one datagram, no library.
public enum ServiceNotifier {
    /// Tells the service manager, or the supervisor, a state.
    ///
    /// - Parameters:
    ///   - state: Lines such as `READY=1` and `STATUS=…`, with line feeds between.
    ///   - path: The socket, `@name` for an abstract one; `nil` for the environment's NOTIFY_SOCKET.
    /// - Returns: `false` when nobody wants to know: there is no such variable.
    /// - Throws: `SystemError` when the message could not be sent.
    @discardableResult
    public static func sendNotify(state: String, to path: String? = nil) throws(SystemError) -> Bool {
        guard let path = path ?? CurrentProcess.environmentValue("NOTIFY_SOCKET"), !path.isEmpty else {
            return false
        }
        guard path.hasPrefix("/") || path.hasPrefix("@") else {
            throw SystemError("notify", EAFNOSUPPORT, path)
        }
        try UnixDatagram.send(Array(state.utf8), to: path, "notify")
        return true
    }
}

/// Sends single datagrams.
enum UnixDatagram {
    /// Sends one message to a Unix socket.
    ///
    /// - Throws: `SystemError` (sendto(2)).
    static func send(_ bytes: [UInt8], to path: String, _ operation: String) throws(SystemError) {
        let address = try SocketAddress(unixPath: path, operation)
        let socket = try Descriptor.socket(
            family: AF_UNIX,
            type: SOCK_DGRAM,
            nonBlocking: false,
            operation,
            path
        )
        try SystemCall.check(operation, path) {
            address.withPointer {
                sendto(socket.rawValue, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, $1)
            }
        }
    }
}

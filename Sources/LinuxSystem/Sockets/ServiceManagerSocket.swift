import CSupervisorShims
import Glibc

/// The way to the service manager for many messages (sd_notify(3)): one socket that stays, and an answer to each message.
///
/// Never waits: a manager that is busy says `full`.
public final class ServiceManagerSocket {
    /// What became of a message.
    public enum Outcome: Hashable, Sendable {
        /// The manager has it.
        case sent
        /// Its queue is full; the same message is to be sent again when the socket is writable.
        case full
        /// It cannot be sent (errno(3)).
        case failed(Int32)
    }

    /// The socket's path, `@name` for an abstract one.
    public let path: String
    private var socket: Descriptor?
    private let isGiven: Bool

    /// Makes a way to the manager; nothing is opened yet.
    ///
    /// - Parameter path: What `NOTIFY_SOCKET` says.
    public init(path: String) {
        self.path = path
        isGiven = false
    }

    /// Takes over a connection to somebody who understands the same words; it is never made anew.
    ///
    /// - Parameters:
    ///   - connection: A socket that keeps messages apart.
    ///   - name: Who is at the other end, for errors.
    public init(_ connection: Descriptor, to name: String) {
        path = name
        socket = connection
        isGiven = true
    }

    /// What to watch for `.writable` after `full`; `nil` while there is no connection.
    public var rawValue: Int32? { socket?.rawValue }

    /// Sends one message.
    ///
    /// - Parameters:
    ///   - state: Assignments with line feeds between.
    ///   - descriptor: What goes along for `FDSTORE=1`; the kernel duplicates it.
    /// - Returns: What became of it.
    public func send(_ state: [UInt8], with descriptor: Descriptor? = nil) -> Outcome {
        // Twice: a manager that was executed anew may refuse the old connection.
        for _ in 0..<2 {
            let socket: Descriptor
            guard self.socket != nil || !isGiven else { break }
            do throws(SystemError) {
                if let open = self.socket { socket = open } else { socket = try connect() }
            } catch {
                return .failed(error.errorNumber)
            }
            self.socket = socket
            let result = novi_send_message(
                socket.rawValue,
                state,
                state.count,
                descriptor?.rawValue ?? -1
            )
            guard result < 0 else { return .sent }
            let number = errno
            switch number {
            case EAGAIN, ENOBUFS, ENOMEM: return .full
            case ECONNREFUSED, ENOTCONN, ECONNRESET, EPIPE: self.socket = nil
            default: return .failed(number)
            }
        }
        return .failed(ECONNREFUSED)
    }

    private func connect() throws(SystemError) -> Descriptor {
        let operation = "connect to the service manager at"
        let address = try SocketAddress(unixPath: path, operation)
        let socket = try Descriptor.socket(
            family: AF_UNIX,
            type: SOCK_DGRAM,
            nonBlocking: true,
            operation,
            path
        )
        try SystemCall.check(operation, path) {
            address.withPointer { Glibc.connect(socket.rawValue, $0, $1) }
        }
        return socket
    }
}

import CSupervisorShims
import Glibc

/// The way to the systemd journal for many entries: one socket that stays, and an answer to each of them.
///
/// Never waits: a journal that is slow says `full`, one that is not there says `absent`.
public final class JournalSocket {
    /// What became of an entry.
    public enum Outcome: Hashable, Sendable {
        /// The journal has it.
        case sent
        /// Its queue is full; the same entry is to be sent again when the socket is writable.
        case full
        /// There is no journal now; the same entry is to be sent again later.
        case absent
        /// The journal will never take this entry (errno(3)).
        case refused(Int32)
    }

    /// Where the journal of this machine listens (systemd-journald.service(8)).
    public static let usualPath = "/run/systemd/journal/socket"
    /// Where the journal listens.
    public let path: String
    private var socket: Descriptor?
    private var retryAt: Int64?

    /// How long after a failed connection the next is tried, in nanoseconds; only when there is something to send.
    private static let retryNanoseconds: Int64 = 1_000_000_000
    /// The send buffer that is asked for; the kernel gives what net.core.wmem_max allows.
    private static let bufferBytes: Int32 = 8 << 20

    /// Makes a way to a journal; nothing is opened yet.
    public init(path: String = JournalSocket.usualPath) {
        self.path = path
    }

    /// What to watch for `.writable` after `full`; `nil` while there is no connection.
    public var rawValue: Int32? { socket?.rawValue }

    /// When it is worth trying again after `absent`, on the clock of ``Clocks/monotonicNanoseconds()``.
    public var retryNanosecondsSinceBoot: Int64? { retryAt }

    /// Whether there was no journal a moment ago, so that an entry need not even be made.
    ///
    /// - Parameter now: The time since boot in nanoseconds.
    /// - Returns: `true` until it is worth trying again.
    public func isAbsent(now: Int64 = Clocks.monotonicNanoseconds()) -> Bool {
        retryAt.map { now < $0 } ?? false
    }

    /// Sends one entry.
    ///
    /// - Parameters:
    ///   - entry: The fields in the native protocol.
    ///   - now: The time since boot in nanoseconds, for the pause between tries to connect.
    /// - Returns: What became of it.
    public func send(_ entry: [UInt8], now: Int64 = Clocks.monotonicNanoseconds()) -> Outcome {
        // Twice: a journal that was restarted refuses the old connection and takes a new one.
        for isFirst in [true, false] {
            guard let socket = connection(now: now) else { return .absent }
            var number = sendDatagram(entry, socket)
            if number == EMSGSIZE || number == ENOBUFS && entry.count > 64 << 10 {
                number = sendFile(entry, socket)
            }
            switch number {
            case 0: return .sent
            case EAGAIN, ENOBUFS: return .full
            case ECONNREFUSED, ENOTCONN, ECONNRESET, EPIPE, ENOENT, EBADF:
                self.socket = nil
                if !isFirst { retryAt = now + Self.retryNanoseconds }
            case EMFILE, ENFILE, ENOMEM, ENOSPC, ETOOMANYREFS: return .full
            default: return .refused(number)
            }
        }
        return .absent
    }

    private func connection(now: Int64) -> Descriptor? {
        if let socket { return socket }
        if let retryAt, now < retryAt { return nil }
        do throws(SystemError) {
            let socket = try connect()
            self.socket = socket
            retryAt = nil
            return socket
        } catch {
            retryAt = now + Self.retryNanoseconds
            return nil
        }
    }

    private func connect() throws(SystemError) -> Descriptor {
        let operation = "connect to the journal at"
        let address = try SocketAddress(unixPath: path, operation)
        let socket = try Descriptor.socket(
            family: AF_UNIX,
            type: SOCK_DGRAM,
            nonBlocking: true,
            operation,
            path
        )
        // A longer queue where it is allowed; the usual one does as well.
        var size = Self.bufferBytes
        setsockopt(socket.rawValue, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        try SystemCall.check(operation, path) {
            address.withPointer { Glibc.connect(socket.rawValue, $0, $1) }
        }
        return socket
    }

    private func sendDatagram(_ entry: [UInt8], _ socket: Descriptor) -> Int32 {
        let result = SystemCall.repeating {
            Glibc.send(socket.rawValue, entry, entry.count, Int32(MSG_NOSIGNAL))
        }
        return result < 0 ? errno : 0
    }

    private func sendFile(_ entry: [UInt8], _ socket: Descriptor) -> Int32 {
        novi_send_memory_file(socket.rawValue, entry, entry.count) < 0 ? errno : 0
    }
}

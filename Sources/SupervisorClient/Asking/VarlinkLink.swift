import Glibc
public import LinuxSystem
public import Shared

/// A connection that is asked and listened to without ever waiting: what shows something goes on while the other side hangs.
public final class VarlinkLink {
    /// The longest reply accepted.
    private static let maximumReplyBytes = 64 << 20

    private let socket: Descriptor
    private var waiting: [UInt8] = []
    private var decoder = VarlinkFrameDecoder(maximumFrameBytes: VarlinkLink.maximumReplyBytes)

    /// Connects.
    ///
    /// - Throws: `SystemError`; EAGAIN or ETIMEDOUT where the queue of clients is full.
    public init(_ path: String) throws(SystemError) {
        socket = try UnixSocket.connect(path, nonBlocking: true)
    }

    /// What to watch for ``interest``.
    public var rawValue: Int32 { socket.rawValue }

    /// The events of poll(2) that matter now.
    public var interest: Int16 { Int16(POLLIN) | (waiting.isEmpty ? 0 : Int16(POLLOUT)) }

    /// Asks; what does not go out at once goes with ``flush()``.
    public func call(_ method: String, _ parameters: JSONObject = [:], more: Bool = false) throws(SystemError)
    {
        waiting += VarlinkCall(method: method, parameters: parameters, more: more).encoded()
        try flush()
    }

    /// Sends what waits, as far as the other side takes it.
    public func flush() throws(SystemError) {
        while !waiting.isEmpty {
            guard let count = try socket.write(waiting[...]) else { return }
            waiting.removeFirst(count)
        }
    }

    /// The replies that are there.
    ///
    /// - Throws: `SystemError` when the other side hung up or speaks another language.
    public func replies() throws(SystemError) -> [VarlinkReply] {
        var replies: [VarlinkReply] = []
        while let bytes = try socket.read(upTo: 65_536) {
            guard !bytes.isEmpty else {
                if replies.isEmpty { throw SystemError("hear from the other side", ECONNRESET) }
                return replies
            }
            decoder.append(bytes)
            do {
                while let frame = try decoder.next() {
                    replies.append(try VarlinkReply(parsing: try JSONValue(parsing: frame)))
                }
            } catch {
                throw SystemError("understand the other side", EPROTO)
            }
        }
        return replies
    }
}

/// Cuts a stream of bytes into messages, each ended by a NUL byte; fed in any pieces, bounded (M28).
public struct VarlinkFrameDecoder: Sendable {
    private let maximumFrameBytes: Int
    private var buffer: [UInt8] = []
    /// Up to where the buffer was searched for an end.
    private var searched = 0
    /// Where the first message that is not handed out begins.
    private var start = 0

    /// Makes a decoder that refuses longer messages.
    public init(maximumFrameBytes: Int) {
        self.maximumFrameBytes = maximumFrameBytes
    }

    /// Takes bytes in.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            searched -= start
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// Hands out the next whole message without its NUL byte, or `nil` when there is none yet.
    ///
    /// - Throws: ``VarlinkProtocolError`` when the message is longer than allowed; the stream cannot be read on then.
    public mutating func next() throws(VarlinkProtocolError) -> [UInt8]? {
        guard let end = buffer[searched...].firstIndex(of: 0) else {
            searched = buffer.count
            guard buffer.count - start <= maximumFrameBytes else { throw tooLong }
            if start == buffer.count {
                buffer = []
                searched = 0
                start = 0
            }
            return nil
        }
        guard end - start <= maximumFrameBytes else { throw tooLong }
        defer {
            start = end + 1
            searched = start
        }
        return Array(buffer[start..<end])
    }

    private var tooLong: VarlinkProtocolError {
        VarlinkProtocolError(reason: "the message is longer than \(maximumFrameBytes) bytes")
    }
}

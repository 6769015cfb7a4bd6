import NIOCore
import Shared
import Synchronization

/// Who watches live; each message is written once for all of them.
final class StreamHub: Sendable {
    /// What one of them reads.
    typealias Messages = AsyncStream<ByteBuffer>

    private struct Stream {
        let continuation: Messages.Continuation
        let onSlow: @Sendable () -> Void
    }

    private struct Contents {
        var streams: [Int: Stream] = [:]
        var next = 0
        var dropped = 0
    }

    private let contents = Mutex(Contents())

    /// How many there are.
    var count: Int { contents.withLock { $0.streams.count } }

    /// How many were ended because they read too slowly.
    var dropped: Int { contents.withLock { $0.dropped } }

    /// Adds one; `nil` when there are too many.
    ///
    /// - Parameter onSlow: Called when it is ended because it does not read: what was written to it may never go out.
    /// - Returns: What is to be sent to it.
    func open(onSlow: @escaping @Sendable () -> Void = {}) -> Messages? {
        let (messages, continuation) = Messages.makeStream(
            bufferingPolicy: .bufferingOldest(Limits.streamBacklog)
        )
        let number: Int? = contents.withLock { contents in
            guard contents.streams.count < Limits.streams else { return nil }
            contents.next += 1
            contents.streams[contents.next] = Stream(continuation: continuation, onSlow: onSlow)
            return contents.next
        }
        guard let number else { return nil }
        continuation.onTermination = { [weak self] _ in
            _ = self?.contents.withLock { $0.streams.removeValue(forKey: number) }
        }
        return messages
    }

    /// Sends to all; who has not read the last ones yet is ended, and comes back by itself.
    func send(_ event: String, _ data: JSONObject) {
        guard count > 0 else { return }
        send(Self.message(event, data))
    }

    /// Sends a comment, so that nobody takes silence for a broken connection.
    func sendPulse() {
        send(ByteBuffer(string: ": still here\n\n"))
    }

    private func send(_ message: ByteBuffer) {
        let streams = contents.withLock { $0.streams }
        var slow = 0
        for (_, stream) in streams {
            if case .dropped = stream.continuation.yield(message) {
                slow += 1
                stream.continuation.finish()
                stream.onSlow()
            }
        }
        if slow > 0 { contents.withLock { $0.dropped += slow } }
    }

    /// One message of server-sent events (HTML standard, 9.2).
    static func message(_ event: String, _ data: JSONObject) -> ByteBuffer {
        // JSON on one line has no line break that would end the field.
        let bytes = JSONValue.object(data).serialized()
        var buffer = ByteBuffer()
        buffer.reserveCapacity(bytes.count + event.utf8.count + 16)
        buffer.writeString("event: \(event)\ndata: ")
        buffer.writeBytes(bytes)
        buffer.writeString("\n\n")
        return buffer
    }
}

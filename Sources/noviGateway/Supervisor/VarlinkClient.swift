import NIOCore
import NIOPosix
import Shared

/// Asks over Varlink on a Unix socket; a connection for each call, every reply of one call.
struct VarlinkClient: Sendable {
    /// Why a call brought nothing.
    enum Failure: Error, CustomStringConvertible {
        /// Nobody listens there, or the connection broke.
        case unreachable(String)
        /// No answer in time.
        case timedOut
        /// The answer is an error: its name and what belongs to it.
        case refused(String, JSONObject)

        var description: String {
            switch self {
            case .unreachable(let reason): reason
            case .timedOut: "no answer in time"
            case .refused(let name, let parameters): Self.words(name, parameters)
            }
        }

        private static func words(_ name: String, _ parameters: JSONObject) -> String {
            let short = name.split(separator: ".").last.map(String.init) ?? name
            let reason = parameters["reason"]?.stringValue ?? parameters["selection"]?.stringValue
            return reason.map { "\(short): \($0)" } ?? short
        }
    }

    /// Where it listens.
    let path: String

    /// Calls a method.
    ///
    /// - Parameters:
    ///   - method: The full name.
    ///   - parameters: What it takes.
    ///   - more: Whether several replies are wanted.
    ///   - wait: The most that connecting and answering may take together.
    /// - Returns: The replies in order; at least one.
    /// - Throws: ``Failure``.
    func call(
        _ method: String,
        _ parameters: JSONObject = [:],
        more: Bool = false,
        wait: Duration
    ) async throws(Failure) -> [JSONObject] {
        let call = VarlinkCall(method: method, parameters: parameters, more: more)
        let outcome = await withTaskGroup(of: Result<[JSONObject], Failure>?.self) { group in
            group.addTask {
                let replies = Replies()
                do throws(Failure) {
                    try await exchange(call, connectWait: wait) { await replies.append($0) }
                    return .success(await replies.all)
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                try? await Task.sleep(for: wait)
                return nil
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? nil
        }
        guard let outcome else { throw .timedOut }
        return try outcome.get()
    }

    /// Calls a method that goes on answering, until it ends, the connection breaks or the task is cancelled.
    ///
    /// - Parameters:
    ///   - method: The full name.
    ///   - parameters: What it takes.
    ///   - onReply: Takes each reply, one after the other.
    /// - Throws: ``Failure``.
    func follow(
        _ method: String,
        _ parameters: JSONObject,
        onReply: @escaping @Sendable (JSONObject) async -> Void
    ) async throws(Failure) {
        let call = VarlinkCall(method: method, parameters: parameters, more: true)
        try await exchange(call, connectWait: Limits.daemonWait, onReply: onReply)
    }

    private func exchange(
        _ call: VarlinkCall,
        connectWait: Duration,
        onReply: @escaping @Sendable (JSONObject) async -> Void
    ) async throws(Failure) {
        let result: Result<Void, Failure>
        do {
            let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(connectWait))
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            let path = path
            result = try await connection.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(bytes: call.encoded()))
                var decoder = VarlinkFrameDecoder(maximumFrameBytes: Limits.messageBytes)
                for try await buffer in inbound {
                    decoder.append(buffer.readableBytesView)
                    while let frame = try decoder.next() {
                        let reply = try VarlinkReply(parsing: JSONValue(parsing: frame))
                        if let error = reply.error { return .failure(.refused(error, reply.parameters)) }
                        await onReply(reply.parameters)
                        if !reply.continues { return .success(()) }
                    }
                }
                return .failure(.unreachable("\(path) closed the connection"))
            }
        } catch {
            throw .unreachable("cannot ask \(path): \(error)")
        }
        try result.get()
    }
}

/// Collects the replies of one call.
private actor Replies {
    private(set) var all: [JSONObject] = []

    func append(_ reply: JSONObject) { all.append(reply) }
}

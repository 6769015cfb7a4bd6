import NIOCore
import NIOPosix
public import Shared

/// Asks a worker, or the supervisor, on its socket: a connection for each call.
public struct VarlinkClient: Sendable {
    /// Why a call brought no reply.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        /// Nobody listens at the path, or the connection broke.
        case unreachable(String)
        /// No reply in time.
        case timedOut
        /// Who was asked answered with an error.
        case refused(VarlinkFailure)

        /// In words.
        public var description: String {
            switch self {
            case .unreachable(let reason): reason
            case .timedOut: "no answer in time"
            case .refused(let failure): "\(failure)"
            }
        }
    }

    private let path: String

    /// Makes a client for the socket at `path`.
    public init(path: String) {
        self.path = path
    }

    /// Calls a method and waits for its one reply.
    ///
    /// - Parameters:
    ///   - method: The full name, such as `com.novi.Worker.GetStatus`.
    ///   - parameters: What the method takes.
    ///   - timeout: The most that connecting and answering may take together.
    /// - Returns: The reply's parameters.
    /// - Throws: ``Failure``.
    public func call(
        _ method: String,
        _ parameters: JSONObject = [:],
        timeout: Duration
    ) async throws(Failure) -> JSONObject {
        let call = VarlinkCall(method: method, parameters: parameters)
        return try await replies(to: call, timeout: timeout).first ?? [:]
    }

    /// Calls a method that answers in several replies, and waits for all.
    ///
    /// - Parameters:
    ///   - method: The full name.
    ///   - parameters: What the method takes.
    ///   - timeout: The most that connecting and answering may take together.
    /// - Returns: The replies' parameters in order; at least one.
    /// - Throws: ``Failure``.
    public func callForMore(
        _ method: String,
        _ parameters: JSONObject = [:],
        timeout: Duration
    ) async throws(Failure) -> [JSONObject] {
        let call = VarlinkCall(method: method, parameters: parameters, more: true)
        return try await replies(to: call, timeout: timeout)
    }

    /// Calls a method that goes on answering, until it ends, the connection breaks or the task is cancelled.
    ///
    /// - Parameters:
    ///   - method: The full name.
    ///   - parameters: What the method takes.
    ///   - connectTimeout: The most that connecting may take.
    ///   - onReply: Takes each reply, one after the other.
    /// - Throws: ``Failure``.
    public func follow(
        _ method: String,
        _ parameters: JSONObject = [:],
        connectTimeout: Duration,
        onReply: @escaping @Sendable (JSONObject) async -> Void
    ) async throws(Failure) {
        let call = VarlinkCall(method: method, parameters: parameters, more: true)
        try await exchange(call, connectTimeout, onReply).get()
    }

    private func replies(
        to call: VarlinkCall,
        timeout: Duration
    ) async throws(Failure) -> [JSONObject] {
        let outcome = await withTimeLimit(timeout) {
            let replies = Replies()
            let result = await exchange(call, timeout) { await replies.append($0) }
            let all = await replies.all
            return result.map { all }
        }
        guard let outcome else { throw .timedOut }
        return try outcome.get()
    }

    private func exchange(
        _ call: VarlinkCall,
        _ connectTimeout: Duration,
        _ onReply: @escaping @Sendable (JSONObject) async -> Void
    ) async -> Result<Void, Failure> {
        do {
            let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(connectTimeout))
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            return try await connection.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(bytes: call.encoded()))
                var decoder = VarlinkFrameDecoder(maximumFrameBytes: Limits.messageBytes)
                for try await buffer in inbound {
                    decoder.append(buffer.readableBytesView)
                    while let frame = try decoder.next() {
                        let reply = try VarlinkReply(parsing: JSONValue(parsing: frame))
                        if let error = reply.error {
                            return .failure(.refused(VarlinkFailure(error, reply.parameters)))
                        }
                        await onReply(reply.parameters)
                        if !reply.continues { return .success(()) }
                    }
                }
                return .failure(.unreachable("\(path) closed the connection without a reply"))
            }
        } catch {
            return .failure(.unreachable("cannot ask \(path): \(error)"))
        }
    }
}

/// Collects the replies of one call.
private actor Replies {
    private(set) var all: [JSONObject] = []

    func append(_ reply: JSONObject) { all.append(reply) }
}

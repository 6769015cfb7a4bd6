import NIOCore
import NIOPosix
public import Shared

/// Asks another worker on its socket; every call has a deadline.
public struct WorkerClient: Sendable {
    /// Why a call brought no reply.
    public enum Failure: Error, Equatable {
        /// Nobody listens at the path, or the connection broke.
        case unreachable(String)
        /// No reply in time.
        case timedOut
        /// The worker answered with an error.
        case refused(VarlinkFailure)
    }

    private let path: String

    /// Makes a client for the worker whose socket is at `path`.
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
        let request = VarlinkCall(method: method, parameters: parameters).encoded()
        let outcome = await withTimeLimit(timeout) { await exchange(request, timeout: timeout) }
        guard let outcome else { throw .timedOut }
        return try outcome.get()
    }

    private func exchange(_ request: [UInt8], timeout: Duration) async -> Result<JSONObject, Failure> {
        do {
            let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(timeout))
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            return try await connection.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(bytes: request))
                var decoder = VarlinkFrameDecoder(maximumFrameBytes: Limits.messageBytes)
                for try await buffer in inbound {
                    decoder.append(Array(buffer.readableBytesView))
                    guard let frame = try decoder.next() else { continue }
                    let reply = try VarlinkReply(parsing: JSONValue(parsing: frame))
                    guard let error = reply.error else { return .success(reply.parameters) }
                    return .failure(.refused(VarlinkFailure(error, reply.parameters)))
                }
                return .failure(.unreachable("\(path) closed the connection without a reply"))
            }
        } catch {
            return .failure(.unreachable("cannot ask the worker at \(path): \(error)"))
        }
    }
}

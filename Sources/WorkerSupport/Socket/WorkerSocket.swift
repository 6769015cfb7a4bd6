import CSystemd
import Glibc
import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle
import Shared
import Synchronization

/// Serves Varlink interfaces on a worker's Unix socket (`worker.sock`, mode 0600).
///
/// Only our own user and root get an answer. A socket left by an earlier run is replaced in one step, so that there
/// is never a moment without one.
public final class WorkerSocket: Service {
    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private let path: String
    private let dispatcher: VarlinkDispatcher
    private let log: WorkerLog
    private let openConnections = Mutex(0)
    private let onListening: @Sendable () -> Void

    /// Makes a server.
    ///
    /// - Parameters:
    ///   - path: Where the socket appears.
    ///   - interfaces: What it answers, besides introspection.
    ///   - version: The program's version, told by introspection.
    ///   - log: Where faults of callers are noted.
    ///   - onListening: Called once the socket answers.
    public init(
        path: String,
        interfaces: [VarlinkInterface],
        version: String,
        log: WorkerLog,
        onListening: @escaping @Sendable () -> Void = {}
    ) {
        self.path = path
        dispatcher = VarlinkDispatcher(interfaces, version: version)
        self.log = log
        self.onListening = onListening
    }

    /// Serves until the service group stops, then removes the socket.
    public func run() async throws {
        let temporary = "\(path).\(getpid())"
        unlink(temporary)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(unixDomainSocketPath: temporary) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Connection(wrappingChannelSynchronously: channel)
                }
            }
        var identity = stat()
        guard chmod(temporary, 0o600) == 0, lstat(temporary, &identity) == 0, rename(temporary, path) == 0
        else {
            let reason = String(cString: strerror(errno))
            unlink(temporary)
            try? await server.channel.close()
            throw WorkerSocketFailure(path: path, reason: reason)
        }
        defer { remove(identity) }
        onListening()
        await withTaskCancellationOrGracefulShutdownHandler {
            await self.serve(server)
        } onCancelOrGracefulShutdown: {
            server.channel.close(promise: nil)
        }
    }

    private func serve(_ server: NIOAsyncChannel<Connection, Never>) async {
        // A group that kept the ends of its tasks would keep each conversation's memory.
        await withDiscardingTaskGroup { group in
            do {
                try await server.executeThenClose { connections in
                    for try await connection in connections {
                        group.addTask { await self.converse(on: connection) }
                    }
                }
            } catch {
                log.operations.error("worker socket \(path): \(error)")
            }
            group.cancelAll()
        }
    }

    private func converse(on connection: Connection) async {
        let isAdmitted = openConnections.withLock { count in
            count += 1
            return count <= Limits.connections
        }
        defer { openConnections.withLock { $0 -= 1 } }
        do {
            try await connection.executeThenClose { inbound, outbound in
                guard isAdmitted else {
                    log.worker.warning("worker socket: more than \(Limits.connections) connections")
                    return
                }
                guard try await isTrusted(connection.channel) else { return }
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await self.answer(inbound, outbound) }
                    group.addTask { try? await connection.channel.closeFuture.get() }
                    await group.next()
                    // Whoever is still at work has nobody left to answer; closing ends the wait for the close, too.
                    outbound.finish()
                    connection.channel.close(promise: nil)
                    group.cancelAll()
                }
            }
        } catch {
            log.worker.debug("worker socket: connection ended: \(error)")
        }
    }

    private func answer(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async {
        var decoder = VarlinkFrameDecoder(maximumFrameBytes: Limits.messageBytes)
        do {
            for try await buffer in inbound {
                decoder.append(Array(buffer.readableBytesView))
                while let frame = try decoder.next() {
                    try await dispatcher.answer(frame) { try await outbound.write(ByteBuffer(bytes: $0)) }
                }
            }
        } catch {
            log.worker.debug("worker socket: connection dropped: \(error)")
        }
    }

    /// Whether the peer is our own user or root; the folder lets others reach the socket for a moment before its mode is set.
    private func isTrusted(_ channel: any Channel) async throws -> Bool {
        guard let provider = channel as? any SocketOptionProvider else { return false }
        let peer: novi_peer = try await provider.unsafeGetSocketOption(
            level: .socket,
            name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
        ).get()
        guard peer.user == geteuid() || peer.user == 0 else {
            log.operations.warning("worker socket: refused user \(peer.user), process \(peer.process)")
            return false
        }
        return true
    }

    private func remove(_ identity: stat) {
        var present = stat()
        guard lstat(path, &present) == 0, present.st_ino == identity.st_ino, present.st_dev == identity.st_dev
        else {
            return
        }
        unlink(path)
    }
}

/// A worker socket that could not be made.
struct WorkerSocketFailure: Error, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { "cannot make the worker socket \(path): \(reason)" }
}

import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOExtras
import NIOPosix
import ServiceLifecycle
import Shared
import Synchronization
import WorkerSupport

/// Serves HTTP on the supervisor's listening sockets or on one of our own, and drains without breaking a connection.
///
/// A shared listening socket outlives this process: new connections wait in its queue for the successor. Connections
/// that were accepted a moment ago may still be sending their request, so they get a quarter of a second first.
struct HTTPService<Responder: HTTPResponder>: Service
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    private typealias Connection = HTTP1Channel.Value
    private typealias Listener = NIOAsyncChannel<Connection, Never>

    /// Descriptors handed over; empty to open ``address``.
    let inheritedSockets: [Int32]

    /// Where to listen otherwise.
    let address: ListenAddress

    /// How many seconds the head and the body of a request may take to arrive.
    let arrival: (head: Int64, body: Int64)

    /// What answers.
    let responder: Responder

    /// Ends the intake before the end of the service.
    let drain: DrainSwitch

    /// The worker's log.
    let log: WorkerLog

    private let group = MultiThreadedEventLoopGroup.singleton

    init(
        inheritedSockets: [Int32],
        address: ListenAddress,
        arrival: (head: Int64, body: Int64) = (Limits.httpIdleSeconds, Limits.httpBodySeconds),
        responder: Responder,
        drain: DrainSwitch,
        log: WorkerLog
    ) {
        self.inheritedSockets = inheritedSockets
        self.address = address
        self.arrival = arrival
        self.responder = responder
        self.drain = drain
        self.log = log
    }

    func run() async throws {
        let http = channel()
        try await withThrowingDiscardingTaskGroup { tasks in
            if inheritedSockets.isEmpty {
                let listener = try await listen(http)
                tasks.addTask { await serve(listener.listener, http, quiescing: listener.quiescing) }
            }
            for descriptor in inheritedSockets {
                let quiescing = ServerQuiescingHelper(group: group)
                let listener = try await bootstrap(quiescing).bind(descriptor) {
                    http.setup(channel: $0, logger: log.worker)
                }
                tasks.addTask { await serve(listener, http, quiescing: quiescing) }
            }
        }
    }

    private func listen(
        _ http: HTTP1Channel
    ) async throws -> (listener: Listener, quiescing: ServerQuiescingHelper) {
        let quiescing = ServerQuiescingHelper(group: group)
        let bootstrap = bootstrap(quiescing)
        do {
            switch address {
            case .tcp(let host, let port):
                let listener = try await bootstrap.bind(host: host, port: port) {
                    http.setup(channel: $0, logger: log.worker)
                }
                return (listener, quiescing)
            case .unix(let path):
                let listener = try await bootstrap.bind(
                    unixDomainSocketPath: path,
                    cleanupExistingSocketFile: true
                ) {
                    http.setup(channel: $0, logger: log.worker)
                }
                return (listener, quiescing)
            }
        } catch {
            throw ListenFailure(address: address, reason: "\(error)")
        }
    }

    private func bootstrap(_ quiescing: ServerQuiescingHelper) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        quiescing.makeServerChannelHandler(channel: channel)
                    )
                }
            }
    }

    private func channel() -> HTTP1Channel {
        let responder = responder
        let log = log
        return HTTP1Channel(
            responder: { request, writer, channel in
                let context = Responder.Context(
                    source: ApplicationRequestContextSource(channel: channel, logger: log.worker)
                )
                let response: Response
                do {
                    response = try await responder.respond(to: request, context: context)
                } catch {
                    log.operations.error("request failed outside of the routes: \(error)")
                    response = APIFailure.unexpected.response(requestID: "")
                }
                let body = try await writer.writeHead(response.head)
                try await response.body.write(body)
            },
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [
                    MalformedRequestHandler(),
                    RequestDeadline(head: .seconds(arrival.head), body: .seconds(arrival.body)),
                ],
                idleTimeout: .seconds(Limits.httpIdleSeconds)
            )
        )
    }

    private func serve(_ listener: Listener, _ http: HTTP1Channel, quiescing: ServerQuiescingHelper) async {
        let channel = listener.channel
        let place = channel.localAddress.map { "\($0)" } ?? "an inherited socket"
        log.operations.info("listening on \(place)")
        // Before any shutdown, `Drain` alone ends the intake: what is in the queue waits for whoever listens, too.
        drain.onTurnOn { channel.setOption(.autoRead, value: false).whenFailure { _ in } }
        let open = OpenConnections()
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { connections in
                do {
                    try await listener.executeThenClose { inbound in
                        for try await connection in inbound {
                            guard open.admit() else {
                                connection.channel.close(promise: nil)
                                connections.addTask { await Self.discard(connection) }
                                continue
                            }
                            connections.addTask {
                                await http.handle(value: connection, logger: log.worker)
                                open.leave()
                            }
                        }
                    }
                } catch {
                    log.operations.error("listening on \(place) ended: \(error)")
                }
            }
        } onGracefulShutdown: {
            drain.turnOn()
            channel.setOption(.autoRead, value: false).whenComplete { _ in
                channel.eventLoop.scheduleTask(in: TimeAmount(Limits.drainGrace)) {
                    quiescing.initiateShutdown(promise: nil)
                }
            }
        }
    }

    private static func discard(_ connection: Connection) async {
        try? await connection.executeThenClose { _, _ in }
    }
}

/// Counts the connections of one listener.
private final class OpenConnections: Sendable {
    private let count = Mutex(0)

    func admit() -> Bool {
        count.withLock { count in
            guard count < Limits.httpConnections else { return false }
            count += 1
            return true
        }
    }

    func leave() {
        count.withLock { $0 -= 1 }
    }
}

/// An address that cannot be listened on.
struct ListenFailure: Error, CustomStringConvertible {
    /// The address.
    let address: ListenAddress

    /// The system's reason.
    let reason: String

    var description: String { "cannot listen on \(address): \(reason)" }
}

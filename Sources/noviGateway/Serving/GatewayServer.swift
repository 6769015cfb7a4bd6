import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import WorkerSupport

/// Serves HTTP where the configuration says.
struct GatewayServer: Service {
    let configuration: GatewayConfiguration
    let collector: Collector
    let history: HistoryKeeper
    let hub: StreamHub
    let log: WorkerLog
    /// Called once the gateway can be asked, with the port where there is one.
    let onListening: @Sendable (Int?) -> Void

    func run() async throws {
        var quiet = log.worker
        quiet.logLevel = max(quiet.logLevel, .warning)
        let onListening = onListening
        let address = configuration.listen
        let log = log
        let application = Application(
            responder: responder,
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    idleTimeout: .seconds(Limits.idleSeconds),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: Limits.headBytes,
                        maxHeaderListSize: Limits.headBytes,
                        maxHeaderFieldCount: 100
                    )
                )
            ),
            configuration: ApplicationConfiguration(
                address: bindAddress,
                availableConnectionsDelegate: MaximumAvailableConnections(Limits.connections)
            ),
            onServerRunning: { channel in
                if case .unix(let path) = address { chmod(path, 0o600) }
                let port = channel.localAddress?.port
                log.operations.info("listening on \(address)\(port.map { ", port \($0)" } ?? "")")
                onListening(port)
            },
            logger: quiet
        )
        do {
            try await application.run()
        } catch let error as IOError {
            throw ListenFailure(address: address, reason: "\(error)")
        }
    }

    private var bindAddress: BindAddress {
        switch configuration.listen {
        case .tcp(let host, let port): .hostname(host, port: port)
        case .unix(let path): .unixDomainSocket(path: path)
        }
    }

    /// What answers.
    private var responder: some HTTPResponder<GatewayContext> {
        let access = Access(configuration)
        let router = Router(context: GatewayContext.self)
        router.add(middleware: RequestFrame(access: access, log: log))
        ReadRoutes(collector: collector, history: history, hub: hub, access: access).add(to: router)
        StreamRoutes(collector: collector, hub: hub, access: access).add(to: router)
        LogRoutes(configuration, access: access).add(to: router)
        ActionRoutes(configuration: configuration, collector: collector, access: access, log: log)
            .add(to: router)
        PageRoutes(configuration: configuration, collector: collector).add(to: router)
        return router.buildResponder()
    }
}

/// An address that cannot be listened on.
struct ListenFailure: Error, CustomStringConvertible {
    /// The address.
    let address: GatewayAddress
    /// The system's reason.
    let reason: String

    var description: String { "cannot listen on \(address): \(reason)" }
}

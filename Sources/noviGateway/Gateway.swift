import Logging
import NIOCore
import NIOPosix
import Observation
import ServiceLifecycle
import Shared
import WorkerSupport

/// The gateway's parts, put together.
struct Gateway {
    private let configuration: GatewayConfiguration
    private let log: WorkerLog
    private let reporter = SupervisorReporter()
    private let board: WorkerStatusBoard
    private let cleanup = MemoryCleanup()

    /// Makes the parts; nothing runs yet.
    init(_ configuration: GatewayConfiguration) {
        self.configuration = configuration
        let environment = configuration.environment
        log = WorkerLog(app: environment.app, deployment: environment.deployment)
        board = WorkerStatusBoard(app: environment.app, reporter: reporter)
    }

    /// Serves until SIGTERM.
    func run() async throws {
        let hub = StreamHub()
        let history = HistoryKeeper(directory: configuration.historyDirectory, log: log)
        let collector = Collector(configuration, hub: hub, history: history, log: log)
        let server = GatewayServer(
            configuration: configuration,
            collector: collector,
            history: history,
            hub: hub,
            log: log
        ) { [board, configuration] port in
            let place = port.map { "port \($0)" } ?? "\(configuration.listen)"
            board.update(state: "serving", isReady: true, text: "serving on \(place)")
        }
        let watch = AlertWatch(
            configuration.alerts,
            collector: collector,
            deliveries: AlertSinks(configuration, log: log).deliveries(configuration.alerts.sinks),
            folder: configuration.environment.dataDirectory,
            log: log
        )
        // The watchdog is fed as long as requests can be taken and somebody collects.
        reporter.addProbe { try? await MultiThreadedEventLoopGroup.singleton.any().submit {}.get() }
        reporter.addProbe { _ = await collector.state.time }
        board.setDetails { ["streams": .integer(Int64(hub.count))] }
        var services: [any Service] = [watch, collector, server]
        if let path = configuration.environment.socketPath {
            services.insert(
                WorkerSocket(
                    path: path,
                    interfaces: [
                        .worker(board: board, cleanup: cleanup, log: log) {},
                        OperatorInterface(
                            watch: watch,
                            capacity: CapacityReading(collector: collector, history: history)
                        ).interface,
                    ],
                    version: NoviGateway.version,
                    log: log
                ),
                at: 0
            )
        }
        try await WorkerMain.run(services, reporter: reporter, log: log)
    }
}

import Glibc
import Postgres
import ServiceLifecycle
import Shared
import WhatsAppCloud
import WorkerSupport

/// The WhatsApp worker's parts, put together.
struct WhatsAppWorker {
    private let configuration: WhatsAppConfiguration
    private let log: WorkerLog
    private let reporter = SupervisorReporter()
    private let board: WorkerStatusBoard
    private let cleanup = MemoryCleanup()
    private let news = Wakeup()
    private let metrics = BridgeMetrics()
    private let database: DatabasePool
    private let readiness: DatabaseReadiness
    private let states: AsyncStream<DatabaseReadiness.State>

    /// Makes the parts; nothing runs yet.
    init(_ configuration: WhatsAppConfiguration) {
        self.configuration = configuration
        let environment = configuration.environment
        log = WorkerLog(app: environment.app, deployment: environment.deployment)
        board = WorkerStatusBoard(app: environment.app, reporter: reporter)
        let (states, state) = AsyncStream.makeStream(
            of: DatabaseReadiness.State.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        let readiness = DatabaseReadiness { state.yield($0) }
        self.states = states
        self.readiness = readiness
        database = DatabasePool(
            configuration.database.settings,
            limits: configuration.database.limits,
            log: log.operations
        ) { readiness.note($0) }
    }

    /// Works until SIGTERM.
    func run() async throws {
        let inbox = Inbox(
            provider: configuration.provider,
            database: database,
            isTemporary: Self.isTemporary,
            onNews: { [news] in news.raise() },
            metrics: metrics
        )
        let provider = provider(inbox)
        let bridge = Bridge(parts(provider.provider))
        board.setDetails { await bridge.details() }
        reporter.addProbe { _ = await bridge.link }
        let readiness = readiness
        let gate = SchemaGate(database, policy: configuration.migrate, log: log.operations) {
            readiness.note($0)
        }
        let base: [any Service] = [DatabaseService(pool: database), gate]
        guard let path = configuration.environment.socketPath else {
            try await WorkerMain.run(base + [bridge], reporter: reporter, log: log)
            return
        }
        let bridgeInterface = BridgeInterface(bridge, provider.provider, database, news)
        var interfaces = [
            VarlinkInterface.worker(board: board, cleanup: cleanup, log: log) { await bridge.drain() },
            bridgeInterface.interface,
        ]
        interfaces += provider.interfaces
        if configuration.environment.servesFaults {
            interfaces.append(await WorkerFaults(cleanup: cleanup).interface)
        }
        // Readiness promises a socket that answers, so the bridge waits for it.
        let (listening, isListening) = AsyncStream.makeStream(of: Void.self)
        let socket = WorkerSocket(path: path, interfaces: interfaces, version: NoviWorker.version, log: log) {
            isListening.finish()
        }
        let ordered = OrderedService(bridge) { for await _ in listening {} }
        try await WorkerMain.run(base + [socket, ordered], reporter: reporter, log: log)
    }

    /// The provider that was chosen, and the interfaces that only it has.
    private func provider(_ inbox: Inbox) -> (provider: any WhatsAppProvider, interfaces: [VarlinkInterface])
    {
        switch configuration.providerSettings {
        case .cloud(let settings):
            let cloud = CloudProvider(settings: settings, intake: inbox, log: log) { from, to in
                try await inbox.movePerson(from, to)
            }
            return (cloud, [cloud.webhookInterface])
        case .child(let settings):
            return (ChildProvider(settings: settings, intake: inbox, log: log), [])
        case .simulator, nil:
            let simulator = SimulatorProvider(
                script: configuration.script,
                intake: inbox,
                phone: SimulatedPhone(directory: configuration.environment.dataDirectory)
            )
            return (simulator, [SimulatorInterface(simulator, database).interface])
        }
    }

    private func parts(_ provider: any WhatsAppProvider) -> Bridge.Parts {
        Bridge.Parts(
            provider: provider,
            database: database,
            databaseStates: states,
            timing: configuration.timing,
            sending: configuration.sending,
            holder: "\(configuration.environment.app) pid \(getpid())",
            isTemporary: Self.isTemporary,
            news: news,
            board: board,
            reporter: reporter,
            metrics: metrics,
            log: log
        )
    }

    /// Which failures of a delivery may be tried again; the other providers use the same list.
    private static func isTemporary(_ code: Int64) -> Bool {
        switch CloudErrorClass(code: code) {
        case .rateLimited, .pairLimited, .temporary: true
        default: false
        }
    }
}

/// A service that begins after a condition holds.
private struct OrderedService: Service {
    private let service: any Service
    private let condition: @Sendable () async -> Void

    init(_ service: any Service, after condition: @escaping @Sendable () async -> Void) {
        self.service = service
        self.condition = condition
    }

    func run() async throws {
        await cancelWhenGracefulShutdownBegins(condition)
        if !Task.isShuttingDownGracefully { try await service.run() }
    }

    private func cancelWhenGracefulShutdownBegins(_ condition: @escaping @Sendable () async -> Void) async {
        await cancelWhenGracefulShutdown { await condition() }
    }
}

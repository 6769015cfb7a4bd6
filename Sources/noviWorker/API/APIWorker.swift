import Logging
import NIOCore
import NIOPosix
import Postgres
import ServiceLifecycle
import Shared
import WorkerSupport

/// The API worker's parts, put together.
struct APIWorker {
    private let configuration: APIConfiguration
    private let log: WorkerLog
    private let reporter = SupervisorReporter()
    private let board: WorkerStatusBoard
    private let cleanup = MemoryCleanup()
    private let drain = DrainSwitch()
    private let database: DatabasePool
    private let readiness: DatabaseReadiness
    private let states: AsyncStream<DatabaseReadiness.State>
    private let registry = PrometheusRegistry()

    /// Makes the parts; nothing runs yet.
    init(_ configuration: APIConfiguration) {
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
        let statements = StatementTimes(registry)
        database = DatabasePool(
            configuration.database.settings,
            limits: configuration.database.limits,
            log: log.operations
        ) {
            readiness.note($0)
        } onStatement: {
            statements.record($0)
        }
    }

    /// Serves until SIGTERM.
    func run() async throws {
        let metrics = RequestMetrics(registry)
        let services = try services()
        let probe = HealthProbe(database: database, whatsAppSocket: configuration.whatsAppSocket)
        let health = HealthRoutes(
            services: services,
            probe: probe,
            board: board,
            drain: drain,
            metrics: metrics,
            gauges: ProcessGauges(registry, database: database, sessions: services.sessions)
        )
        reportDetails(services, metrics)
        await cleanup.register { await services.cache.removeAll() }
        let http = HTTPService(
            inheritedSockets: configuration.inheritedSockets,
            address: configuration.listen,
            arrival: configuration.arrival,
            responder: RouteTable(services, health: health).responder(frame: frame(metrics)),
            drain: drain,
            log: log
        )
        let listener = DatabaseListener(
            [OrderChanges.channel],
            settings: configuration.database.settings,
            limits: configuration.database.limits,
            log: log.operations
        )
        let readiness = readiness
        let gate = SchemaGate(database, policy: configuration.migrate, log: log.operations) {
            readiness.note($0)
        }
        var running: [any Service] = [
            DatabaseService(pool: database), gate, service(services),
            CacheInvalidation(cache: services.cache, listener: listener),
            Housekeeping(database: database, log: log), http,
        ]
        if let socket = await workerSocket() { running.insert(socket, at: 0) }
        try await WorkerMain.run(running, reporter: reporter, log: log)
    }

    private func services() throws -> APIServices {
        APIServices(
            database: database,
            settings: configuration.settings,
            deployment: configuration.environment.deployment,
            passwords: try PasswordHashing(cost: configuration.settings.passwordCost),
            cache: FreshCache(CacheChoice.cache(configuration.settings.redis, registry, log)),
            log: log,
            bridge: WhatsAppBridge(socket: configuration.whatsAppSocket),
            counts: OrderCounts(registry)
        )
    }

    private func service(_ services: APIServices) -> Readiness {
        Readiness(
            states: states,
            firstUser: FirstUser(
                database: database,
                passwords: services.passwords,
                email: configuration.settings.firstUserEmail,
                path: "\(configuration.environment.dataDirectory ?? ".")/first-password"
            ),
            address: configuration.database.settings.address.description,
            board: board,
            drain: drain,
            log: log
        )
    }

    private func frame(_ metrics: RequestMetrics) -> RequestFrame {
        let drain = drain
        let deployment = configuration.environment.deployment
        return RequestFrame(
            log: log,
            settings: configuration.settings,
            requiresHTTPS: deployment == .production,
            security: SecurityHeaders(deployment),
            metrics: metrics,
            isDraining: { drain.isOn }
        )
    }

    private func reportDetails(_ services: APIServices, _ metrics: RequestMetrics) {
        let database = database
        board.setDetails {
            let sessions = database.isConnected ? try? await services.sessions.count() : nil
            return [
                "database": .string(database.isConnected ? Health.connected : Health.disconnected),
                "requests": .object(metrics.figures.json), "pool": .object(database.metrics.json),
                "sessions": sessions.map { .integer(Int64($0)) } ?? .null,
                "flags": .object(services.settings.flags.json),
            ]
        }
        reporter.addProbe { try? await MultiThreadedEventLoopGroup.singleton.any().submit {}.get() }
        drain.onTurnOn { [board] in board.update(state: "draining", isReady: false) }
    }

    private func workerSocket() async -> WorkerSocket? {
        guard let path = configuration.environment.socketPath else { return nil }
        let drain = drain
        var interfaces = [
            VarlinkInterface.worker(board: board, cleanup: cleanup, log: log) { drain.turnOn() }
        ]
        if configuration.environment.servesFaults {
            interfaces.append(await WorkerFaults(cleanup: cleanup).interface)
        }
        return WorkerSocket(path: path, interfaces: interfaces, version: NoviWorker.version, log: log)
    }
}

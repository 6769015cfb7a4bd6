import ArgumentParser
import Logging
import NIOCore
import NIOPosix
import Postgres
import ServiceLifecycle
import Shared
import WorkerSupport

/// `noviWorker api`: serves Novi's HTTP API.
struct APICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api",
        abstract: "Serves Novi's HTTP API.",
        discussion: """
            Listens on the sockets that the supervisor hands over (LISTEN_FDS), else on --listen, NOVI_API_LISTEN or \
            tcp://127.0.0.1:3000. The database is DATABASE_URL, else the supervisor's own "database" app. Ready once \
            the database answers and its schema is current: NOVI_MIGRATE=on-start (the default outside production) applies \
            what is pending, never leaves it to `noviWorker migrate up`. SIGTERM finishes the requests in hand and exits 0.

            GET /health is short and for everybody; /health/live and /health/ready are for scripts.
            """
    )

    @Option(help: "Address to listen on, such as tcp://127.0.0.1:3000 or unix:///run/novi/api.sock.")
    var listen: String?

    func run() async throws {
        try await reportingFailures(of: "api") {
            var reader = VariableReader()
            let configuration = APIConfiguration(&reader, listen: listen)
            try reader.finish()
            try await APIWorker(configuration).run()
        }
    }
}

/// The API worker's parts, put together.
private struct APIWorker {
    let configuration: APIConfiguration

    init(_ configuration: APIConfiguration) {
        self.configuration = configuration
    }

    func run() async throws {
        let environment = configuration.environment
        let log = WorkerLog(app: environment.app, deployment: environment.deployment)
        let reporter = SupervisorReporter()
        let board = WorkerStatusBoard(app: environment.app, reporter: reporter)
        let cleanup = MemoryCleanup()
        let drain = DrainSwitch()
        let address = configuration.database.settings.address
        let readiness = DatabaseReadiness { state in
            guard !drain.isOn else { return }
            switch state {
            case .ready:
                board.update(state: "ready", isReady: true, text: "ready · database \(address.description)")
            case .waiting(let reason): board.update(state: "degraded", isReady: false, text: reason)
            }
        }
        let database = DatabasePool(
            configuration.database.settings,
            limits: configuration.database.limits,
            log: log.operations
        ) { readiness.note($0) }
        let gate = SchemaGate(database, policy: configuration.migrate, log: log.operations) {
            readiness.note($0)
        }
        board.setDetails {
            ["database": .string(database.isConnected ? Health.connected : Health.disconnected)]
        }
        reporter.addProbe { try? await MultiThreadedEventLoopGroup.singleton.any().submit {}.get() }
        drain.onTurnOn { board.update(state: "draining", isReady: false) }

        let probe = HealthProbe(database: database, whatsAppSocket: configuration.whatsAppSocket)
        let http = HTTPService(
            inheritedSockets: configuration.inheritedSockets,
            address: configuration.listen,
            responder: APIRoutes(probe: probe, board: board, drain: drain, log: log).responder(),
            drain: drain,
            log: log
        )
        var services: [any Service] = [DatabaseService(pool: database), gate, http]
        if let path = environment.socketPath {
            var interfaces = [
                VarlinkInterface.worker(board: board, cleanup: cleanup, log: log) { drain.turnOn() }
            ]
            if environment.servesFaults { interfaces.append(await WorkerFaults(cleanup: cleanup).interface) }
            let socket = WorkerSocket(
                path: path,
                interfaces: interfaces,
                version: NoviWorker.version,
                log: log
            )
            services.insert(socket, at: 0)
        }
        try await WorkerMain.run(services, reporter: reporter, log: log)
    }
}

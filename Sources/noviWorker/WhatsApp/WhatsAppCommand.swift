import ArgumentParser
import ServiceLifecycle
import Shared
import WorkerSupport

/// `noviWorker whatsapp`: keeps the link to WhatsApp.
struct WhatsAppCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whatsapp",
        abstract: "Keeps the link to WhatsApp.",
        discussion: """
            Connects, notices when the link ends and comes back after 30 s, then 60, 120, 240 and at most 300 s. A \
            session that was logged out or an account that is blocked waits for a person.

            The provider is a simulator. It is ready at once; NOVI_SIMULATOR_SCRIPT names a file that tells what it \
            does instead ({"after_ms": 200, "event": "qr"}, one a line), and the interface \
            com.novi.WhatsAppSimulator on the worker's socket takes commands.
            """
    )

    func run() async throws {
        try await reportingFailures(of: "whatsapp") {
            var reader = VariableReader()
            let configuration = WhatsAppConfiguration(&reader)
            try reader.finish()
            try await Self.run(configuration)
        }
    }

    private static func run(_ configuration: WhatsAppConfiguration) async throws {
        let environment = configuration.environment
        let log = WorkerLog(app: environment.app, deployment: environment.deployment)
        let reporter = SupervisorReporter()
        let board = WorkerStatusBoard(app: environment.app, reporter: reporter)
        let cleanup = MemoryCleanup()
        let provider = SimulatorProvider(script: configuration.script)
        let bridge = Bridge(provider: provider, timing: configuration.timing, board: board, log: log)
        await cleanup.register { await bridge.forgetOldMessages() }
        board.setDetails { await bridge.details() }
        reporter.addProbe { _ = await bridge.details() }

        guard let path = environment.socketPath else {
            try await WorkerMain.run([bridge], reporter: reporter, log: log)
            return
        }
        var interfaces = [
            VarlinkInterface.worker(board: board, cleanup: cleanup, log: log) { await bridge.drain() },
            provider.interface,
        ]
        if environment.servesFaults { interfaces.append(await WorkerFaults(cleanup: cleanup).interface) }
        // Readiness promises a socket that answers, so the bridge waits for it.
        let (listening, isListening) = AsyncStream.makeStream(of: Void.self)
        let socket = WorkerSocket(path: path, interfaces: interfaces, version: NoviWorker.version, log: log) {
            isListening.finish()
        }
        let ordered = OrderedService(bridge) { for await _ in listening {} }
        try await WorkerMain.run([socket, ordered], reporter: reporter, log: log)
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

/// Everything that the WhatsApp worker is told from outside.
struct WhatsAppConfiguration {
    /// What every worker is told.
    let environment: WorkerEnvironment

    /// The link's times.
    let timing: ConnectionMachine.Timing

    /// What the simulator does; `nil` for the usual start.
    let script: SimulatorScript?

    /// Reads variables and files; what is wrong is noted in `reader`.
    init(_ reader: inout VariableReader) {
        environment = WorkerEnvironment(&reader, app: "whatsapp")
        timing = ConnectionMachine.Timing(attemptLimit: environment.deployment.whatsAppTimeout)
        guard let path = reader.path("NOVI_SIMULATOR_SCRIPT") else {
            script = nil
            return
        }
        do {
            script = try SimulatorScript(readFile(path, limit: Limits.scriptBytes), path: path)
        } catch let failure as ConfigurationFailure {
            script = nil
            for problem in failure.problems { reader.report(problem) }
        } catch {
            script = nil
            reader.report("NOVI_SIMULATOR_SCRIPT: \(error)")
        }
    }
}

extension DeploymentEnvironment {
    /// How long one attempt to connect to WhatsApp may take (row A79).
    var whatsAppTimeout: Duration {
        switch self {
        case .development: .seconds(30)
        case .staging: .seconds(60)
        case .production: .seconds(120)
        }
    }
}

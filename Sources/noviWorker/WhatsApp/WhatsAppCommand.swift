import ArgumentParser
import WorkerSupport

/// `noviWorker whatsapp`: keeps the link to WhatsApp.
struct WhatsAppCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whatsapp",
        abstract: "Keeps the link to WhatsApp.",
        discussion: """
            Connects, notices when the link ends and comes back after 30 s, then 60, 120, 240 and at most 300 s. A \
            session that was logged out or an account that is blocked waits for a person.

            Messages are stored in the database before they are confirmed, become orders there, and what is answered waits \
            there until it is sent. Of several bridges of one provider only one works.

            WHATSAPP_PROVIDER: simulator (the default), cloud (Meta's Cloud API) or child (a library in a process of its own). \
            The simulator is ready at once; NOVI_SIMULATOR_SCRIPT names a file that tells what it does instead \
            ({"after_ms": 200, "event": "qr"}, one a line), and the interface com.novi.WhatsAppSimulator on the worker's \
            socket takes commands (noviSupervisor whatsapp sim).
            """
    )

    func run() async throws {
        try await reportingFailures(of: "whatsapp") {
            var reader = VariableReader()
            let configuration = WhatsAppConfiguration(&reader)
            try reader.finish()
            try await WhatsAppWorker(configuration).run()
        }
    }
}

/// Everything that the WhatsApp worker is told from outside.
struct WhatsAppConfiguration {
    /// What every worker is told.
    let environment: WorkerEnvironment

    /// The link's times.
    let timing: ConnectionMachine.Timing

    /// How the outbox waits.
    let sending: OutboxSender.Timing

    /// Which provider carries messages.
    let provider: ProviderKind

    /// What that provider is told; `nil` when something was wrong.
    let providerSettings: ProviderSettings?

    /// Where the database is.
    let database: DatabaseConfiguration

    /// When pending migrations are applied.
    let migrate: SchemaGate.Policy

    /// What the simulator does; `nil` for the usual start.
    let script: SimulatorScript?

    /// Reads variables and files; what is wrong is noted in `reader`.
    init(_ reader: inout VariableReader) {
        environment = WorkerEnvironment(&reader, app: "whatsapp")
        timing = ConnectionMachine.Timing(attemptLimit: environment.deployment.whatsAppTimeout)
        database = DatabaseConfiguration(&reader, environment: environment)
        migrate = reader.choice(
            "NOVI_MIGRATE",
            default: SchemaGate.Policy.standard(in: environment.deployment)
        )
        provider = reader.choice("WHATSAPP_PROVIDER", default: ProviderKind.simulator)
        providerSettings = ProviderSettings(&reader, provider, dataDirectory: environment.dataDirectory)
        var sending = OutboxSender.Timing()
        if let wait = reader.number("NOVI_OUTBOX_UNKNOWN_WAIT", in: 0...3_600_000) {
            sending.unknownWait = .milliseconds(wait)
        }
        self.sending = sending
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

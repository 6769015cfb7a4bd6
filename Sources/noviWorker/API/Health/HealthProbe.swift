import Postgres
import Shared
import WorkerSupport

/// Really asks database and bridge; questions at the same time share one answer, which is never kept.
actor HealthProbe {
    private let database: DatabasePool
    private let whatsApp: VarlinkClient
    private let limit: Duration
    private var running: Task<Health, Never>?

    /// Makes a probe.
    ///
    /// - Parameters:
    ///   - database: The database.
    ///   - whatsAppSocket: The bridge's socket.
    ///   - limit: How long the bridge may take.
    init(database: DatabasePool, whatsAppSocket: String, limit: Duration = Limits.probeTime) {
        self.database = database
        self.limit = limit
        whatsApp = VarlinkClient(path: whatsAppSocket)
    }

    /// Asks both at once, each for at most a second.
    func health() async -> Health {
        if let running { return await running.value }
        let probe = Task {
            async let isDatabaseConnected = database.answers(within: Limits.probeTime)
            async let state = bridgeState()
            let health = Health(
                isDatabaseConnected: await isDatabaseConnected,
                whatsApp: Health.word(forBridgeState: await state)
            )
            running = nil
            return health
        }
        running = probe
        return await probe.value
    }

    private nonisolated func bridgeState() async -> String? {
        let status = try? await whatsApp.call("com.novi.Worker.GetStatus", timeout: limit)
        return status?["state"]?.stringValue
    }
}

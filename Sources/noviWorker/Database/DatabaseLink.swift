import Logging
import ServiceLifecycle
import Shared
import Synchronization
import WorkerSupport

/// Keeps a connection to the database: opens it, notices its loss, comes back with growing waits.
///
/// One connection serves the health questions; the pool for requests takes its place beside it.
final class DatabaseLink: Service {
    /// What the link tells when it comes and goes.
    enum Change: Sendable, Equatable {
        /// The database answers.
        case connected
        /// It does not; the reason.
        case disconnected(String)
    }

    private struct State {
        var connection: DatabaseConnection?
        var probe: Task<Bool, Never>?
        var lastChange: Change?
    }

    private let address: DatabaseAddress
    private let log: WorkerLog
    private let onChange: @Sendable (Change) -> Void
    private let state = Mutex(State())

    /// Makes a link; it connects once it runs.
    init(_ address: DatabaseAddress, log: WorkerLog, onChange: @escaping @Sendable (Change) -> Void) {
        self.address = address
        self.log = log
        self.onChange = onChange
    }

    /// Whether there is a connection.
    var isConnected: Bool { state.withLock { $0.connection != nil } }

    /// Asks the database for `SELECT 1`, at most a second long; callers at the same time share one question.
    func answers() async -> Bool {
        let probe = state.withLock { state -> Task<Bool, Never>? in
            if let probe = state.probe { return probe }
            guard let connection = state.connection else { return nil }
            let probe = Task {
                defer { self.state.withLock { $0.probe = nil } }
                do {
                    return try await connection.query("SELECT 1", timeout: Limits.probeTime).rows == [["1"]]
                } catch {
                    self.log.operations.warning("database check failed: \(error)")
                    return false
                }
            }
            state.probe = probe
            return probe
        }
        return await probe?.value ?? false
    }

    /// Connects, again and again, until the service group stops.
    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var wait = Limits.databaseRetryFirst
            while !Task.isCancelled {
                if await self.connectOnce() { wait = Limits.databaseRetryFirst }
                try await Task.sleep(for: wait)
                wait = min(wait * 2, Limits.databaseRetryMaximum)
            }
        }
    }

    /// Connects and stays until the connection is lost; returns whether there was one.
    private func connectOnce() async -> Bool {
        let connection = DatabaseConnection(address)
        do {
            try await connection.open(timeout: Limits.databaseConnectTime)
        } catch {
            if !Task.isCancelled { tell(.disconnected("\(error)")) }
            return false
        }
        state.withLock { $0.connection = connection }
        tell(.connected)
        let reason = await reasonOfLoss(of: connection)
        state.withLock { $0.connection = nil }
        await connection.close()
        if !Task.isCancelled { tell(.disconnected(reason)) }
        return true
    }

    /// Tells a change once, however often the same attempt fails.
    private func tell(_ change: Change) {
        let isNew = state.withLock { state in
            defer { state.lastChange = change }
            return state.lastChange != change
        }
        if isNew { onChange(change) }
    }

    private func reasonOfLoss(of connection: DatabaseConnection) async -> String {
        await withTaskGroup(of: String?.self) { group in
            group.addTask {
                for await reason in connection.losses { return reason }
                return nil
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Limits.databaseCheckInterval)
                    if !Task.isCancelled { _ = await self.answers() }
                }
                return nil
            }
            let reason = await group.next() ?? nil
            group.cancelAll()
            return reason ?? "the connection is closed"
        }
    }
}

import CoreMetrics
import Glibc
import Postgres
import Shared
import WorkerSupport

/// Figures that are read when somebody asks for them: pool, sessions, the process itself.
struct ProcessGauges: Sendable {
    private let registry: PrometheusRegistry
    private let database: DatabasePool
    private let sessions: Sessions
    private let started = Double(UTCInstant.now().microseconds) / 1e6

    /// Makes the gauges of a registry.
    init(_ registry: PrometheusRegistry, database: DatabasePool, sessions: Sessions) {
        self.registry = registry
        self.database = database
        self.sessions = sessions
        registry.describe("novi_db_pool_used", .gauge, "Database connections in use.")
        registry.describe("novi_db_pool_idle", .gauge, "Database connections that wait for work.")
        registry.describe("novi_db_pool_waiting", .gauge, "Requests that wait for a database connection.")
        registry.describe("novi_sessions_active", .gauge, "Sessions that are not over.")
        registry.describe("process_resident_memory_bytes", .gauge, "Resident memory.")
        registry.describe(
            "process_start_time_seconds",
            .gauge,
            "When the process started, in seconds since 1970."
        )
        registry.describe("process_cpu_seconds_total", .counter, "Processor time, user and system.")
        registry.describe("process_open_fds", .gauge, "Open descriptors.")
    }

    /// All metrics of the registry, these included.
    func text() async -> String {
        let pool = database.metrics
        set("novi_db_pool_used", Double(pool.inUse))
        set("novi_db_pool_idle", Double(pool.idle))
        set("novi_db_pool_waiting", Double(pool.waiting))
        if database.isConnected, let count = try? await sessions.count() {
            set("novi_sessions_active", Double(count))
        }
        set("process_resident_memory_bytes", Double(MemoryFigures.now().resident))
        set("process_start_time_seconds", started)
        set("process_open_fds", Double(Self.openDescriptors()))
        registry.set(counter: "process_cpu_seconds_total", to: Self.processorSeconds())
        return registry.text()
    }

    private func set(_ name: String, _ value: Double) {
        registry.makeMeter(label: name, dimensions: []).set(value)
    }

    /// What the process used of all processors (clock_gettime(2)).
    private static func processorSeconds() -> Double {
        var clock = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &clock)
        return Double(clock.tv_sec) + Double(clock.tv_nsec) / 1e9
    }

    private static func openDescriptors() -> Int {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return max(0, count - 3)
    }
}

import Logging
import Postgres
import ServiceLifecycle
import Shared
import Synchronization
import WorkerSupport

/// Lets a worker be ready only on a schema that it knows: applies what is pending where that is wanted, else waits for it.
///
/// Looks when the database comes, and when somebody migrated it (a notification), not on a timer.
final class SchemaGate: Service {
    /// When pending migrations are applied (`NOVI_MIGRATE`).
    enum Policy: String, CaseIterable, Sendable {
        /// By the worker itself when it starts; the default outside production.
        case onStart = "on-start"
        /// By `noviWorker migrate up` only; the default in production.
        case never

        /// What holds when nothing is said.
        static func standard(in deployment: DeploymentEnvironment) -> Policy {
            deployment == .production ? .never : .onStart
        }
    }

    /// What the gate tells.
    enum Change: Sendable, Equatable {
        /// The schema is one that this program can work with.
        case current
        /// It is not; why and what to do.
        case behind(String)
    }

    private let pool: DatabasePool
    private let policy: Policy
    private let log: Logger
    private let onChange: @Sendable (Change) -> Void
    private let lastChange = Mutex<Change?>(nil)

    init(
        _ pool: DatabasePool,
        policy: Policy,
        log: Logger,
        onChange: @escaping @Sendable (Change) -> Void
    ) {
        self.pool = pool
        self.policy = policy
        self.log = log
        self.onChange = onChange
    }

    /// Whether the schema was found current.
    var isCurrent: Bool { lastChange.withLock { $0 == .current } }

    func run() async throws {
        let listener = DatabaseListener(
            [Migrator.channel],
            settings: pool.settings,
            limits: pool.limits,
            log: log
        )
        let events = listener.events(on: [Migrator.channel], capacity: 10)
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await listener.run() }
                // The listener says `missed` each time that the database is there again.
                for await event in events {
                    guard !Task.isCancelled else { break }
                    if case .notification = event { self.pool.renewPlans() }
                    await self.look()
                }
                group.cancelAll()
            }
        }
    }

    private func look() async {
        do {
            let migrator = try Migrator(NoviMigrations.all(), settings: pool.settings)
            // Over a connection of its own: the login sees the tables also before the workers' role has rights.
            var plan = try await migrator.plan()
            if policy == .onStart, !plan.pending.isEmpty, plan.obstacle == nil {
                let log = log
                try await migrator.up { step in
                    log.info("applied \(step.migration.fileStem) in \(step.duration.wholeMilliseconds) ms")
                }
                plan = try await migrator.plan()
            }
            tell(plan.isCurrent ? .current : .behind(Self.advice(plan)))
        } catch let error as DatabaseError where error.isUnavailable {
            // The listener comes again with the database.
            log.warning("cannot look at the schema: \(error)")
        } catch {
            tell(.behind("the schema cannot be brought up to date: \(error)"))
        }
    }

    private func tell(_ change: Change) {
        let isNew = lastChange.withLock { last in
            defer { last = change }
            return last != change
        }
        guard isNew else { return }
        if case .behind(let reason) = change { log.error("\(reason)") }
        onChange(change)
    }

    private static func advice(_ plan: MigrationPlan) -> String {
        let advice = plan.obstacle == nil ? "; run: noviWorker migrate up" : ""
        return "the database's schema is behind: \(plan.summary)\(advice)"
    }
}

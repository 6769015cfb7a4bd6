import Logging
import Postgres
import PostgresFixture
import Synchronization
import Testing

@testable import noviWorker

@Suite struct SchemaGateTests {
    /// A gate at work, and what it told.
    private final class RunningGate: Sendable {
        let pool: DatabasePool
        private let told = Mutex<[SchemaGate.Change]>([])
        private let task = Mutex<Task<Void, Never>?>(nil)

        var changes: [SchemaGate.Change] { told.withLock { $0 } }

        init(_ address: DatabaseAddress, _ policy: SchemaGate.Policy) {
            let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let limits = DatabasePoolLimits(
                minimum: 1,
                createRetry: .milliseconds(20),
                createRetryMaximum: .milliseconds(100)
            )
            pool = DatabasePool(ConnectionSettings(address: address), limits: limits, log: log)
            pool.start()
            let gate = SchemaGate(pool, policy: policy, log: log) { [weak self] change in
                self?.told.withLock { $0.append(change) }
            }
            task.withLock { $0 = Task { try? await gate.run() } }
        }

        deinit {
            task.withLock { $0?.cancel() }
            pool.close()
        }
    }

    private func migrator(_ database: TestDatabase) throws -> Migrator {
        try Migrator(NoviMigrations.all(), settings: ConnectionSettings(address: database.address()))
    }

    @Test func `on start an empty database is migrated, by several workers once`() async throws {
        let database = try await PostgresServer.shared().makeDatabase()
        let gates = (0..<3).map { _ in RunningGate(database.address(), .onStart) }
        try await eventually("all say that it is current") { gates.allSatisfy { $0.changes == [.current] } }
        #expect(try await migrator(database).plan().isCurrent)
    }

    @Test func `otherwise it waits, says what to do, and goes on by itself once somebody migrated`()
        async throws
    {
        let database = try await PostgresServer.shared().makeDatabase()
        let gate = RunningGate(database.address(), .never)
        try await eventually("it says that the schema is behind") { !gate.changes.isEmpty }
        guard case .behind(let reason) = gate.changes.first else {
            Issue.record("\(gate.changes)")
            return
        }
        #expect(reason.contains("noviWorker migrate up"))
        #expect(try await database.psql("SELECT to_regclass('users') IS NULL") == "t")
        try await migrator(database).up()
        try await eventually("it goes on") { gate.changes.last == .current }
    }

    @Test func `a schema of a newer program is current`() async throws {
        let database = try await NoviDatabase.make()
        try await database.psql(
            "INSERT INTO schema_migrations (version, name, checksum) VALUES ('29990101000000', 'newer', 'x')"
        )
        let gate = RunningGate(database.address(), .onStart)
        try await eventually("it is current") { gate.changes == [.current] }
    }

    @Test func `it looks again when the database comes back`() async throws {
        let server = try await PostgresServer()
        let gate = RunningGate(server.address(of: "postgres"), .never)
        try await eventually("it is behind") { gate.changes.count == 1 }
        try await server.stop(.kill)
        try await server.start()
        try await Migrator(
            NoviMigrations.all(),
            settings: ConnectionSettings(address: server.address(of: "postgres"))
        ).up()
        try await eventually("it goes on") { gate.changes.last == .current }
    }

    @Test func `ready means connected and current`() {
        let states = Collected<DatabaseReadiness.State>()
        let readiness = DatabaseReadiness { states.append($0) }
        readiness.note(SchemaGate.Change.current)
        #expect(!readiness.isReady)
        readiness.note(DatabasePool.Change.connected)
        #expect(readiness.isReady)
        readiness.note(DatabasePool.Change.connected)
        readiness.note(DatabasePool.Change.disconnected(reason: "gone"))
        readiness.note(DatabasePool.Change.connected)
        readiness.note(SchemaGate.Change.behind("behind"))
        #expect(
            states.all == [
                .waiting("the database is not connected yet"), .ready,
                .waiting("database disconnected: gone"), .ready,
                .waiting("behind"),
            ]
        )
    }
}

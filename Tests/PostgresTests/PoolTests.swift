import Postgres
import PostgresFixture
import Testing

@Suite struct PoolTests {
    private func database() async throws -> TestDatabase { try await PostgresServer.shared().makeDatabase() }

    private func sessions(_ database: TestDatabase) async throws -> Int {
        let text = try await database.psql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return Int(text) ?? -1
    }

    @Test func `a pool opens its minimum, grows with need and shrinks again`() async throws {
        let database = try await database()
        let limits = DatabasePoolLimits(
            minimum: 2,
            maximum: 5,
            idleTimeout: .milliseconds(300),
            reapInterval: .milliseconds(50)
        )
        let test = TestPool(database, limits: limits)
        try await eventually("the minimum is open") { test.pool.metrics.idle == 2 }
        #expect(test.changes.all == [.connected])
        let (gate, opening) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask { try await test.pool.withConnection { _ in for await _ in gate {} } }
            }
            try await eventually("the maximum is in use") {
                test.pool.metrics.inUse == 5 && test.pool.metrics.waiting == 15
            }
            #expect(try await sessions(database) == 5)
            opening.finish()
            try await group.waitForAll()
        }
        try await eventually("it shrank") { try await sessions(database) == 2 }
        let metrics = test.pool.metrics
        #expect(metrics.idle == 2)
        #expect(metrics.inUse == 0)
        #expect(metrics.created == 5)
        #expect(metrics.reaped == 3)
        #expect(metrics.acquired == 20)
        #expect(metrics.acquireTimes.reduce(0, +) == 20)
        test.pool.close()
        try await eventually("all are closed") { try await sessions(database) == 0 }
        #expect(await databaseError { try await test.pool.query("SELECT 1") } == .poolClosed)
    }

    @Test func `the pool tells how long each statement took, good or bad, and leaves its own questions out`()
        async throws
    {
        let test = TestPool(try await database()) { $0.statementTimeout = .milliseconds(200) }
        try await eventually("it is open") { test.pool.metrics.idle == 2 }
        #expect(await test.pool.answers(within: .seconds(30)))
        #expect(test.times.all.isEmpty)
        try await test.pool.query("SELECT pg_sleep(0.05)")
        #expect(test.times.all.count == 1 && (test.times.all.first ?? .zero) >= .milliseconds(50))
        _ = await databaseError { try await test.pool.query("SELECT pg_sleep(60)") }
        #expect(test.times.all.count == 2 && (test.times.all.last ?? .zero) >= .milliseconds(200))
        // BEGIN is no work of a caller's; COMMIT is where it is waited for the disk.
        try await test.pool.withTransaction { try await $0.query("SELECT 1") }
        #expect(test.times.all.count == 4)
    }

    @Test func `a full pool tells after the acquire time, and who is cancelled waits no longer`() async throws
    {
        let database = try await database()
        let hasty = TestPool(
            database,
            limits: DatabasePoolLimits(minimum: 1, maximum: 1, acquireTimeout: .milliseconds(300))
        )
        try await eventually("it is open") { hasty.pool.metrics.idle == 1 }
        try await hasty.pool.withConnection { _ in
            let error = await databaseError { try await hasty.pool.query("SELECT 1") }
            guard case .poolExhausted(_, "all 1 connections are in use") = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(error?.isUnavailable == true)
        }
        let patient = TestPool(database, limits: DatabasePoolLimits(minimum: 1, maximum: 1))
        try await patient.pool.withConnection { connection in
            let waiting = Task { try await patient.pool.query("SELECT 1") }
            try await eventually("it waits") { patient.pool.metrics.waiting == 1 }
            waiting.cancel()
            await #expect(throws: DatabaseError.cancelled) { try await waiting.value }
            #expect(patient.pool.metrics.waiting == 0)
            try await connection.query("SELECT 1")
        }
        #expect(try await patient.pool.query("SELECT 1").count == 1)
    }

    @Test func `a storm of callers is served in full over few connections`() async throws {
        let database = try await database()
        // Whoever waits longest waits for all others: on a busy machine longer than the usual limit.
        let limits = DatabasePoolLimits(minimum: 2, maximum: 4, acquireTimeout: .seconds(300))
        let test = TestPool(database, limits: limits)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...2000 {
                group.addTask { try await test.pool.query("SELECT \(number)::int AS n").only()["n"] }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 2000 * 2001 / 2)
        #expect(test.pool.metrics.created <= 4)
        #expect(test.pool.metrics.inUse == 0)
    }

    @Test func `cancelling many statements at once leaves a pool that works`() async throws {
        let database = try await database()
        let test = TestPool(database, limits: DatabasePoolLimits(minimum: 2, maximum: 4))
        for _ in 0..<5 {
            let tasks = (0..<12).map { number in
                Task { try await test.pool.query("SELECT pg_sleep(\(Double(number % 3) / 50))") }
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...60)))
            for task in tasks { task.cancel() }
            for task in tasks {
                do {
                    _ = try await task.value
                } catch {
                    #expect(error as? DatabaseError == .cancelled)
                }
            }
        }
        // A cancel request that came late must not have hit these.
        for number in 0..<50 {
            #expect(try await test.pool.query("SELECT \(number)::int AS n").only()["n"] == number)
        }
        #expect(test.pool.metrics.inUse == 0)
    }

    @Test func `the session's limits and formats are set, whatever the database says`() async throws {
        let database = try await database()
        try await database.psql(
            "ALTER DATABASE \(database.name) SET DateStyle = 'German'; ALTER DATABASE \(database.name) SET TimeZone = 'Asia/Tokyo'"
        )
        let test = TestPool(database) {
            $0.statementTimeout = .milliseconds(1234)
            $0.lockTimeout = .milliseconds(567)
            $0.idleInTransactionTimeout = .milliseconds(89_000)
            $0.applicationName = "novi-test"
        }
        let row = try await test.pool.query(
            """
            SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
            current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('application_name') AS name,
            '2026-06-10 08:30:00+00'::timestamptz AS at
            """
        ).only()
        #expect(try row["statement"] == "1234ms")
        #expect(try row["lock"] == "567ms")
        #expect(try row["idle"] == "89s")
        #expect(try row["name"] == "novi-test")
        #expect(try row["at"] == UTCInstant("2026-06-10T08:30:00Z"))
    }

    @Test func `the database is really asked`() async throws {
        let database = try await database()
        let test = TestPool(database)
        #expect(await test.pool.answers(within: .seconds(20)))
        let nobody = TestPool(database.server.address(of: "nobody_made_this"))
        try await eventually("it is told as away") { !nobody.changes.all.isEmpty }
        #expect(await nobody.pool.answers() == false)
        #expect(nobody.pool.lastFailure?.contains("nobody_made_this") == true)
    }
}

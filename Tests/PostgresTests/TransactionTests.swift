import Postgres
import PostgresFixture
import Testing

@Suite struct TransactionTests {
    private struct Refusal: Error {}

    private func pool(
        _ limits: DatabasePoolLimits = DatabasePoolLimits()
    ) async throws -> (TestPool, TestDatabase) {
        let database = try await PostgresServer.shared().makeDatabase()
        try await database.psql(
            "CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL); INSERT INTO counters VALUES (1, 0), (2, 0)"
        )
        return (TestPool(database, limits: limits), database)
    }

    @Test func `what the closure does is committed, or taken back when it throws`() async throws {
        let (test, database) = try await pool()
        try await test.pool.withTransaction {
            try await $0.execute("UPDATE counters SET n = \(5) WHERE id = 1")
        }
        #expect(try await database.psql("SELECT n FROM counters WHERE id = 1") == "5")
        await #expect(throws: Refusal.self) {
            try await test.pool.withTransaction { connection in
                try await connection.execute("UPDATE counters SET n = \(6) WHERE id = 1")
                throw Refusal()
            }
        }
        #expect(try await database.psql("SELECT n FROM counters WHERE id = 1") == "5")
        #expect(test.pool.metrics.inUse == 0)
        #expect(test.pool.metrics.lost == 0)
    }

    @Test func `a transaction that failed inside is never told as committed`() async throws {
        let (test, database) = try await pool()
        let error = await databaseError {
            try await test.pool.withTransaction { connection in
                try await connection.execute("UPDATE counters SET n = \(7) WHERE id = 1")
                _ = try? await connection.execute("SELECT 1/0")
            }
        }
        guard case .misused = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try await database.psql("SELECT n FROM counters WHERE id = 1") == "0")
    }

    @Test func `nothing runs outside of the transaction, also when its first statement was never sent`()
        async throws
    {
        let (test, database) = try await pool()
        await #expect(throws: Refusal.self) {
            try await test.pool.withTransaction { connection in
                _ = try? await connection.execute("UPDATE counters SET n = 1 WHERE id::text = \("a\0b")")
                try await connection.execute("UPDATE counters SET n = \(8) WHERE id = 1")
                throw Refusal()
            }
        }
        #expect(try await database.psql("SELECT n FROM counters WHERE id = 1") == "0")
        let value = try await test.pool.withTransaction { _ in 3 }
        #expect(value == 3)
        #expect(test.pool.metrics.inUse == 0 && test.pool.metrics.lost == 0)
    }

    @Test func `a savepoint takes back its own part only`() async throws {
        let (test, database) = try await pool()
        try await test.pool.withTransaction { connection in
            try await connection.execute("UPDATE counters SET n = \(1) WHERE id = 1")
            let error = await databaseError {
                try await connection.withSavepoint { connection in
                    try await connection.execute("UPDATE counters SET n = \(1) WHERE id = 2")
                    try await connection.execute("SELECT 1/0")
                }
            }
            #expect(error?.sqlState?.classCode == "22")
        }
        #expect(try await database.psql("SELECT n FROM counters ORDER BY id") == "1\n0")
    }

    @Test func `serialization failures are tried again as often as allowed, and all work is done`()
        async throws
    {
        let (test, database) = try await pool(DatabasePoolLimits(maximum: 8))
        let attempts = Collected<Int>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await test.pool.withTransaction(isolation: .serializable, attempts: 50) {
                        connection in
                        attempts.append(1)
                        let n: Int = try await connection.query("SELECT n FROM counters WHERE id = 1").only()[
                            "n"
                        ]
                        // All read before anybody writes, as far as the machine allows.
                        try await Task.sleep(for: .milliseconds(20))
                        try await connection.execute("UPDATE counters SET n = \(n + 1) WHERE id = 1")
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await database.psql("SELECT n FROM counters WHERE id = 1") == "8")
        #expect(attempts.all.count > 8)
    }

    @Test func `without leave a serialization failure is the caller's`() async throws {
        let (test, database) = try await pool()
        let error = await databaseError {
            try await test.pool.withTransaction(isolation: .repeatableRead) { connection in
                try await connection.query("SELECT n FROM counters WHERE id = 1")
                try await database.psql("UPDATE counters SET n = 100 WHERE id = 1")
                try await connection.execute("UPDATE counters SET n = 1 WHERE id = 1")
            }
        }
        #expect(error?.sqlState == .serializationFailure)
        #expect(error?.isRetryable == true)
    }

    @Test func `a read-only transaction writes nothing`() async throws {
        let (test, _) = try await pool()
        let error = await databaseError {
            _ = try await test.pool.withTransaction(access: .readOnly) {
                try await $0.execute("UPDATE counters SET n = 1")
            }
        }
        #expect(error?.sqlState == .readOnly)
    }

    @Test func `a connection left inside a transaction comes back clean`() async throws {
        let (test, database) = try await pool(DatabasePoolLimits(minimum: 1, maximum: 1))
        try await test.pool.withConnection { connection in
            try await connection.query("BEGIN", timeout: nil, isPrepared: false)
            try await connection.execute("UPDATE counters SET n = 9")
        }
        #expect(try await database.psql("SELECT max(n) FROM counters") == "0")
        try await test.pool.withTransaction { try await $0.execute("UPDATE counters SET n = 2") }
        #expect(try await database.psql("SELECT max(n) FROM counters") == "2")
        #expect(test.pool.metrics.created == 1)
    }

    @Test func `batches bring every row once and can be left early`() async throws {
        let (test, _) = try await pool()
        let seen = Collected<Int>()
        try await test.pool.withTransaction(access: .readOnly) { connection in
            try await connection.forEachBatch(
                of: "SELECT n FROM generate_series(1, \(1205)) AS n ORDER BY n",
                size: 500
            ) { rows in
                for row in rows {
                    seen.append(try row["n"])
                }
            }
        }
        #expect(seen.all == Array(1...1205))
        await #expect(throws: Refusal.self) {
            try await test.pool.withTransaction { connection in
                try await connection.forEachBatch(of: "SELECT 1 FROM generate_series(1, 1000)", size: 10) {
                    _ in
                    throw Refusal()
                }
            }
        }
        #expect(test.pool.metrics.inUse == 0)
    }

    @Test func `a cancelled task's transaction is rolled back and its connection lives on`() async throws {
        let (test, database) = try await pool(DatabasePoolLimits(minimum: 1, maximum: 1))
        let task = Task {
            try await test.pool.withTransaction { connection in
                try await connection.execute("UPDATE counters SET n = 3")
                try await connection.query("SELECT pg_sleep(600)")
            }
        }
        try await eventually("it sleeps") {
            try await database.psql(
                "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)' AND state = 'active' AND datname = current_database()"
            ) == "1"
        }
        task.cancel()
        await #expect(throws: DatabaseError.cancelled) { try await task.value }
        #expect(try await database.psql("SELECT max(n) FROM counters") == "0")
        #expect(try await test.pool.query("SELECT 1").count == 1)
        #expect(test.pool.metrics.created == 1)
    }
}

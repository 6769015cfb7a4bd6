import Postgres
import PostgresFixture
import Testing

/// Each with a server of its own that is killed, stopped, filled or closed.
@Suite struct FaultTests {
    private let quick = DatabasePoolLimits(
        minimum: 1,
        maximum: 3,
        createRetry: .milliseconds(20),
        createRetryMaximum: .milliseconds(100)
    )

    @Test func `a server that is restarted is found again, and callers only wait`() async throws {
        let server = try await PostgresServer()
        let test = TestPool(server.address(of: "postgres"), limits: quick)
        #expect(try await test.pool.query("SELECT 1").count == 1)
        try await server.stop(.fast)
        try await eventually("the loss is told") {
            if case .disconnected = test.changes.all.last { true } else { false }
        }
        let waiting = Task { try await test.pool.query("SELECT 1") }
        try await server.start()
        #expect(try await waiting.value.count == 1)
        #expect(test.changes.all.last == .connected)
    }

    @Test(arguments: [PostgresServer.StopMode.immediate, .kill])
    func `a killed server loses nothing that was answered`(_ mode: PostgresServer.StopMode) async throws {
        let server = try await PostgresServer()
        try await server.psql("CREATE TABLE entries (id int PRIMARY KEY)", database: "postgres")
        let test = TestPool(server.address(of: "postgres"), limits: quick)
        let answered = Collected<Int>()
        let unknown = Collected<Int>()
        let writers = (0..<4).map { writer in
            Task {
                for number in 0..<1_000_000 where !Task.isCancelled {
                    let id = writer * 1_000_000 + number
                    do {
                        if number % 2 == 0 {
                            try await test.pool.execute("INSERT INTO entries VALUES (\(id))")
                        } else {
                            try await test.pool.withTransaction {
                                try await $0.execute("INSERT INTO entries VALUES (\(id))")
                            }
                        }
                        answered.append(id)
                    } catch {
                        if (error as? DatabaseError)?.isOutcomeUnknown == true { unknown.append(id) }
                    }
                }
            }
        }
        for round in 1...3 {
            try await eventually("some were answered") { answered.all.count > round * 100 }
            try await server.stop(mode)
            try await server.start()
        }
        let before = answered.all.count
        try await eventually("it goes on") { answered.all.count > before + 50 }
        for writer in writers { writer.cancel() }
        for writer in writers { await writer.value }
        let text = try await server.psql("SELECT id FROM entries", database: "postgres")
        let kept = Set(text.split(separator: "\n").compactMap { Int($0) })
        #expect(Set(answered.all).subtracting(kept) == [], "answered, but not kept")
        #expect(kept.subtracting(answered.all).subtracting(unknown.all) == [], "kept, but told as not done")
    }

    @Test func `a commit whose answer is lost is told as unknown and never done twice`() async throws {
        let database = try await PostgresServer.shared().makeDatabase()
        // The commit takes half a minute: a deferred trigger sleeps in it.
        try await database.psql(
            """
            CREATE TABLE entries (id int);
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON entries DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION slow()
            """
        )
        let test = TestPool(database, limits: quick)
        let runs = Collected<Int>()
        let commit = Task {
            try await test.pool.withTransaction(attempts: 5) { connection in
                runs.append(1)
                try await connection.execute("INSERT INTO entries VALUES (1)")
            }
        }
        try await eventually("it commits") {
            try await database.psql(
                "SELECT count(*) FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active' AND datname = current_database()"
            ) == "1"
        }
        try await database.psql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'COMMIT' AND datname = current_database()"
        )
        let error = await databaseError { try await commit.value }
        #expect(error?.isOutcomeUnknown == true)
        #expect(error?.isRetryable == false)
        #expect(runs.all == [1])
    }

    @Test func `a connection lost before the commit may be tried again, and then it is done once`()
        async throws
    {
        let database = try await PostgresServer.shared().makeDatabase()
        try await database.psql("CREATE TABLE entries (id int)")
        let test = TestPool(database, limits: quick)
        let runs = Collected<Int>()
        try await test.pool.withTransaction(attempts: 3) { connection in
            runs.append(1)
            try await connection.execute("INSERT INTO entries VALUES (1)")
            if runs.all.count == 1 {
                let pid: Int = try await connection.query("SELECT pg_backend_pid() AS pid").only()["pid"]
                try await database.psql("SELECT pg_terminate_backend(\(pid))")
            }
            try await connection.query("SELECT 1")
        }
        #expect(runs.all.count == 2)
        #expect(try await database.psql("SELECT count(*) FROM entries") == "1")
    }

    @Test func `a backend that ends while it is sent to is noticed at once`() async throws {
        let database = try await PostgresServer.shared().makeDatabase()
        let test = TestPool(database, limits: quick)
        let large = String(repeating: "x", count: 60_000_000)
        let begin = ContinuousClock.now
        let sending = Task {
            try await test.pool.query("SELECT length(\(large)::text), length(\(large)::text)")
        }
        while begin.duration(to: .now) < .seconds(60), test.pool.metrics.lost == 0 {
            try await database.psql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        }
        _ = try? await sending.value
        // Not when the sender's time is up, which is later than the loop's.
        #expect(test.pool.metrics.lost > 0)
        #expect(try await test.pool.query("SELECT 1").count == 1)
    }

    @Test func `an idle connection that is ended is replaced before anybody gets it`() async throws {
        let database = try await PostgresServer.shared().makeDatabase()
        let test = TestPool(database, limits: quick)
        try await test.pool.query("SELECT 1")
        for round in 1...5 {
            try await database.psql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            try await eventually("it is replaced") {
                test.pool.metrics.created > round && test.pool.metrics.idle > 0
            }
            try await test.pool.query("SELECT 1")
        }
        let reasons = test.changes.all.compactMap { change in
            if case .disconnected(let reason) = change { reason } else { String?.none }
        }
        #expect(reasons.filter { !$0.contains("terminating connection due to administrator command") } == [])
    }

    @Test func `a slow statement ends at the statement's limit and the connection lives on`() async throws {
        let database = try await PostgresServer.shared().makeDatabase()
        let test = TestPool(database, limits: DatabasePoolLimits(minimum: 1, maximum: 1)) {
            $0.statementTimeout = .milliseconds(200)
        }
        let error = await databaseError { try await test.pool.query("SELECT pg_sleep(600)") }
        #expect(error?.sqlState == .queryCanceled)
        #expect(error?.isUnavailable == true)
        #expect(try await test.pool.query("SELECT 1").count == 1)
        #expect(test.pool.metrics.created == 1)
    }

    @Test func `a server that says nothing is given up after the limit and the grace`() async throws {
        let server = try await PostgresServer()
        let test = TestPool(server.address(of: "postgres"), limits: quick) {
            $0.statementTimeout = .milliseconds(300)
            $0.answerGrace = .milliseconds(300)
            $0.createTimeout = .seconds(1)
        }
        let pid: Int = try await test.pool.query("SELECT pg_backend_pid() AS pid").only()["pid"]
        let stopped = try #require(try await BackendStop(pid))
        let error = await databaseError { try await test.pool.execute("CREATE TABLE t (a int)") }
        #expect(error == .timedOut(outcome: .unknown))
        #expect(try await test.pool.query("SELECT 1").count == 1)
        stopped.resume()
    }

    @Test func `a lock wait ends at the lock's limit`() async throws {
        let database = try await PostgresServer.shared().makeDatabase()
        try await database.psql("CREATE TABLE things (id int)")
        let test = TestPool(database, limits: quick) { $0.lockTimeout = .milliseconds(100) }
        try await test.pool.withTransaction { connection in
            try await connection.execute("LOCK TABLE things IN ACCESS EXCLUSIVE MODE")
            let error = await databaseError { try await test.pool.query("SELECT * FROM things") }
            #expect(error?.sqlState == .lockNotAvailable)
        }
        #expect(try await test.pool.query("SELECT * FROM things").isEmpty)
    }

    @Test func `a deadlock is told to one of the two, who may try again`() async throws {
        let database = try await PostgresServer.shared().makeDatabase()
        try await database.psql(
            "CREATE TABLE things (id int PRIMARY KEY, n int); INSERT INTO things VALUES (1, 0), (2, 0)"
        )
        let test = TestPool(database, limits: quick)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (first, second) in [(1, 2), (2, 1)] {
                group.addTask {
                    try await test.pool.withTransaction(attempts: 10) { connection in
                        try await connection.execute("UPDATE things SET n = n + 1 WHERE id = \(first)")
                        try await Task.sleep(for: .milliseconds(100))
                        try await connection.execute("UPDATE things SET n = n + 1 WHERE id = \(second)")
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await database.psql("SELECT string_agg(n::text, ',') FROM things") == "2,2")
    }

    @Test func `a transaction that idles too long is ended by the server and told`() async throws {
        let database = try await PostgresServer.shared().makeDatabase()
        let test = TestPool(database, limits: quick) { $0.idleInTransactionTimeout = .milliseconds(100) }
        let error = await databaseError {
            try await test.pool.withTransaction { connection in
                try await connection.query("SELECT 1")
                try await eventually("the server ended it") { test.pool.metrics.lost > 0 }
                try await connection.query("SELECT 1")
            }
        }
        guard case .disconnected(_, .nothingChanged) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try await test.pool.query("SELECT 1").count == 1)
    }

    @Test func `a server without a free place is asked again until there is one`() async throws {
        let server = try await PostgresServer(settings: [
            "max_connections": "4", "superuser_reserved_connections": "1",
        ])
        try await server.psql("CREATE ROLE shop LOGIN", database: "postgres")
        let greedy = TestPool(
            server.address(of: "postgres", user: "shop"),
            limits: DatabasePoolLimits(minimum: 3, maximum: 3)
        )
        try await eventually("all places are taken") { greedy.pool.metrics.idle == 3 }
        let test = TestPool(server.address(of: "postgres", user: "shop"), limits: quick)
        let waiting = Task { try await test.pool.query("SELECT 1") }
        try await eventually("it was refused") { test.pool.metrics.createFailures > 1 }
        #expect(test.pool.lastFailure?.contains("53300") == true)
        greedy.pool.close()
        #expect(try await waiting.value.count == 1)
    }

    @Test func `a wrong password is told at once, and mended without a restart`() async throws {
        let server = try await PostgresServer()
        try await server.psql("CREATE ROLE shop LOGIN PASSWORD 'right'", database: "postgres")
        try await server.write("local all shop scram-sha-256\nlocal all all trust\n", to: "data/pg_hba.conf")
        try await server.psql("SELECT pg_reload_conf()", database: "postgres")
        let address = DatabaseAddress([
            .init("host", server.folder), .init("user", "shop"), .init("dbname", "postgres"),
            .init("password", "wrong-secret"),
        ])
        let test = TestPool(address, limits: quick)
        let error = await databaseError { try await test.pool.query("SELECT 1") }
        guard case .disconnected(let reason, .nothingChanged) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("password authentication failed for user \"shop\""))
        #expect(!reason.contains("wrong-secret"))
        #expect(!address.description.contains("wrong-secret"))
        try await server.psql("ALTER ROLE shop PASSWORD 'wrong-secret'", database: "postgres")
        try await eventually("it is let in") { await test.pool.answers() }
    }

    @Test func `a database that takes no writes says so`() async throws {
        let server = try await PostgresServer(settings: ["default_transaction_read_only": "on"])
        let test = TestPool(server.address(of: "postgres"), limits: quick)
        let error = await databaseError { try await test.pool.execute("CREATE TABLE t (a int)") }
        #expect(error?.sqlState == .readOnly)
        #expect(error?.isUnavailable == true)
        #expect(try await test.pool.query("SELECT 1").count == 1)
    }

    @Test func `a server in recovery is read from, and written to once it is promoted`() async throws {
        let server = try await PostgresServer(standby: true)
        let test = TestPool(server.address(of: "postgres"), limits: quick)
        #expect(try await test.pool.query("SELECT pg_is_in_recovery() AS yes").only()["yes"] == true)
        let error = await databaseError { try await test.pool.execute("CREATE TABLE t (a int)") }
        #expect(error?.sqlState == .readOnly)
        try await server.psql("SELECT pg_promote()", database: "postgres")
        try await eventually("it takes writes") {
            await databaseError { try await test.pool.execute("CREATE TABLE IF NOT EXISTS t (a int)") } == nil
        }
    }
}

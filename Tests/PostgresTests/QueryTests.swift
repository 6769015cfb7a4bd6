import FoundationEssentials
import Postgres
import PostgresFixture
import Shared
import Testing

@Suite struct QueryTests {
    private func pool() async throws -> (TestPool, TestDatabase) {
        let database = try await PostgresServer.shared().makeDatabase()
        return (TestPool(database), database)
    }

    @Test func `columns are found in any order, and of two of a name the first`() async throws {
        let test = TestPool(try await PostgresServer.shared().makeDatabase())
        let rows = try await test.pool.query(
            "SELECT n AS a, n * 10 AS b, n * 100 AS a, n * 1000 AS c FROM generate_series(1, 3) AS n"
        )
        for (index, row) in rows.enumerated() {
            let n = index + 1
            // In order, which would lead from b to the second a; backwards; and again and again.
            for (name, factor) in [
                ("a", 1), ("b", 10), ("a", 1), ("c", 1000), ("c", 1000), ("b", 10), ("a", 1),
            ] {
                let value: Int = try row[name]
                #expect(value == n * factor, "\(name) of row \(n)")
            }
        }
        #expect(await databaseError { _ = try rows[0].optional("d", as: Int.self) } != nil)
    }

    @Test func `values of every type come back as they were bound`() async throws {
        let (test, _) = try await pool()
        let id = try #require(UUID(uuidString: "0F9B1C2D-3E4F-4A5B-8C6D-7E8F90A1B2C3"))
        let instant = try #require(UTCInstant("2026-06-10T08:30:00.123456Z"))
        let date = try #require(CalendarDate("2026-02-28"))
        let money = try #require(Money("12500.50"))
        let json: JSONValue = ["a": [1, 2.5, "x"], "b": nil]
        let row = try await test.pool.query(
            """
            SELECT \(id)::uuid AS id, \(instant)::timestamptz AS at, \(date)::date AS day, \(money)::numeric(12,2) AS money,
            \(json)::jsonb AS json, \(["a", "b,\"c\\"])::text[] AS texts, \([1, 2])::int[] AS numbers, \(true)::boolean AS yes,
            \(Int64.max)::bigint AS big, \(-7)::int AS small, \(0.1)::double precision AS tenth, \("é\n'👩‍👩‍👧")::text AS text,
            \(DatabaseBytes([0, 255, 39]))::bytea AS bytes, \(nil as String?)::text AS nothing
            """
        ).only()
        #expect(try row["id"] == id)
        #expect(try row["at"] == instant)
        #expect(try row["day"] == date)
        #expect(try row["money"] == money)
        #expect(try row["json"] == json)
        #expect(try row["texts"] == ["a", "b,\"c\\"])
        #expect(try row["numbers"] == [1, 2])
        #expect(try row["yes"] == true)
        #expect(try row["big"] == Int64.max)
        #expect(try row["small"] == -7)
        #expect(try row["tenth"] == 0.1)
        #expect(try row["text"] == "é\n'👩‍👩‍👧")
        #expect(try row["bytes"] == DatabaseBytes([0, 255, 39]))
        let nothing: String? = try row["nothing"]
        #expect(nothing == nil)
        let something: String? = try row["text"]
        #expect(something == "é\n'👩‍👩‍👧")
    }

    @Test func `a column that is missing, NULL or of another type is a clear error without its value`()
        async throws
    {
        let (test, _) = try await pool()
        let row = try await test.pool.query("SELECT NULL::text AS nothing, 'secret' AS word").only()
        #expect(throws: DatabaseError.undecodable("there is no column \"id\" among nothing, word")) {
            let _: Int = try row["id"]
        }
        #expect(throws: DatabaseError.undecodable("column \"nothing\" is NULL where String was expected")) {
            let _: String = try row["nothing"]
        }
        #expect(throws: DatabaseError.undecodable("column \"word\" holds no Int")) {
            let _: Int? = try row["word"]
        }
    }

    @Test func `a text with a NUL is refused, not cut`() async throws {
        let (test, _) = try await pool()
        let error = await databaseError { try await test.pool.query("SELECT \("a\0b")::text") }
        guard case .invalidParameter = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `constraints are told by name`() async throws {
        let (test, database) = try await pool()
        try await database.psql(
            """
            CREATE TABLE things (id int PRIMARY KEY, name text NOT NULL, size int CONSTRAINT things_size CHECK (size > 0));
            INSERT INTO things VALUES (1, 'one', 1)
            """
        )
        let twice = await databaseError {
            try await test.pool.execute("INSERT INTO things VALUES (\(1), 'x', 1)")
        }
        #expect(twice?.isUniqueViolation() == true)
        #expect(twice?.isUniqueViolation(of: "things_pkey") == true)
        #expect(twice?.isUniqueViolation(of: "other") == false)
        let small = await databaseError {
            try await test.pool.execute("INSERT INTO things VALUES (\(2), 'x', 0)")
        }
        #expect(small?.sqlState == .checkViolation)
        #expect(small?.constraint == "things_size")
        let missing = await databaseError {
            try await test.pool.execute("INSERT INTO things (id) VALUES (\(3))")
        }
        #expect(missing?.sqlState == .notNullViolation)
        #expect(try await test.pool.execute("UPDATE things SET size = \(5)") == 1)
        #expect(try await test.pool.queryFirst("SELECT 1 FROM things WHERE id = \(9)") == nil)
    }

    @Test func `statements and answers larger than the socket's buffers go through`() async throws {
        let (test, _) = try await pool()
        let large = String(repeating: "x", count: 8_000_000)
        let row = try await test.pool.query("SELECT length(\(large)::text) AS length, \(large)::text AS back")
            .only()
        #expect(try row["length"] == 8_000_000)
        #expect(try row.decode("back", as: String.self) == large)
        let rows = try await test.pool.query("SELECT n, repeat('y', 100) FROM generate_series(1, 50000) AS n")
        #expect(rows.count == 50_000)
        #expect(try rows[49_999]["n"] == 50_000)
    }

    @Test func `statements are prepared once, at most so many, and forgotten plans are made anew`()
        async throws
    {
        let database = try await PostgresServer.shared().makeDatabase()
        let test = TestPool(database, limits: DatabasePoolLimits(minimum: 1, maximum: 1)) {
            $0.preparedStatements = 3
        }
        func prepared() async throws -> Int {
            let rows = try await test.pool.withConnection { connection in
                try await connection.query(
                    "SELECT count(*) AS count FROM pg_prepared_statements",
                    timeout: nil,
                    isPrepared: false
                )
            }
            return try rows.only()["count"]
        }
        for number in 0..<5 { try await test.pool.query("SELECT \(number)::int") }
        #expect(try await prepared() == 1)
        for number in 0..<10 {
            try await test.pool.query("SELECT \(number)::int, \(SQL(trusted: String(number)))")
        }
        #expect(try await prepared() == 3)

        try await database.psql("CREATE TABLE things (a int); INSERT INTO things VALUES (1)")
        #expect(try await test.pool.query("SELECT * FROM things").columns == ["a"])
        try await database.psql("ALTER TABLE things ADD COLUMN b int DEFAULT 2")
        #expect(try await test.pool.query("SELECT * FROM things").columns == ["a", "b"])
        try await database.psql("ALTER TABLE things ADD COLUMN c int DEFAULT 2")
        let columns = try await test.pool.withTransaction(attempts: 2) { connection in
            try await connection.query("SELECT * FROM things").columns
        }
        #expect(columns == ["a", "b", "c"])
        try await database.psql("ALTER TABLE things ADD COLUMN d int DEFAULT 2")
        test.pool.renewPlans()
        try await eventually("a transaction works at the first attempt") {
            let rows = try? await test.pool.withTransaction { try await $0.query("SELECT * FROM things") }
            return rows?.columns.last == "d"
        }
        // A refused statement leaves nothing behind.
        for _ in 0..<3 {
            #expect(await databaseError { try await test.pool.query("SELECT nonsense") } != nil)
        }
        try await database.psql("CREATE TABLE keys (id int PRIMARY KEY)")
        for _ in 0..<10 { _ = try? await test.pool.execute("INSERT INTO keys VALUES (\(1))") }
        #expect(try await prepared() <= 3)
    }

    @Test func `COPY and misuse do no harm`() async throws {
        let (test, database) = try await pool()
        #expect(await databaseError { try await test.pool.query("COPY (SELECT 1) TO STDOUT") } != nil)
        let kept = try await test.pool.withConnection { $0 }
        let late = await databaseError { try await kept.query("SELECT 1") }
        guard case .misused = late else {
            Issue.record("\(String(describing: late))")
            return
        }
        try await test.pool.withConnection { connection in
            async let slow = connection.query("SELECT pg_sleep(600)")
            let running =
                "FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)%' AND state = 'active' AND datname = current_database()"
            try await eventually("it is under way") {
                try await database.psql("SELECT count(*) \(running)") == "1"
            }
            let busy = await databaseError { try await connection.query("SELECT 1") }
            guard case .misused = busy else {
                Issue.record("\(String(describing: busy))")
                return
            }
            try await database.psql("SELECT pg_cancel_backend(pid) \(running)")
            _ = try? await slow
        }
    }
}

import Postgres
import PostgresFixture
import Testing

@Suite struct MigratorTests {
    private func migration(
        _ number: Int,
        _ up: String,
        down: String? = "-- novi: destructive\nSELECT 1;"
    ) throws -> Migration {
        let digits = String(number)
        let version = "2026" + String(repeating: "0", count: 10 - digits.count) + digits
        return try Migration(version: version, name: "step_\(number)", up: up, down: down)
    }

    private func tables() throws -> [Migration] {
        try (1...3).map { number in
            try migration(
                number,
                "CREATE TABLE t\(number) (id int PRIMARY KEY);\nINSERT INTO t\(number) VALUES (\(number));",
                down: "-- novi: destructive\nDROP TABLE t\(number);"
            )
        }
    }

    private func migrator(
        _ database: TestDatabase,
        _ migrations: [Migration],
        change: (inout Migrator.Options) -> Void = { _ in }
    ) throws -> Migrator {
        var options = Migrator.Options()
        options.allowsDestructive = true
        change(&options)
        return try Migrator(
            migrations,
            settings: ConnectionSettings(address: database.address()),
            options: options
        )
    }

    private func database() async throws -> TestDatabase { try await PostgresServer.shared().makeDatabase() }

    private func problem(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? MigrationProblem)?.description ?? "another error: \(error)"
        }
    }

    @Test func `all go up in order, and none twice`() async throws {
        let database = try await database()
        let migrator = try migrator(database, tables().reversed())
        #expect(try await migrator.plan().entries.map(\.state) == [.pending, .pending, .pending])
        #expect(try await migrator.plan().isCurrent == false)
        let steps = try await migrator.up()
        #expect(steps.map(\.migration.name) == ["step_1", "step_2", "step_3"])
        #expect(try await migrator.up() == [])
        let plan = try await migrator.plan()
        #expect(plan.isCurrent)
        #expect(plan.entries.compactMap(\.applied).map(\.appliedBy) == ["postgres", "postgres", "postgres"])
        #expect(try await database.psql("SELECT id FROM t1 UNION SELECT id FROM t3 ORDER BY 1") == "1\n3")
    }

    @Test func `up goes to a version, down takes back so many or to a version`() async throws {
        let database = try await database()
        let migrations = try tables()
        let migrator = try migrator(database, migrations)
        #expect(try await migrator.up(to: migrations[1].version).count == 2)
        #expect(try await migrator.up().count == 1)
        #expect(try await migrator.down().map(\.migration.name) == ["step_3"])
        #expect(try await migrator.up().count == 1)
        #expect(
            try await migrator.down(to: migrations[0].version).map(\.migration.name) == ["step_3", "step_2"]
        )
        #expect(try await migrator.down(to: "0").map(\.migration.name) == ["step_1"])
        #expect(try await migrator.down() == [])
        #expect(
            await problem { try await migrator.up(to: "20990101000000") }
                == "there is no migration 20990101000000"
        )
    }

    @Test func `one that fails leaves nothing of itself, and what came before stays`() async throws {
        let database = try await database()
        let broken =
            try tables().prefix(1) + [
                migration(2, "CREATE TABLE t2 (id int);\nINSERT INTO t2 VALUES (1);\nSELECT 1/0;"),
                tables()[2],
            ]
        let migrator = try migrator(database, Array(broken))
        let told = await problem { try await migrator.up() }
        #expect(told?.contains("step_2 failed and was taken back") == true)
        #expect(told?.contains("division by zero") == true)
        #expect(try await migrator.plan().entries.map(\.state) == [.applied, .pending, .pending])
        #expect(try await database.psql("SELECT to_regclass('t2') IS NULL") == "t")
    }

    @Test func `a changed file is an obstacle, a newer program's migration is none`() async throws {
        let database = try await database()
        try await migrator(database, tables()).up()
        var changed = try tables()
        changed[0] = try migration(1, "CREATE TABLE t1 (id bigint);")
        let told = await problem { try await migrator(database, changed).up() }
        #expect(told?.contains("step_1 with another text") == true)
        #expect(try await migrator(database, changed).plan().isCurrent == false)

        let older = try migrator(database, Array(tables().prefix(2)))
        let plan = try await older.plan()
        #expect(plan.entries.map(\.state) == [.applied, .applied, .unknown])
        #expect(plan.isCurrent)
        #expect(try await older.up() == [])
        #expect(await problem { try await older.down() }?.contains("by a newer program") == true)
    }

    @Test func `what destroys needs leave, and then nothing is done at all without it`() async throws {
        let database = try await database()
        let migrations = try tables() + [migration(4, "-- novi: destructive\nDROP TABLE t1;")]
        let careful = try migrator(database, migrations) { $0.allowsDestructive = false }
        let told = await problem { try await careful.up() }
        #expect(told?.contains("step_4 destroys data (DROP TABLE)") == true)
        #expect(told?.contains("--allow-destructive") == true)
        #expect(try await database.psql("SELECT to_regclass('t1') IS NULL") == "t")
        try await migrator(database, migrations).up()
        #expect(await problem { try await careful.down() } != nil)
        #expect(try await careful.plan().isCurrent)
    }

    @Test func `migrators at the same time do the work once`() async throws {
        let database = try await database()
        let migrator = try migrator(database, tables())
        let done = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<6 { group.addTask { try await migrator.up().count } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(done.sorted() == [0, 0, 0, 0, 0, 3])
    }

    @Test func `another migrator is waited for only so long`() async throws {
        let database = try await database()
        let slow = try migrator(database, [migration(1, "SELECT pg_sleep(600);")])
        let work = Task { try await slow.up() }
        try await eventually("it is at work") {
            try await database.psql(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(600)%' AND datname = current_database()"
            ) == "1"
        }
        let hasty = try migrator(database, tables()) { $0.turnTimeout = .milliseconds(100) }
        #expect(await problem { try await hasty.up() }?.contains("another migrator is at work") == true)
        work.cancel()
        _ = try? await work.value
        #expect(try await hasty.plan().entries.map(\.state) == [.pending, .pending, .pending])
    }

    @Test func `one that waits for a table gives way and is tried again`() async throws {
        let database = try await database()
        try await database.psql("CREATE TABLE busy (id int)")
        let migrator = try migrator(database, [migration(1, "ALTER TABLE busy ADD COLUMN b int;")]) {
            $0.lockTimeout = .milliseconds(50)
            $0.lockAttempts = 100
        }
        let test = TestPool(database)
        let work = try await test.pool.withTransaction { connection in
            try await connection.query("SELECT id FROM busy")
            let work = Task { try await migrator.up() }
            // The reader behind the migration in the queue gets its turn each time that the migration gives way.
            for _ in 0..<3 { try await test.pool.query("SELECT id FROM busy") }
            return work
        }
        #expect(try await work.value.count == 1)
        let limited = try self.migrator(database, [migration(2, "ALTER TABLE busy ADD COLUMN c int;")]) {
            $0.lockTimeout = .milliseconds(10)
            $0.lockAttempts = 2
        }
        try await test.pool.withTransaction { connection in
            try await connection.query("SELECT id FROM busy")
            let told = await problem { try await limited.up() }
            #expect(told?.contains("lock timeout") == true)
        }
    }

    @Test func `one outside a transaction runs what no transaction can`() async throws {
        let database = try await database()
        let migrator = try migrator(
            database,
            tables() + [
                migration(
                    4,
                    "-- novi: no transaction\nCREATE INDEX CONCURRENTLY t1_again ON t1 (id);",
                    down: "-- novi: no transaction\nDROP INDEX CONCURRENTLY t1_again;"
                )
            ]
        )
        try await migrator.up()
        #expect(try await database.psql("SELECT to_regclass('t1_again') IS NOT NULL") == "t")
        try await migrator.down()
        #expect(try await database.psql("SELECT to_regclass('t1_again') IS NULL") == "t")
    }

    @Test func `two of one version, an unknown mark and a bad name are told`() throws {
        let same = try [migration(1, "SELECT 1;"), migration(1, "SELECT 2;")]
        let settings = ConnectionSettings(address: DatabaseAddress([]))
        #expect(throws: MigrationProblem.self) { try Migrator(same, settings: settings) }
        #expect(throws: MigrationProblem.self) { try migration(1, "-- novi: quick\nSELECT 1;") }
        #expect(throws: MigrationProblem.self) {
            try Migration(version: "2026", name: "a", up: "SELECT 1;", down: nil)
        }
        #expect(throws: MigrationProblem.self) {
            try Migration(version: "20260101000000", name: "A B", up: "SELECT 1;", down: nil)
        }
    }
}

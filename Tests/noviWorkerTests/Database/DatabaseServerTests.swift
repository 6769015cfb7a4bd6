import Glibc
import Testing
import WorkerSupport

@testable import noviWorker

@Suite struct DatabaseServerTests {
    @Test func `a cluster is made, reports ready by itself and is found again`() async throws {
        let worker = try await WorkerProgram()
        let first = try await worker.readyDatabase()
        #expect(try await worker.psql("SELECT current_user || ' ' || current_database()") == "novi novi_dev")
        #expect(try await worker.psql("SHOW listen_addresses") == "")
        #expect(try await worker.psql("SHOW data_checksums") == "on")
        #expect(try await worker.psql("SHOW server_encoding") == "UTF8")
        let owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'novi_dev'"
        #expect(try await worker.psql(owner) == "novi")
        #expect(try await worker.psql("SELECT rolsuper FROM pg_roles WHERE rolname = 'novi'") == "f")
        _ = try await worker.psql("CREATE TABLE kept AS SELECT 42 AS answer")
        first.signal(SIGINT)
        #expect(try await first.waitForExit() == 0)

        let second = try await worker.readyDatabase(extra: ["NOVI_ENV": "staging"])
        #expect(try await worker.psql("SELECT answer FROM kept") == "42")
        #expect(
            try await worker.psql("SELECT current_database()", database: "novi_staging") == "novi_staging"
        )
        second.signal(SIGINT)
        #expect(try await second.waitForExit() == 0)
    }

    @Test func `the process becomes postgres, survives kill -9 and stops although clients are connected`()
        async throws
    {
        let worker = try await WorkerProgram()
        let first = try await worker.readyDatabase()
        #expect(text(of: "/proc/\(first.pid)/comm") == "postgres\n")
        _ = try await worker.psql("CREATE TABLE kept AS SELECT 42 AS answer")
        first.kill()
        try await eventually("its backends are gone") { try await backends(worker).isEmpty }

        let second = try await worker.readyDatabase()
        #expect(try await worker.psql("SELECT answer FROM kept") == "42")
        let client = try RunningProgram(
            [
                "/usr/bin/psql", "-h", worker.runtimeFolder("database"), "-U", "novi", "-d", "novi_dev", "-c",
                "SELECT pg_sleep(600)",
            ]
        )
        try await eventually("the client is connected") {
            try await worker.psql(
                "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'"
            ) == "1"
        }
        second.signal(SIGINT)
        #expect(try await second.waitForExit() == 0)
        client.kill()
    }

    @Test func `a crash while the cluster is made leaves nothing that stops the next start`() async throws {
        let worker = try await WorkerProgram()
        let interrupted = try await worker.startDatabase()
        let unfinished = "\(worker.scratch.path)/data-database/postgresql.unfinished"
        try await eventually("initdb is at work") { access("\(unfinished)/PG_VERSION", F_OK) == 0 }
        interrupted.kill()
        #expect(access("\(worker.scratch.path)/data-database/postgresql", F_OK) != 0)
        // initdb itself is a child that outlives its parent here; the supervisor ends the whole group.
        try await eventually("initdb is gone") {
            try await runToEnd(["/usr/bin/pgrep", "-f", unfinished]) == 1
        }

        let database = try await worker.readyDatabase()
        #expect(try await worker.psql("SELECT 1") == "1")
        #expect(access(unfinished, F_OK) != 0)
        database.signal(SIGINT)
        #expect(try await database.waitForExit() == 0)
    }

    @Test func `a crash between cluster and database is repaired`() async throws {
        let worker = try await WorkerProgram()
        let first = try await worker.readyDatabase()
        _ = try await worker.psql("DROP DATABASE novi_dev", database: "postgres", role: "postgres")
        first.signal(SIGINT)
        #expect(try await first.waitForExit() == 0)
        unlink("\(worker.scratch.path)/data-database/postgresql/novi_novi_dev.created")
        let second = try await worker.readyDatabase()
        #expect(try await worker.psql("SELECT current_database()") == "novi_dev")
        second.signal(SIGINT)
        #expect(try await second.waitForExit() == 0)
    }

    @Test func `a cluster of another version is left alone and told with code 78`() async throws {
        let worker = try await WorkerProgram()
        let owner = try TestUser.forDatabase()
        try worker.scratch.folder("data-database/postgresql", owner: owner)
        try worker.scratch.file("data-database/postgresql/PG_VERSION", "9\n")
        let program = try await worker.startDatabase()
        #expect(try await program.waitForExit() == 78)
        #expect(program.log.contains("was made by PostgreSQL 9"))
        #expect(program.log.contains("pg_upgrade"))
        #expect(text(of: "\(worker.scratch.path)/data-database/postgresql/PG_VERSION") == "9\n")
    }

    @Test func `a folder that is no cluster is left alone and told with code 78`() async throws {
        let worker = try await WorkerProgram()
        try worker.scratch.folder("data-database/postgresql")
        let file = try worker.scratch.file("data-database/postgresql/diary", "mine")
        let program = try await worker.startDatabase()
        #expect(try await program.waitForExit() == 78)
        #expect(program.log.contains("is no PostgreSQL cluster"))
        #expect(text(of: file) == "mine")
    }

    @Test func `a socket path that is too long is told before anything is made`() async throws {
        let worker = try await WorkerProgram()
        let long = "/" + String(repeating: "x", count: 120)
        let program = try await worker.startDatabase(extra: [
            "NOVI_RUNTIME_DIRECTORY": long, "NOVI_POSTGRES_BIN": "bin",
        ])
        #expect(try await program.waitForExit() == 78)
        #expect(program.log.contains("but Linux allows 107"))
        #expect(program.log.contains("NOVI_POSTGRES_BIN is \"bin\""))
        #expect(folders(in: "\(worker.scratch.path)/data-database").isEmpty)
    }

    @Test func `a folder without PostgreSQL is told with code 78`() async throws {
        let worker = try await WorkerProgram()
        let program = try await worker.startDatabase(extra: ["NOVI_POSTGRES_BIN": worker.scratch.path])
        #expect(try await program.waitForExit() == 78)
        #expect(program.log.contains("no working postgres and initdb"))
    }

    @Test(.enabled(if: geteuid() == 0))
    func `root is refused with what to do`() async throws {
        let worker = try await WorkerProgram()
        let program = try worker.start("database")
        #expect(try await program.waitForExit() == 78)
        #expect(program.log.contains("\"uid\": \"postgres\""))
    }

    @Test(.enabled(if: geteuid() == 0))
    func `another user is not let in, the supervisor's and those that are named are`() async throws {
        let worker = try await WorkerProgram()
        let nobody = TestUser(user: 65_534, group: 65_534)
        let ask = nobody.command([
            "/usr/bin/psql", "-h", worker.runtimeFolder("database"), "-U", "novi", "-d", "novi_dev", "-c",
            "SELECT 1",
        ])
        let first = try await worker.readyDatabase()
        #expect(try await runToEnd(ask) != 0)
        first.signal(SIGINT)
        #expect(try await first.waitForExit() == 0)
        let second = try await worker.readyDatabase(extra: ["NOVI_SUPERVISOR_UID": "65534"])
        #expect(try await runToEnd(ask) == 0)
        second.signal(SIGINT)
        #expect(try await second.waitForExit() == 0)
        let third = try await worker.readyDatabase(extra: ["NOVI_DATABASE_USERS": "nobody"])
        #expect(try await runToEnd(ask) == 0)
        third.signal(SIGINT)
        #expect(try await third.waitForExit() == 0)
    }

    @Test(arguments: [
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", 15), ("postgres (PostgreSQL) 17beta1", 17),
        ("15\n", 15),
        ("postgres", nil), ("", nil),
    ])
    func `versions are read`(text: String, version: Int?) {
        #expect(PostgreSQLInstallation.majorVersion(of: text) == version)
    }

    private func backends(_ worker: WorkerProgram) async throws -> String {
        let log = "\(worker.scratch.path)/fuser.\(UInt32.random(in: 0 ... .max))"
        _ = try await runToEnd(
            ["/usr/bin/pgrep", "-f", "\(worker.scratch.path)/data-database"],
            logPath: log
        )
        return text(of: log)
    }
}

import Glibc
import Testing
import WorkerSupport

@testable import noviWorker

@Suite struct DatabaseConnectionTests {
    private func address(_ worker: WorkerProgram) -> DatabaseAddress {
        DatabaseAddress([
            ("host", worker.runtimeFolder("database")), ("user", "novi"), ("dbname", "novi_dev"),
        ])
    }

    @Test func `statements bring rows, refusals keep the connection, time-outs give it up`() async throws {
        let worker = try await WorkerProgram()
        let database = try await worker.readyDatabase()
        let connection = DatabaseConnection(address(worker))
        try await connection.open(timeout: .seconds(10))
        let rows = try await connection.query(
            "SELECT $1::text AS a, $2::text AS b, 3 AS c",
            ["é\n'", nil],
            timeout: .seconds(10)
        )
        #expect(rows == DatabaseRows(columns: ["a", "b", "c"], rows: [["é\n'", nil, "3"]]))

        let refusal = await #expect(throws: DatabaseFailure.self) {
            try await connection.query("SELECT 1/0", timeout: .seconds(10))
        }
        guard case .refused(code: "22012", _) = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        let large = try await connection.query(
            "SELECT length($1::text) AS length",
            [String(repeating: "x", count: 3_000_000)],
            timeout: .seconds(20)
        )
        #expect(large.rows == [["3000000"]])

        let slow = Task { try await connection.query("SELECT pg_sleep(600)", timeout: .seconds(600)) }
        let activity = "FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'"
        try await eventually("the connection is busy") {
            try await worker.psql("SELECT count(*) \(activity)") == "1"
        }
        await #expect(throws: DatabaseFailure.busy) {
            try await connection.query("SELECT 1", timeout: .seconds(10))
        }
        _ = try await worker.psql("SELECT pg_cancel_backend(pid) \(activity)")
        await #expect(
            throws: DatabaseFailure.refused(code: "57014", message: "canceling statement due to user request")
        ) {
            try await slow.value
        }
        #expect(try await connection.query("SELECT 1 AS n", timeout: .seconds(10)).rows == [["1"]])

        let begin = ContinuousClock.now
        await #expect(throws: DatabaseFailure.timedOut) {
            try await connection.query("SELECT pg_sleep(60)", timeout: .milliseconds(200))
        }
        #expect(ContinuousClock.now - begin < .seconds(5))
        await #expect(throws: DatabaseFailure.disconnected("the connection is closed")) {
            try await connection.query("SELECT 1", timeout: .seconds(1))
        }
        database.kill()
    }

    @Test func `an idle connection notices that the server is gone`() async throws {
        let worker = try await WorkerProgram()
        let database = try await worker.readyDatabase()
        let connection = DatabaseConnection(address(worker))
        try await connection.open(timeout: .seconds(10))
        _ = try await worker.psql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'novi' AND pid <> pg_backend_pid()"
        )
        var reasons: [String] = []
        for await reason in connection.losses { reasons.append(reason) }
        #expect(reasons.count == 1)
        #expect(reasons.first?.contains("terminating connection") == true)
        database.kill()
    }

    @Test func `a cancelled question ends at once`() async throws {
        let worker = try await WorkerProgram()
        let database = try await worker.readyDatabase()
        let connection = DatabaseConnection(address(worker))
        try await connection.open(timeout: .seconds(10))
        let question = Task { try await connection.query("SELECT pg_sleep(600)", timeout: .seconds(600)) }
        try await eventually("the question is asked") {
            try await worker.psql(
                "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'"
            ) == "1"
        }
        question.cancel()
        await #expect(throws: DatabaseFailure.cancelled) { try await question.value }
        database.kill()
    }

    @Test func `a server that is not there is told with libpq's reason`() async throws {
        let worker = try await WorkerProgram()
        let connection = DatabaseConnection(address(worker))
        let failure = await #expect(throws: DatabaseFailure.self) {
            try await connection.open(timeout: .seconds(10))
        }
        #expect("\(String(describing: failure))".contains("No such file or directory"))
    }

    @Test func `DATABASE_URL wins, and its password is never told`() {
        var reader = VariableReader([
            "DATABASE_URL": "postgresql://ann:secret@db.example:6000/shop", "HOME": "/h",
        ])
        let environment = WorkerEnvironment(&reader, app: "api")
        let address = DatabaseAddress(&reader, environment: environment)
        #expect(address.description == "shop on db.example")
        #expect(reader.problems.isEmpty)
        var wrong = VariableReader(["DATABASE_URL": "http://ann:secret@db", "HOME": "/h"])
        _ = DatabaseAddress(&wrong, environment: environment)
        #expect(wrong.problems.count == 1)
        #expect(!wrong.problems.joined().contains("secret"))
    }
}

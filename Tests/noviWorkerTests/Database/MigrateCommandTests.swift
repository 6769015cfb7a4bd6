import Postgres
import PostgresFixture
import Shared
import Testing

@testable import noviWorker

@Suite struct MigrateCommandTests {
    private func run(
        _ arguments: [String],
        on database: TestDatabase?,
        extra: [String: String] = [:]
    ) async throws -> (code: Int32, output: String) {
        let scratch = try ScratchFolder()
        let output = "\(scratch.path)/output"
        var environment = extra
        if let database {
            environment["DATABASE_URL"] =
                "postgresql:///\(database.name)?host=\(database.server.folder)&user=postgres"
        }
        let program = try RunningProgram(
            [WorkerProgram.path, "migrate"] + arguments,
            environment: environment,
            logPath: output
        )
        let code = try await program.waitForExit()
        return (code, text(of: output))
    }

    @Test func `status, up and down tell what is and what was done, to people and to scripts`() async throws {
        let database = try await PostgresServer.shared().makeDatabase()
        let count = try NoviMigrations.all().count
        let before = try await run(["status", "--check"], on: database)
        #expect(before.code == 3)
        #expect(before.output.contains("20261125000100  accounts"))
        #expect(before.output.contains("\(count) of \(count) migrations are not applied"))
        let dry = try await run(["up", "--dry-run"], on: database)
        #expect(dry.code == 0)
        #expect(dry.output.contains("would apply 20261125000100_accounts"))
        let up = try await run(["up"], on: database)
        #expect(up.code == 0, "\(up.output)")
        #expect(up.output.contains("applied 20261125000100_accounts in "))
        #expect(up.output.hasSuffix("\(count) migrations done\n"))
        #expect(try await run(["up"], on: database).output == "nothing to do\n")
        let after = try await run(["status", "--check", "--json"], on: database)
        #expect(after.code == 0)
        let json = try JSONValue(parsing: Array(after.output.utf8))
        #expect(json["current"] == true)
        #expect(json["migrations"]?.arrayValue?.count == count)
        #expect(json["migrations"]?.arrayValue?.first?["state"] == "applied")
        let refused = try await run(["down", "--to", "0"], on: database)
        #expect(refused.code == 1)
        #expect(refused.output.contains("--allow-destructive"))
        let down = try await run(["down", "--allow-destructive", "--json"], on: database)
        #expect(down.code == 0)
        let steps = try JSONValue(parsing: Array(down.output.utf8))["steps"]?.arrayValue
        #expect(steps?.count == 1)
        #expect(steps?.first?["direction"] == "down")
    }

    @Test func `a database that is not there and a wrong URL are told with what to do, without the password`()
        async throws
    {
        let wrong = try await run(["status"], on: nil, extra: ["DATABASE_URL": "http://ann:secret@db"])
        #expect(wrong.code == 78)
        #expect(wrong.output.contains("DATABASE_URL makes no sense"))
        let away = try await run(
            ["status"],
            on: nil,
            extra: ["DATABASE_URL": "postgresql://ann:secret@127.0.0.1:1/shop?connect_timeout=5"]
        )
        #expect(away.code == 1)
        #expect(away.output.contains("Connection refused"))
        for output in [wrong.output, away.output] { #expect(!output.contains("secret")) }
    }
}

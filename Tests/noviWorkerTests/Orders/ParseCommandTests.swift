import Glibc
import Shared
import Testing

@testable import noviWorker

@Suite struct ParseCommandTests {
    private let scratch: ScratchFolder

    init() throws {
        scratch = try ScratchFolder()
    }

    /// Runs `noviWorker parse` and gives its output of both kinds and its exit code.
    private func parse(_ arguments: String...) async throws -> (output: String, code: Int32) {
        let log = "\(scratch.path)/output.\(UInt32.random(in: 0 ... .max))"
        let code = try await runToEnd([WorkerProgram.path, "parse"] + arguments, logPath: log)
        return (text(of: log), code)
    }

    private func file(_ content: String) throws -> String {
        let path = "\(scratch.path)/cases.json"
        try replaceFile(path, with: content)
        return path
    }

    /// The cases of the specification.
    private var cases: String {
        let tests = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
        return "\(tests)/Fixtures/order_cases.json"
    }

    @Test func `run prints the result of every message, one a line`() async throws {
        let (output, code) = try await parse("run", cases)
        #expect(code == 0)
        let lines = output.split(separator: "\n")
        #expect(lines.count == 30)
        let first = try JSONValue(parsing: Array(try #require(lines.first).utf8))
        #expect(first["id"]?.stringValue == "labelled-basic")
        #expect(first["result"]?["customer_phone"]?.stringValue == "+2348030001122")
        #expect(first["result"]?["delivery_date"]?.stringValue == "2026-06-12")
    }

    @Test func `eval exits 0 when all cases hold`() async throws {
        let (output, code) = try await parse("eval", cases)
        #expect(code == 0)
        #expect(output.contains("30 of 30 cases hold"))
        #expect(output.contains("customer_phone"))
    }

    @Test func `eval exits 1 and names what differs`() async throws {
        let path = try file(
            #"[{"id": "a", "message": "/pending", "expected": {"outcome": "command", "command": "daily"}}]"#
        )
        let (output, code) = try await parse("eval", path)
        #expect(code == 1)
        #expect(output.contains(#"a: command: expected "daily", found "pending""#))
        #expect(output.contains("0 of 1 cases hold"))
        let (json, _) = try await parse("eval", "--json", path)
        let report = try JSONValue(parsing: Array(json.utf8))
        #expect(report["schema"]?.integerValue == 1)
        #expect(report["differences"]?.arrayValue?.count == 1)
    }

    @Test func `the day is the one in the business's zone, through summer time`() async throws {
        let path = try file(
            """
            [{"id": "lagos", "message": "Name: A B\\nPhone: 08031112222\\nAddress: Ikeja\\nItems: 1 pie\\nDate: today",
              "now": "2026-06-10T23:30:00Z", "timezone": "Africa/Lagos"},
             {"id": "london", "message": "Name: A B\\nPhone: 08031112222\\nAddress: Ikeja\\nItems: 1 pie\\nDate: today",
              "now": "2026-06-10T23:30:00Z", "timezone": "Europe/London"},
             {"id": "winter", "message": "Name: A B\\nPhone: 08031112222\\nAddress: Ikeja\\nItems: 1 pie\\nDate: today",
              "now": "2050-01-10T23:30:00Z", "timezone": "Europe/London"},
             {"id": "utc", "message": "Name: A B\\nPhone: 08031112222\\nAddress: Ikeja\\nItems: 1 pie\\nDate: today",
              "now": "2026-06-10T23:30:00Z", "timezone": "UTC"}]
            """
        )
        let (output, code) = try await parse("run", path)
        #expect(code == 0)
        let dates = try output.split(separator: "\n").map {
            try JSONValue(parsing: Array($0.utf8))["result"]?["delivery_date"]?.stringValue
        }
        #expect(dates == ["2026-06-11", "2026-06-11", "2050-01-10", "2026-06-10"])
    }

    @Test func `all mistakes of a file are told with place and path`() async throws {
        let path = try file(
            "[{\"id\": \"a\"},\n {\"id\": \"b\", \"message\": 5},\n {\"id\": \"b\", \"message\": \"\"}]"
        )
        let (output, code) = try await parse("run", path)
        #expect(code == 65)
        #expect(output.contains("cases.json: [0].message: a text is missing"))
        #expect(output.contains("cases.json:2:14: [1].message: a text is expected"))
        #expect(output.contains("cases.json:3:3: [2].id: \"b\" is the id of [1], too"))
    }

    @Test(arguments: [
        ("[{\"id\": \"a\",}]", "a comma before \"}\" is not allowed"), ("", "the file is empty"),
        ("{}", "an array of cases is expected"),
        ("[{\"id\": \"a\", \"message\": \"\", \"timezone\": \"../etc/passwd\"}]", "no time zone"),
        (
            "[{\"id\": \"a\", \"message\": \"\", \"timezone\": \"Africa/Nowhere\"}]",
            "[0].timezone: no time zone \"Africa/Nowhere\""
        ),
    ])
    func `a file that is no list of cases is told why`(content: String, reason: String) async throws {
        let (output, code) = try await parse("run", try file(content))
        #expect(code == 65)
        #expect(output.contains(reason))
    }

    @Test func `eval needs something to expect, and a file that is not there is said so`() async throws {
        let (output, code) = try await parse("eval", try file(#"[{"id": "a", "message": "x"}]"#))
        #expect(code == 65)
        #expect(output.contains("[0].expected: missing; eval needs it"))
        let (missing, status) = try await parse("run", "\(scratch.path)/none.json")
        #expect(status == 66)
        #expect(missing.contains("none.json: No such file or directory"))
    }
}

import Shared
import Testing

@testable import noviSupervisor

/// Commands that write JSON line after line.
@Suite struct StreamTests {
    private let folder: ScratchFolder
    private let layout: HomeLayout

    init() throws {
        folder = try ScratchFolder()
        layout = try folder.layout()
    }

    private func run(_ line: String) throws -> CommandLineRun.Result {
        try CommandLineRun.shell(line, environment: ["NOVI_HOME": folder.path])
    }

    private static func documents(_ text: String) throws -> [JSONValue] {
        try text.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
    }

    @Test func `a watch for scripts writes one object a look`() throws {
        let list = VarlinkReply(parameters: [
            "daemon": ["pid": 1], "processes": .array(StatusTableTests.processes),
        ])
        let daemon = try FakeDaemon(layout, Array(repeating: .replies([list]), count: 3))
        let result = try run("$N status --watch=100ms --json | head -n 2")
        #expect(result.status == 0, "\(result.errors)")
        let looks = try Self.documents(result.output)
        #expect(looks.count == 2)
        for look in looks {
            #expect(look["schema"] == 1)
            #expect(look["daemon"] == ["pid": 1])
            #expect(look["processes"]?.arrayValue == StatusTableTests.processes)
        }
        #expect(daemon.calls.count >= 2)
    }

    @Test func `a watch is not a check`() throws {
        let result = try run("$N status --watch --check")
        #expect(result.status == 64)
        #expect(result.errors.contains("--check looks once"))
    }

    @Test func `each record of logs tells its schema`() throws {
        let path = try folder.write("one\ntwo\n", to: "a.log")
        let files = VarlinkReply(parameters: [
            "files": [["process": "a", "id": 0, "namespace": "n", "output": .string(path)]]
        ])
        let daemon = try FakeDaemon(layout, [.replies([files])])
        let result = try run("$N logs --json")
        #expect(result.status == 0, "\(result.errors)")
        let records = try Self.documents(result.output)
        #expect(records.map { $0["message"] } == ["one", "two"])
        #expect(records.allSatisfy { $0.objectValue?.keys.first == "schema" && $0["schema"] == 1 })
        #expect(daemon.calls.count == 1)
    }
}

import Shared
import Testing

@testable import SupervisorClient
@testable import noviSupervisor

@Suite struct StateTests {
    @Test(arguments: [("online", true, 0), ("stopped", true, 0), ("stopped", false, 3), ("online", nil, 3)])
    func `check believes what the daemon says about a wish`(
        state: String,
        asWanted: Bool?,
        status: Int32
    )
        throws
    {
        let folder = try ScratchFolder()
        var process: JSONObject = ["name": "a", "instance": 0, "id": 0, "state": .string(state)]
        if let asWanted { process["as_wanted"] = .bool(asWanted) }
        let list = VarlinkReply(parameters: ["daemon": ["pid": 1], "processes": [.object(process)]])
        let daemon = try FakeDaemon(try folder.layout(), [.replies([list])])
        let result = try CommandLineRun.shell("$N status --check", environment: ["NOVI_HOME": folder.path])
        #expect(result.status == status, "\(result.errors)")
        #expect(daemon.calls.count == 1)
    }

    @Test func `restart of a file restarts what the file left as it was, once an app`() {
        let outcomes: [JSONValue] = [
            ["process": "a", "id": 0, "result": "unchanged"],
            ["process": "a:1", "id": 1, "result": "unchanged"],
            ["process": "b", "id": 2, "result": "changed"], ["process": "c", "id": 3, "result": "started"],
        ]
        let (apps, others) = RestartCommand.unchanged(outcomes)
        #expect(apps == ["a"])
        #expect(others.map { $0["process"]?.stringValue } == ["b", "c"])
    }

    @Test func `a regular expression becomes the names that it matches`() throws {
        let folder = try ScratchFolder()
        let list = VarlinkReply(parameters: [
            "daemon": ["pid": 1],
            "processes": [
                ["name": "web-1", "instance": 0], ["name": "web-1", "instance": 1],
                ["name": "api", "instance": 0],
            ],
        ])
        let daemon = try FakeDaemon(try folder.layout(), [.replies([list]), .replies([list])])
        let client = try ControlClient(daemon.layout)
        let resolved = try Selections.resolve(["db", "/^web/"], client)
        #expect(resolved == ["db", "web-1", "web-1:1"])
        let unmatched = #expect(throws: CommandFailure.self) {
            _ = try Selections.resolve(["/nothing/"], client)
        }
        #expect(unmatched?.status == .noSuchApp)
        let invalid = #expect(throws: CommandFailure.self) { _ = try Selections.resolve(["/(/"], client) }
        #expect(invalid?.status == .usage)
    }
}

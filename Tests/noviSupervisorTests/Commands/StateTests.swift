import Shared
import Testing

@testable import noviSupervisor

@Suite struct StateTests {
    @Test(
        arguments: [
            ("online", nil, true), ("online", "heap of 600.0 MiB above the soft limit of 500.0 MiB", true),
            ("stopped", nil, true), ("stopped", "stopped by root (pid 7)", true),
            ("stopped", "completed: exit code 0 after 2 s", true),
            ("stopped", "exit code 3 is one of stop_exit_codes", true),
            ("stopped", "ended with exit code 1; autorestart is off: exit code 1 after 2 s", false),
            ("errored", "gave up after 16 short runs: exit code 1", false), ("launching", nil, false),
            ("stopping", "stop asked for by root", false), ("waiting restart", "restarts in 1 s", false),
            ("a state of tomorrow", nil, false),
        ] as [(String, String?, Bool)]
    )
    func `check tells what is as wanted`(state: String, reason: String?, isAsWanted: Bool) {
        let process: JSONValue = ["state": .string(state), "reason": reason.map { .string($0) } ?? .null]
        #expect(StatusCommand.isAsWanted(process) == isAsWanted)
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

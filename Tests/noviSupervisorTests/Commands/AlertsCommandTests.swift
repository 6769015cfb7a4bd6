import Foundation
import Shared
import Testing

@testable import noviSupervisor

/// `alerts …` against a gateway that answers by script.
@Suite struct AlertsCommandTests {
    private let folder: ScratchFolder
    private let layout: HomeLayout

    init() throws {
        folder = try ScratchFolder()
        layout = try folder.layout()
        try makeFolder("\(layout.applicationRunDirectory)/gateway-0")
    }

    private func gateway(_ reply: JSONObject, error: String? = nil) throws -> FakeDaemon {
        let path = "\(layout.applicationRunDirectory)/gateway-0/worker.sock"
        try? FileManager.default.removeItem(atPath: path)
        return try FakeDaemon(layout, [.replies([VarlinkReply(parameters: reply, error: error)])], at: path)
    }

    private func run(_ line: String) throws -> CommandLineRun.Result {
        try CommandLineRun.shell(line, environment: ["NOVI_HOME": folder.path])
    }

    private static let open: JSONObject = [
        "alerts": [
            [
                "id": 7, "type": "app_down", "app": "api", "severity": "P1",
                "message": "api gave up\u{1B}[2J",
                "raised_at": 1_795_670_653, "told_at": 1_795_670_653, "acknowledged_by": .null,
                "acknowledged_at": .null, "cause": 3,
            ]
        ],
        "silences": [["id": 9, "type": .null, "app": "web", "until": 1_795_670_700, "reason": "release"]],
        "sinks": [["name": "hook", "sent": 1, "failed": 2, "dropped": 0], ["name": "mail", "sent": 1]],
    ]

    @Test func `what is open is a table, with silences and sinks in trouble below`() throws {
        let gateway = try gateway(Self.open)
        let result = try run("$N alerts list --check")
        #expect(result.status == 3)
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 4, "\(lines)")
        #expect(
            lines[1].hasPrefix(
                "7   P1        2026-11-26T05:24:13Z  api  api gave up\u{FFFD}[2J (because of 3)"
            )
        )
        #expect(lines[2] == "silence 9 of web until 2026-11-26T05:25:00Z: release")
        #expect(lines[3] == "hook could not be told 2 times; try: noviSupervisor alerts test hook")
        #expect(gateway.calls.map(\.method) == ["com.novi.Gateway.Alerts"])
    }

    @Test func `a sink that cannot be told is a failure, and one that is not there is named`() throws {
        _ = try gateway(["failure": "HTTP 500"])
        var result = try run("$N alerts test hook")
        #expect(result.status == 1 && result.errors.contains("hook cannot be told: HTTP 500"))
        _ = try gateway(
            ["reason": "there is no sink pager; there are journal"],
            error: "com.novi.Gateway.NotFound"
        )
        result = try run("$N alerts test pager")
        #expect(result.status == 1 && result.errors.contains("there is no sink pager; there are journal"))
    }

    @Test func `a silence needs a time, and gets its scope`() throws {
        #expect(try run("$N alerts silence --for soon").status == 64)
        let gateway = try gateway(["silence": ["id": 4]])
        let result = try run("$N alerts silence --for 2h --of api --reason release")
        #expect(result.output.hasPrefix("silence 4;"))
        let asked: JSONObject = ["app": "api", "seconds": 7200, "reason": "release"]
        #expect(gateway.calls.first?.parameters == asked)
    }

    @Test func `without a gateway it is said what is missing`() throws {
        let result = try run("$N alerts")
        #expect(result.status == 69 && result.errors.contains("have an app that runs noviGateway"))
    }
}

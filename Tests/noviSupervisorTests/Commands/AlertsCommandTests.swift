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

    @Test func `capacity is a table with the host at its end`() throws {
        func usage(_ values: Double..., growth: JSONValue = .null) -> JSONValue {
            [
                "average": .number(values[0]), "p95": .number(values[1]), "maximum": .number(values[2]),
                "last": .number(values[3]), "growth_per_day": growth,
            ]
        }
        let gateway = try gateway([
            "from": 1_794_460_800, "to": 1_795_670_400, "processors": 2, "disk_bytes": 107_374_182_400,
            "disk_available_bytes": 53_687_091_200,
            "processes": [
                [
                    "process": "api", "since": 1_794_460_800, "cpu": usage(2.14, 9.96, 45, 1),
                    "memory": usage(104_857_600, 1, 209_715_200, 157_286_400, growth: 1_048_576),
                    "heap": usage(1, 1, 1, 1, growth: 2_097_152), "limit_bytes": 838_860_800,
                    "limit_of": "heap", "days_until_limit": 21.6,
                ],
                [
                    "process": "web", "since": 1_795_600_000, "cpu": .null, "memory": usage(1, 1, 1, 1),
                    "heap": .null, "limit_bytes": .null, "limit_of": .null, "days_until_limit": .null,
                ],
            ],
            "host": .null,
        ])
        let result = try run("$N report capacity --days 30")
        #expect(result.status == 0)
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(
            lines.dropFirst().first
                == "api      2026-11-12  2.1 %     10.0 %  45.0 %  100.0 MiB    200.0 MiB  150.0 MiB  +2.0 MiB  800.0 MiB of heap  22 d",
            "\(lines)"
        )
        #expect(lines.dropFirst(3).first == "disk: 50.0 GiB of 100.0 GiB are free")
        #expect(lines.last == "growth is told of what was measured on three days and more")
        #expect(gateway.calls.first?.method == "com.novi.Gateway.Capacity")
        #expect(gateway.calls.first?.parameters["days"] == 30)
        #expect(try run("$N report capacity --days 0").status == 64)
    }

    @Test func `without a gateway it is said what is missing`() throws {
        let result = try run("$N alerts")
        #expect(result.status == 69 && result.errors.contains("have an app that runs noviGateway"))
    }
}

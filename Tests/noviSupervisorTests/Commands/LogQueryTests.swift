import Foundation
import Shared
import Testing

/// What `logs` shows of files, told by a daemon of the test.
@Suite struct LogQueryTests {
    private let folder: ScratchFolder
    private let layout: HomeLayout

    init() throws {
        folder = try ScratchFolder()
        layout = try folder.layout()
    }

    /// Runs a line against a daemon that tells of one process with its files.
    private func run(_ line: String, _ process: JSONObject) throws -> CommandLineRun.Result {
        var object: JSONObject = ["process": "a", "id": 7, "namespace": "n"]
        for (key, value) in process { object[key] = value }
        let reply = VarlinkReply(parameters: ["files": [.object(object)]])
        let daemon = try FakeDaemon(layout, [.replies([reply])])
        defer { _ = daemon.calls }
        return try CommandLineRun.shell(line, environment: ["NOVI_HOME": folder.path])
    }

    private func records(_ text: String) throws -> [JSONValue] {
        try text.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
    }

    private static let lines = [
        "INFO fine", "ERROR plain", #"{"level":"error","msg":"winston"}"#, #"{"level":50,"msg":"pino"}"#,
        "<3>systemd", "ALERT rule",
    ]
    private static let rules: JSONValue = [["match": "ALERT*", "level": "critical"]]

    private func recordFile() throws -> String {
        let text = Self.lines.map { line in
            let message = String(decoding: JSONValue.string(line).serialized(), as: UTF8.self)
            return
                #"{"message":\#(message),"timestamp":"2026-11-24T04:05:06","type":"out","process_id":9,"app_name":"a"}"#
                + "\n"
        }.joined()
        return try folder.write(text, to: "a-out.log")
    }

    @Test func `levels and rules hold for lines in records`() throws {
        let path = try recordFile()
        let process: JSONObject = [
            "output": .string(path), "log_type": "json", "log_date_format": "YYYY-MM-DDTHH:mm:ss",
            "level_rules": Self.rules,
        ]
        let found = try run("$N logs --level error --no-prefix", process)
        // The lines themselves are shown as they are.
        #expect(found.output.split(separator: "\n").count == 5, "\(found.output)\(found.errors)")
        #expect(found.output.hasPrefix(#"{"message":"ERROR plain","timestamp":"#))
        let told = try self.records(try run("$N logs --json", process).output)
        #expect(told.map { $0["message"]?.stringValue ?? "" } == Self.lines)
        #expect(
            told.map { $0["level"]?.stringValue ?? "" }
                == ["info", "error", "error", "error", "error", "critical"]
        )
        let page = try run("$N logs analyse --json", process)
        let app = try self.records(page.output).first?["apps"]?.arrayValue?.first
        #expect(app?["levels"]?["error"] == 4)
        #expect(app?["levels"]?["critical"] == 1)
    }

    @Test func `levels and rules hold for lines behind a stamp`() throws {
        let text = Self.lines.map { "2026-11-24T04:05:06: \($0)\n" }.joined()
        let path = try folder.write(text, to: "a-out.log")
        let process: JSONObject = [
            "output": .string(path), "log_date_format": "YYYY-MM-DDTHH:mm:ss", "level_rules": Self.rules,
        ]
        let found = try run("$N logs --level error --no-prefix | cut -c22-", process)
        #expect(found.output == Self.lines.dropFirst().joined(separator: "\n") + "\n", "\(found.errors)")
        let told = try self.records(try run("$N logs --json", process).output)
        #expect(told.map { $0["message"]?.stringValue ?? "" } == Self.lines)
    }

    @Test func `a file that instances share names the app, and an instance only where the line does`() throws
    {
        let path = try folder.write("one\n", to: "mg.log")
        let shared: JSONObject = ["process": "mg:1", "output": .string(path), "shared": true]
        #expect(try run("$N logs mg:1", shared).output == "mg | one\n")
        let record = try #require(try self.records(try run("$N logs mg:1 --json", shared).output).first)
        #expect(record["process_id"] == .null)
        #expect(record["app_name"] == "mg")
        var inRecords = shared
        inRecords["output"] = .string(try recordFile())
        inRecords["log_type"] = "json"
        let inRecord = try self.records(try run("$N logs mg:1 --json", inRecords).output)
        #expect(inRecord.allSatisfy { $0["process_id"] == 9 })
    }

    @Test func `a device is told and not read`() throws {
        let result = try run("$N logs", ["output": "/dev/full"])
        #expect(result.status == 0)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("/dev/full is no regular file"))
        let told = try self.records(try run("$N logs --json", ["output": "/dev/full"]).output)
        #expect(told.map { $0["notice"] } == ["no_file"])
    }

    @Test func `a damaged archive is told, and the status stays 0`() throws {
        let path = try folder.write("last\n", to: "a-out.log")
        try folder.write("no gzip at all\n", to: "a-out-2026-11-24-0001.log.gz")
        let result = try run("$N logs --no-prefix", ["output": .string(path)])
        #expect(result.status == 0)
        #expect(result.output == "last\n")
        #expect(result.errors.contains("a-out-2026-11-24-0001.log.gz is damaged; lines of it are missing"))
        let told = try self.records(try run("$N logs --json", ["output": .string(path)]).output)
        #expect(told.contains { $0["notice"] == "damaged" && $0["level"] == "warning" })
        let page = try run("$N logs analyse", ["output": .string(path)])
        #expect(page.status == 0)
        #expect(page.errors.contains("is damaged"))
    }

    @Test func `changes of log files are told to scripts, and a reopening to people`() throws {
        let files = VarlinkReply(parameters: ["rotated": ["/x/a.log"], "failures": []])
        let daemon = try FakeDaemon(layout, [.replies([files])])
        let result = try CommandLineRun.shell(
            "$N logs rotate --json",
            environment: ["NOVI_HOME": folder.path]
        )
        #expect(
            result.output == #"{"schema":1,"rotated":["/x/a.log"],"failures":[]}"# + "\n",
            "\(result.errors)"
        )
        #expect(daemon.calls.map(\.method) == ["com.novi.Supervisor.RotateLogs"])
    }

    @Test(arguments: [
        ("", "all log files are opened anew\n"), (" --json", "{\"schema\":1,\"reopened\":true}\n"),
    ])
    func `a reopening is confirmed`(option: String, output: String) throws {
        let daemon = try FakeDaemon(layout, [.replies([VarlinkReply(parameters: [:])])])
        let result = try CommandLineRun.shell(
            "$N reloadLogs\(option)",
            environment: ["NOVI_HOME": folder.path]
        )
        #expect(result.output == output)
        #expect(daemon.calls.count == 1)
    }
}

import Foundation
import LinuxSystem
import LogFiles
import Shared
import Testing

/// What the daemon does with rotated files, full disks and logs that cannot be opened.
struct LogKeepingEndToEndTests {
    private static let isRoot = geteuid() == 0

    private static func names(_ folder: String) -> [String] {
        ((try? Directory.names(in: folder)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }

    // F4
    @Test(.enabled(if: isRoot, "only root can mount a small file system"))
    func `a disk that gets full loses the oldest rotated logs at once, and the app no line`() throws {
        let fixture = try SupervisorFixture()
        let disk = try SmallDisk(fixture, "1m")
        for number in 1...5 { try disk.fill("flood-2025-11-24-000\(number).log", 150_000) }
        let lines = 6000
        let policy: JSONObject = [
            "on_full": "block", "frequency": "never", "maximum_file_bytes": .null, "keep_free_percent": 20,
            "compression": "none",
        ]
        let app = SupervisorFixture.app(
            "flood",
            [SupervisorFixture.child, "flood", "\(lines * 100)", "100"],
            [
                "logs": ["output": .string("\(disk.folder)/flood.log"), "policy": .object(policy)],
                "restart": ["enabled": false],
            ]
        )
        try fixture.apply(app, waits: false)
        let oracle = LogOracle(path: "\(disk.folder)/flood.log")
        try fixture.await("all lines", seconds: 60) {
            (try? FileStatus(path: oracle.log.path))?.size ?? 0 >= Int64(lines * 100)
        }
        let bytes = try FileContents.read(oracle.log.path, limit: 1 << 20)
        #expect(bytes.count == lines * 100)
        #expect(Self.names(disk.folder).count < 6)
        #expect(!Self.names(disk.folder).contains("flood-2025-11-24-0001.log"))
        try fixture.await("the event", seconds: 30) {
            try LogFaultEndToEndTests.words(fixture, "flood").contains("log_recovered")
        }
        try fixture.await("the guard's event", seconds: 30) {
            fixture.text("\(fixture.home)/logs/noviSupervisord.log").contains("were deleted")
        }
    }

    // F4: filled by others, and freed
    @Test(.enabled(if: isRoot, "only root can mount a small file system"))
    func `a disk that others fill and free costs no line that is not counted`() throws {
        let fixture = try SupervisorFixture()
        let disk = try SmallDisk(fixture, "1m")
        let lines = 60_000
        let path = "\(disk.folder)/flood.log"
        try disk.fill("others", 700_000)
        let policy: JSONObject = ["frequency": "never", "maximum_file_bytes": .null]
        try fixture.apply(LogFaultEndToEndTests.flood(lines, to: path, policy), waits: false)
        try fixture.await("the app to get through", seconds: 120) { fixture.hasEnded("flood") }
        try FileContents.remove("\(disk.folder)/others")
        let oracle = LogOracle(path: path)
        try fixture.await("the line that tells of the gap", seconds: 60) { oracle.markedLines() != nil }
        let kept = oracle.bytes().split(separator: 0x0A).count { $0.first != UInt8(ascii: "[") }
        #expect(kept + (oracle.markedLines() ?? 0) == lines)
        let figures = try LogFaultEndToEndTests.figures(fixture, "flood")
        #expect(figures["dropped_lines"]?.integerValue == Int64(oracle.markedLines() ?? 0))
    }

    // F5, M10
    @Test(.enabled(if: isRoot, "only root can mount a small file system"))
    func `an app whose log cannot be opened runs, and its output comes when it can`() throws {
        let fixture = try SupervisorFixture()
        let disk = try SmallDisk(fixture, "1m")
        try disk.setReadOnly(true)
        let path = "\(disk.folder)/new/talker.log"
        let logs: JSONValue = ["output": .string(path), "policy": ["on_full": "block"]]
        try fixture.apply(
            SupervisorFixture.shell("talker", "echo first; echo second; exec sleep 1000", ["logs": logs])
        )
        #expect(try fixture.status("talker")["state"]?.stringValue == "online")
        try fixture.await("the alert") {
            try LogFaultEndToEndTests.words(fixture, "talker").contains("log_blocked")
        }
        try disk.setReadOnly(false)
        try fixture.await("its lines") { fixture.text(path) == "first\nsecond\n" }
        try fixture.await("the end of the trouble") {
            try LogFaultEndToEndTests.words(fixture, "talker").contains("log_recovered")
        }
        // What is a mistake of the file is told at the start.
        let folder: JSONValue = ["output": .string(disk.folder)]
        try fixture.apply(SupervisorFixture.shell("wrong", "exec sleep 1000", ["logs": folder]))
        #expect(try fixture.status("wrong")["state"]?.stringValue != "online")
    }

    // M3
    @Test func `an app whose file another one writes is refused, by whatever name`() throws {
        let fixture = try SupervisorFixture()
        let real = "\(fixture.home)/real"
        try Directory.create(real, mode: 0o755)
        try #require(symlink("real", "\(fixture.home)/link") == 0)
        func app(_ name: String, _ path: String) -> JSONValue {
            SupervisorFixture.shell(name, "exec sleep 1000", ["logs": ["output": .string(path)]])
        }
        try fixture.apply(app("one", "\(real)/a.log"))
        for path in ["\(real)/a.log", "\(fixture.home)/link/a.log", "\(fixture.home)/logs/one-error.log"] {
            let refusal = #expect(throws: SupervisorFixture.Refusal.self) {
                try fixture.apply(app("two", path))
            }
            let text = String(describing: refusal?.parameters)
            #expect(text.contains("is written by one"))
        }
        // Further instances have numbered files.
        try fixture.apply(app("three", "\(real)/a-1.log"))
        #expect(throws: SupervisorFixture.Refusal.self) {
            try fixture.call("Scale", ["app": "one", "instances": 2])
        }
        // The app itself may be applied again.
        try fixture.apply(app("one", "\(fixture.home)/link/a.log"))
    }

    @Test(arguments: ["time", "merged", "combined"])
    func `what is derived is put aside and emptied on command, too`(_ kind: String) throws {
        let fixture = try SupervisorFixture()
        let all = "\(fixture.home)/logs/all.log"
        let visible = kind == "combined" ? all : "\(fixture.home)/logs/x-out.log"
        var settings: JSONObject = [:]
        switch kind {
        case "time": settings["logs"] = ["derived": ["stamp_pattern": "YYYY"]]
        case "merged":
            settings["instances"] = 2
            settings["logs"] = ["merges_instances": true]
        default: settings["logs"] = ["derived": ["combined": .string(all)]]
        }
        try fixture.apply(SupervisorFixture.shell("x", "echo word; exec sleep 1000", settings))
        try fixture.await("the line") { fixture.text(visible).contains("word") }
        let rotated = try fixture.call("RotateLogs", ["select": ["x"]])
        let paths = (rotated["rotated"]?.arrayValue ?? []).compactMap(\.stringValue)
        #expect(
            paths.contains { $0.hasPrefix(visible.dropLast(4) + "-2") && fixture.text($0).contains("word") }
        )
        #expect(!paths.contains { $0.contains(".raw") })
        #expect(rotated["failures"]?.arrayValue?.isEmpty == true)
        #expect(fixture.text(visible).isEmpty)
        try fixture.call("Restart", ["select": ["x"], "wait": true])
        try fixture.await("the next line") { fixture.text(visible).contains("word") }
        let flushed = try fixture.call("FlushLogs", ["select": ["x"]])
        let emptied = (flushed["flushed"]?.arrayValue ?? []).compactMap(\.stringValue)
        #expect(emptied.contains(visible))
        #expect(fixture.text(visible).isEmpty)
        if kind == "time" {
            try fixture.await("no raw output to be left") {
                let names = try Directory.names(in: "\(fixture.home)/logs")
                return names.allSatisfy {
                    !$0.hasPrefix(".x-out.log") || !$0.hasSuffix(".raw")
                        || !fixture.text("\(fixture.home)/logs/\($0)").contains("word")
                }
            }
        }
        // It goes on.
        try fixture.call("Restart", ["select": ["x"], "wait": true])
        try fixture.await("the line after that") { fixture.text(visible).contains("word") }
        #expect(try !LogFaultEndToEndTests.words(fixture, "x").contains("log_deriving_failed"))
    }

    @Test func `a file with the lines of others is emptied with them only`() throws {
        let fixture = try SupervisorFixture()
        let all = "\(fixture.home)/logs/all.log"
        let settings: JSONObject = ["logs": ["derived": ["combined": .string(all)]]]
        for name in ["a", "b"] {
            try fixture.apply(SupervisorFixture.shell(name, "echo \(name); exec sleep 1000", settings))
        }
        try fixture.await("both lines") { fixture.text(all).split(separator: "\n").count == 2 }
        let reply = try fixture.call("FlushLogs", ["select": ["a"]])
        #expect(fixture.text(all).split(separator: "\n").count == 2)
        let failures = (reply["failures"]?.arrayValue ?? []).compactMap(\.stringValue)
        #expect(failures.count == 1 && failures.allSatisfy { $0.contains("holds lines of b, too") })
        try fixture.call("FlushLogs", ["select": ["all"]])
        #expect(fixture.text(all).isEmpty)
    }

    @Test func `a derived log whose folder others remove comes back, and both are told of its app`() throws {
        let fixture = try SupervisorFixture()
        let folder = "\(fixture.home)/common"
        let settings: JSONObject = ["logs": ["derived": ["combined": .string("\(folder)/all.log")]]]
        let script = "i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done"
        try fixture.apply(SupervisorFixture.shell("x", script, settings))
        try fixture.await("lines") { !fixture.text("\(folder)/all.log").isEmpty }
        try FileManager.default.removeItem(atPath: folder)
        try fixture.await("lines again") { !fixture.text("\(folder)/all.log").isEmpty }
        // A link is in its place for a while, which is not followed.
        try #require(symlink("/dev/null", "\(folder)/link") == 0)
        try FileContents.rename("\(folder)/link", to: "\(folder)/all.log")
        try fixture.await("the trouble", seconds: 30) {
            try LogFaultEndToEndTests.words(fixture, "x").contains("log_deriving_failed")
        }
        try FileContents.remove("\(folder)/all.log")
        try fixture.await("its end", seconds: 30) {
            try LogFaultEndToEndTests.words(fixture, "x").contains("log_recovered")
        }
        try fixture.await("lines after that") { !fixture.text("\(folder)/all.log").isEmpty }
    }

    // F6
    @Test(
        .enabled(if: isRoot, "only root can attach a tracer here"),
        arguments: ["write", "fsync", "link"]
    )
    func `a compression that fails leaves the file, is told, and is done later`(_ call: String) throws {
        let folder = "/tmp/novi-keep-\(UInt32.random(in: 0 ... .max))"
        try Directory.create(folder, mode: 0o755)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let year = String(Clocks.timestamp(of: Clocks.realtimeNanoseconds()).prefix(4))
        let rotated = "\(folder)/x-\(year)-0001.log"
        let fixture = try SupervisorFixture(
            wrapper: [
                "/usr/bin/strace", "-f", "-qq", "-o", "/dev/null", "-P", "\(rotated).gz.tmp", "-e",
                "trace=\(call)", "-e", "inject=\(call):error=EIO:when=1",
            ]
        )
        let policy: JSONObject = [
            "date_pattern": "YYYY", "utc": true, "compression_delay_seconds": 0, "keep_free_percent": 0,
        ]
        let logs: JSONValue = ["output": .string("\(folder)/x.log"), "policy": .object(policy)]
        let script = "while :; do echo word; sleep 1; done"
        try fixture.apply(SupervisorFixture.shell("x", script, ["logs": logs]))
        try fixture.await("a word") { !fixture.text("\(folder)/x.log").isEmpty }
        try fixture.call("RotateLogs", ["select": ["x"]])
        let log = "\(fixture.home)/logs/noviSupervisord.log"
        try fixture.await("the alert", seconds: 30) { fixture.text(log).contains("cannot be kept") }
        #expect(fixture.text(rotated).hasPrefix("word\n"))
        #expect(!FileStatus.exists("\(rotated).gz"))
        // The next rotation wakes the keeper again.
        usleep(1_100_000)
        try fixture.call("RotateLogs", ["select": ["x"]])
        try fixture.await("the compressed file", seconds: 30) { FileStatus.exists("\(rotated).gz") }
        try fixture.await("no source", seconds: 30) { !FileStatus.exists(rotated) }
        #expect(!FileStatus.exists("\(rotated).gz.tmp"))
    }

    // F6
    @Test(.enabled(if: isRoot, "only root can attach a tracer here"))
    func `a commit that fails costs and doubles no line of a derived log`() throws {
        let folder = "/tmp/novi-commit-\(UInt32.random(in: 0 ... .max))"
        try Directory.create(folder, mode: 0o755)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let fixture = try SupervisorFixture(
            wrapper: [
                "/usr/bin/strace", "-f", "-qq", "-o", "/dev/null", "-P", "\(folder)/.all.log.commit", "-e",
                "trace=pwrite64", "-e", "inject=pwrite64:error=ENOSPC:when=3..4",
            ]
        )
        let lines = 20_000
        try fixture.apply(
            SupervisorFixture.app(
                "flood",
                [SupervisorFixture.child, "flood", "\(lines * 100)", "100"],
                [
                    "logs": ["derived": ["combined": .string("\(folder)/all.log")]],
                    "restart": ["enabled": false],
                ]
            ),
            waits: false
        )
        let oracle = LogOracle(path: "\(folder)/all.log")
        try fixture.await("all lines", seconds: 120) { oracle.size >= Int64(lines * 100) }
        #expect(oracle.faults(lines: lines) == [])
        try fixture.await("both events") {
            let words = try LogFaultEndToEndTests.words(fixture, "flood")
            return words.contains("log_deriving_failed") && words.contains("log_recovered")
        }
    }

    @Test func `a limit of all logs that is none is told, and the daemon runs`() throws {
        let fixture = try SupervisorFixture(environment: ["NOVI_LOGS_MAX_TOTAL": "lots"])
        try fixture.await("the warning") {
            fixture.text("\(fixture.home)/logs/noviSupervisord.log").contains(
                "NOVI_LOGS_MAX_TOTAL=lots is no size"
            )
        }
    }

    @Test func `all rotated logs together have a limit`() throws {
        let fixture = try SupervisorFixture(environment: ["NOVI_LOGS_MAX_TOTAL": "1m"])
        let policy: JSONObject = [
            "maximum_file_bytes": 200_000, "compression": "none", "keep_free_percent": 0,
        ]
        for name in ["a", "b"] {
            try fixture.apply(
                SupervisorFixture.app(
                    name,
                    [SupervisorFixture.child, "flood", "3000000", "100"],
                    ["logs": ["policy": .object(policy)], "restart": ["enabled": false]]
                ),
                waits: false
            )
        }
        try fixture.await("the end of both", seconds: 60) { fixture.hasEnded("a") && fixture.hasEnded("b") }
        func rotatedBytes() -> Int64 {
            Self.names("\(fixture.home)/logs").filter { $0.hasPrefix("a-out-") || $0.hasPrefix("b-out-") }
                .reduce(0) { $0 + ((try? FileStatus(path: "\(fixture.home)/logs/\($1)"))?.size ?? 0) }
        }
        try fixture.await("the limit", seconds: 30) { rotatedBytes() <= 1 << 20 }
        #expect(rotatedBytes() > 500_000)
        try fixture.await("the event") {
            fixture.text("\(fixture.home)/logs/noviSupervisord.log").contains("are more than 1048576 bytes")
        }
    }
}

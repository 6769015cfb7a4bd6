import Foundation
import LinuxSystem
import LogFiles
import Shared
import Testing

/// Disks that are full or fail, system calls that are cut short, writers that leave at the wrong moment.
struct LogFaultEndToEndTests {
    private static let isRoot = geteuid() == 0

    /// A flood of 100-byte lines into a file of its own.
    static func flood(
        _ lines: Int,
        to path: String,
        _ policy: JSONObject
    ) -> JSONValue {
        var policy = policy
        policy["keep_free_percent"] = 0
        policy["compression"] = "none"
        return SupervisorFixture.app(
            "flood",
            [SupervisorFixture.child, "flood", "\(lines * 100)", "100"],
            [
                "logs": ["output": .string(path), "policy": .object(policy)],
                "restart": ["enabled": false],
            ]
        )
    }

    static func words(_ fixture: SupervisorFixture, _ name: String) throws -> [String] {
        try fixture.events(name).compactMap { $0["event"]?.stringValue }
    }

    static func figures(_ fixture: SupervisorFixture, _ name: String) throws -> JSONValue {
        let reply = try fixture.call("Describe", ["select": [.string(name)]])
        return try #require(reply["descriptions"]?.arrayValue?.first?["log_streams"]?.arrayValue?.first)
    }

    // F4, Show 1
    @Test(.enabled(if: isRoot, "only root can mount a small file system"))
    func `a disk that is filled and freed again and again costs an app that waits no line`() throws {
        let fixture = try SupervisorFixture()
        let disk = try SmallDisk(fixture, "1m")
        let path = "\(disk.folder)/flood.log"
        let lines = 120_000
        let policy: JSONObject = ["on_full": "block", "frequency": "never", "maximum_file_bytes": 200_000]
        try fixture.apply(Self.flood(lines, to: path, policy), waits: false)
        let oracle = LogOracle(path: path)
        for size in ["2m", "4m", "8m", "16m"] {
            try fixture.await("the disk to be full", seconds: 60) {
                try Self.figures(fixture, "flood")["blocked"]?.boolValue == true
            }
            try disk.grow(size)
        }
        try fixture.await("the end of the flood", seconds: 120) { fixture.hasEnded("flood") }
        try fixture.await("its last line", seconds: 60) { oracle.size >= Int64(lines * 100) }
        #expect(oracle.faults(lines: lines) == [])
        let figures = try Self.figures(fixture, "flood")
        #expect(figures["written_bytes"]?.integerValue == Int64(lines * 100))
        #expect(figures["dropped_lines"]?.integerValue == 0)
        #expect((figures["blocked_ms"]?.integerValue ?? 0) > 0)
        // One alert, however often the disk was full within the minute.
        let words = try Self.words(fixture, "flood")
        #expect(words.contains("log_blocked"))
        #expect(words.contains("log_recovered"))
        #expect(words.count { $0 == "log_blocked" } <= 2)
    }

    // F4
    @Test(.enabled(if: isRoot, "only root can mount a small file system"))
    func `by default an app waits five seconds for a full disk, then every line that is missing is counted`()
        throws
    {
        let fixture = try SupervisorFixture()
        let disk = try SmallDisk(fixture, "1m")
        let path = "\(disk.folder)/flood.log"
        let lines = 60_000
        try fixture.apply(
            Self.flood(lines, to: path, ["frequency": "never", "maximum_file_bytes": .null]),
            waits: false
        )
        try fixture.await("the app to get through", seconds: 120) { fixture.hasEnded("flood") }
        try disk.grow("16m")
        let oracle = LogOracle(path: path)
        try fixture.await("the line that tells of the gap", seconds: 60) { oracle.markedLines() != nil }
        let kept = oracle.bytes().split(separator: 0x0A).count { $0.first != UInt8(ascii: "[") }
        #expect(kept + (oracle.markedLines() ?? 0) == lines)
        let figures = try Self.figures(fixture, "flood")
        #expect(figures["dropped_lines"]?.integerValue == Int64(oracle.markedLines() ?? 0))
        #expect(figures["read_bytes"]?.integerValue == Int64(lines * 100))
        let words = try Self.words(fixture, "flood")
        #expect(["log_blocked", "log_dropping", "log_recovered"].allSatisfy(words.contains))
    }

    // F5, F8
    @Test(
        .enabled(if: isRoot, "only root can attach a tracer here"),
        arguments: ["EIO", "EDQUOT", "EROFS", "ENOSPC", "EINTR", "EAGAIN"]
    )
    func `a write that fails for a while is told, tried again and loses nothing`(_ error: String) throws {
        let fixture = try SupervisorFixture(
            wrapper: [
                "/usr/bin/strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=splice",
                "-e", "inject=splice:error=\(error):when=3..5",
            ]
        )
        let lines = 20_000
        let path = "\(fixture.home)/logs/flood.log"
        try fixture.apply(Self.flood(lines, to: path, ["on_full": "block"]), waits: false)
        let oracle = LogOracle(path: path)
        try fixture.await("all lines", seconds: 120) { oracle.size >= Int64(lines * 100) }
        #expect(oracle.faults(lines: lines) == [])
        let isTrouble = !["EINTR", "EAGAIN"].contains(error)
        if isTrouble {
            try fixture.await("the alert and its end", seconds: 30) {
                let words = try Self.words(fixture, "flood")
                return words.contains("log_blocked") && words.contains("log_recovered")
            }
        }
        #expect(try Self.words(fixture, "flood").contains("log_blocked") == isTrouble)
    }

    // F16
    @Test func `an exit is told at once though a grandchild keeps the pipe, whose last words are kept`()
        throws
    {
        let fixture = try SupervisorFixture()
        let gate = "\(fixture.home)/gate"
        let script = """
            sh -c 'while ! [ -e \(gate) ]; do sleep 0.02; done; echo late; : > \(gate).done' &
            echo main; exit 7
            """
        let settings: JSONObject = [
            "restart": ["enabled": false],
            "stop": ["signal": "SIGTERM", "kill_timeout_ms": 5000, "includes_tree": false],
        ]
        try fixture.apply(SupervisorFixture.shell("parent", script, settings), waits: false)
        try fixture.await("the exit") { try fixture.lastEvent("exited", of: "parent") != nil }
        #expect(!FileStatus.exists("\(gate).done"))
        try "".write(toFile: gate, atomically: true, encoding: .utf8)
        try fixture.await("the grandchild's line") {
            String(decoding: fixture.log("parent-out"), as: UTF8.self) == "main\nlate\n"
        }
    }

    // F48
    @Test func `a torn last line stays as it is in the raw log and ends where it ended in a derived one`()
        throws
    {
        let fixture = try SupervisorFixture()
        let marker = "\(fixture.home)/ran"
        let script =
            "if [ -e \(marker) ]; then echo second; exec sleep 1000; fi; touch \(marker); printf 'to'; printf 'rn'; exit 1"
        for number in 0..<5 {
            try? FileContents.remove(marker)
            let name = "torn\(number)"
            let all = "\(fixture.home)/logs/all\(number).log"
            let derived: JSONValue = ["derived": ["combined": .string(all)]]
            try fixture.apply(
                SupervisorFixture.shell(
                    name,
                    script,
                    ["logs": derived, "restart": SupervisorFixture.restartsAtOnce]
                ),
                waits: false
            )
            try fixture.await("both runs") {
                fixture.log("\(name)-out") == Array("tornsecond\n".utf8)
            }
            try fixture.await("their lines in the derived log") {
                fixture.text(all).split(separator: "\n").count >= 2
            }
            #expect(fixture.text(all) == "torn\nsecond\n")
        }
    }

    // F7
    @Test
    func `a log in whose place others put a link or a pipe is not followed, and goes on when it is gone`()
        throws
    {
        let fixture = try SupervisorFixture()
        let path = "\(fixture.home)/logs/talker-out.log"
        let victim = "\(fixture.home)/victim"
        try "mine".write(toFile: victim, atomically: true, encoding: .utf8)
        try fixture.apply(
            SupervisorFixture.shell(
                "talker",
                "i=0; while :; do echo $i; i=$((i+1)); sleep 0.005; done",
                ["logs": ["policy": ["on_full": "block"]]]
            )
        )
        try fixture.await("words") { fixture.log("talker-out").count > 20 }
        for kind in ["link", "fifo", "folder"] {
            try FileManager.default.removeItem(atPath: path)
            switch kind {
            case "link": try #require(symlink(victim, path) == 0)
            case "fifo": try #require(mkfifo(path, 0o600) == 0)
            default: try Directory.create(path, mode: 0o700)
            }
            // Whoever is faster: a new file of the daemon's may be there already.
            try fixture.await("trouble, or a file in its place", seconds: 30) {
                let status = try? FileStatus(path: path, followsLinks: false)
                return try Self.figures(fixture, "talker")["blocked"]?.boolValue == true
                    || status?.kind == .regular
            }
            #expect(fixture.text(victim) == "mine")
            try FileManager.default.removeItem(atPath: path)
            try fixture.await("a file of its own", seconds: 30) { fixture.log("talker-out").count > 10 }
        }
    }

    // F30
    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["NOVI_LONG_LINE_BYTES"] != nil,
            "the real size is behind NOVI_LONG_LINE_BYTES=1000000000"
        )
    )
    func `a line of a gigabyte is written in bounded memory`() throws {
        let text = ProcessInfo.processInfo.environment["NOVI_LONG_LINE_BYTES"] ?? ""
        let bytes = try #require(Int64(text))
        let fixture = try SupervisorFixture()
        try fixture.apply(
            SupervisorFixture.shell(
                "endless",
                "head -c \(bytes) /dev/zero; exec sleep 1000",
                ["logs": ["policy": ["compression": "none"], "derived": ["combined": ""]]]
            )
        )
        let oracle = LogOracle(fixture, "endless-out")
        let proc = try ProcFilesystem()
        var peak: Int64 = 0
        try fixture.await("all of it", seconds: 300) {
            peak = max(peak, Int64(proc.stat(fixture.daemonPID)?.residentBytes ?? 0))
            return oracle.paths.reduce(0) { $0 + ((try? FileStatus(path: $1))?.size ?? 0) } >= bytes
        }
        #expect(peak < 60_000_000)
    }
}

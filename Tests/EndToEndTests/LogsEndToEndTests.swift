import Foundation
import LinuxSystem
import LogFiles
import Shared
import Testing

/// Primary and derived logs under rotation, crashes, full disks and other people's hands, held against the oracle.
struct LogsEndToEndTests {
    /// How often the daemon is killed; `NOVI_ORACLE_KILLS=300` for the long campaign.
    private static let kills =
        ProcessInfo.processInfo.environment["NOVI_ORACLE_KILLS"].flatMap { Int($0) } ?? 8

    private static func logs(_ policy: JSONObject, derived: JSONObject = [:]) -> JSONValue {
        ["policy": .object(policy), "derived": .object(derived)]
    }

    // Show 1, F25
    @Test
    func `rotation under load and a daemon that is killed again and again lose, double and cut no line`()
        throws
    {
        let fixture = try SupervisorFixture()
        let lines = 40_000 * Self.kills
        // A long campaign writes more than is kept by default.
        let policy: JSONObject = [
            "maximum_file_bytes": 300_000, "compression": "none", "on_full": "block",
            "maximum_total_bytes": .null, "keep_free_percent": 0,
        ]
        try fixture.apply(
            SupervisorFixture.app(
                "flood",
                [SupervisorFixture.child, "flood", "\(lines * 100)", "100"],
                ["logs": Self.logs(policy), "restart": ["enabled": false]]
            )
        )
        let oracle = LogOracle(fixture, "flood-out")
        for _ in 0..<Self.kills {
            let count = oracle.paths.count
            try fixture.await("a rotation", seconds: 60) {
                oracle.paths.count > count + 2 || fixture.hasEnded("flood")
            }
            fixture.killDaemon()
            try fixture.startDaemon()
        }
        try fixture.await("the end of the flood", seconds: 300) { fixture.hasEnded("flood") }
        try fixture.await("its last line") { oracle.size >= Int64(lines * 100) }
        #expect(oracle.faults(lines: lines) == [])
        #expect(oracle.endsAtLineEnds)
        #expect(oracle.paths.count > 10)
    }

    // Show 1: those who keep logrotate
    @Test func `files that others rename and a daemon that is told to reopen lose nothing`() throws {
        let fixture = try SupervisorFixture()
        let lines = 300_000
        try fixture.apply(
            SupervisorFixture.app(
                "flood",
                [SupervisorFixture.child, "flood", "\(lines * 100)", "100"],
                [
                    "logs": Self.logs(["maximum_file_bytes": .null, "frequency": "never"]),
                    "restart": ["enabled": false],
                ]
            ),
            waits: false
        )
        let oracle = LogOracle(fixture, "flood-out")
        var number = 0
        while !fixture.hasEnded("flood"), number < 500 {
            number += 1
            let target = "\(oracle.log.folder)/flood-out-2000-01-01-\(String(10_000 + number)).log"
            try? FileContents.rename(oracle.log.path, to: target)
            if number % 2 == 0 { try fixture.call("ReopenLogs") } else { try fixture.signalDaemon(SIGUSR2) }
        }
        try fixture.await("its last line", seconds: 30) { oracle.size >= Int64(lines * 100) }
        #expect(oracle.faults(lines: lines) == [])
        #expect(number > 2)
    }

    // F4, M10
    @Test(.enabled(if: geteuid() == 0, "only root can mount a small file system"))
    func
        `on a full disk the app goes on, whole lines are dropped, and the log heals with a line that tells it`()
        throws
    {
        let fixture = try SupervisorFixture()
        let folder = "\(fixture.home)/small"
        try Directory.create(folder, mode: 0o755)
        try #require(mount("tmpfs", folder, "tmpfs", 0, "size=1m") == 0)
        defer { umount2(folder, Int32(MNT_DETACH)) }
        let path = "\(folder)/app.log"
        let logs: JSONValue = [
            "output": .string(path), "error": .string(path),
            "policy": [
                "on_full": "drop", "keep_free_percent": 0, "frequency": "never", "maximum_file_bytes": .null,
            ],
        ]
        let script =
            "i=0; while [ $i -lt 40000 ]; do echo \"line $i of many that fill the disk\"; i=$((i+1)); done; "
            + "touch \(fixture.home)/done; while :; do echo after; sleep 0.02; done"
        try fixture.apply(SupervisorFixture.shell("app", script, ["logs": logs]))
        try fixture.await("the app to get through", seconds: 30) { FileStatus.exists("\(fixture.home)/done") }
        #expect(try fixture.status("app")["state"] == "online")
        try #require(mount("tmpfs", folder, "tmpfs", UInt(MS_REMOUNT), "size=8m") == 0)
        func text() -> String {
            String(decoding: (try? FileContents.read(path, limit: 8 << 20)) ?? [], as: UTF8.self)
        }
        try fixture.await("the marker and a line behind it") {
            let text = text()
            return text.contains("dropped: no space left on device") && text.hasSuffix("after\n")
        }
        let lines = text().split(separator: "\n")
        let marker = try #require(lines.firstIndex { $0.hasPrefix("[novi: ") })
        // What is there is whole and in order; what is not there was counted.
        #expect(lines[..<marker].enumerated().allSatisfy { $1 == "line \($0) of many that fill the disk" })
        #expect(
            lines[(marker + 1)...].allSatisfy { $0 == "after" || $0.hasSuffix("of many that fill the disk") }
        )
        let words = lines[marker].split(separator: " ")
        let dropped = try #require(words.count > 1 ? Int(words[1]) : nil)
        let description = try #require(
            try fixture.call("Describe", ["select": ["app"]])["descriptions"]?.arrayValue?.first
        )
        let counted = description["dropped_lines"]?.integerValue
        #expect(counted == Int64(dropped))
        let kept = lines.count - 1
        let afters = lines.count { $0 == "after" }
        let accounted: Int = kept - afters + dropped
        #expect(accounted >= 40_000)
    }

    // F7
    @Test func `a log that others cut, replace or remove with its folder goes on`() throws {
        let fixture = try SupervisorFixture()
        let path = "\(fixture.home)/logs/talker-out.log"
        try fixture.apply(SupervisorFixture.shell("talker", "while :; do echo word; sleep 0.005; done"))
        try fixture.await("words") { fixture.log("talker-out").count > 50 }
        #expect(truncate(path, 0) == 0)
        try fixture.await("words after the cut") { fixture.log("talker-out").count > 10 }
        #expect(fixture.text(path).hasPrefix("word\n"))
        try FileManager.default.removeItem(atPath: path)
        try fixture.await("a new file") { fixture.log("talker-out").count > 10 }
        try FileManager.default.removeItem(atPath: "\(fixture.home)/logs")
        try fixture.await("a new folder") { fixture.log("talker-out").count > 10 }
    }

    // F30
    @Test func `a line without an end is written in bounded memory`() throws {
        let fixture = try SupervisorFixture()
        let bytes = 80 << 20
        try fixture.apply(
            SupervisorFixture.shell(
                "endless",
                "head -c \(bytes) /dev/zero; exec sleep 1000",
                ["logs": Self.logs(["maximum_file_bytes": 10_000_000, "compression": "none"])]
            )
        )
        let oracle = LogOracle(fixture, "endless-out")
        let proc = try ProcFilesystem()
        try fixture.await("all of it", seconds: 40) {
            oracle.paths.reduce(0) { $0 + ((try? FileStatus(path: $1))?.size ?? 0) } >= Int64(bytes)
        }
        let resident = try #require(proc.stat(fixture.daemonPID)).residentBytes
        #expect(resident < 60_000_000)
        #expect(oracle.paths.count > 3)
        let isZero = oracle.bytes().allSatisfy { (byte: UInt8) -> Bool in byte == 0 }
        #expect(isZero)
    }

    // M8, M9
    @Test func `derived logs continue exactly where they were when the daemon is killed`() throws {
        let fixture = try SupervisorFixture()
        let combined = "\(fixture.home)/logs/combined.log"
        let problems = "\(fixture.home)/logs/problems.log"
        let script = """
            i=0; while [ $i -lt 600 ]; do echo "INFO $i"; echo "ERROR $i" >&2; i=$((i+1)); sleep 0.002; done
            printf 'no end'; exec sleep 1000
            """
        let derived: JSONObject = [
            "stamp_pattern": "HH:mm:ss", "combined": .string(combined),
            "level_files": ["error": .string(problems)],
        ]
        try fixture.apply(
            SupervisorFixture.shell("web", script, ["logs": Self.logs([:], derived: derived)]),
            SupervisorFixture.shell("job", script, ["logs": Self.logs([:], derived: derived)])
        )
        func lines(_ path: String) -> [Substring] { fixture.text(path).split(separator: "\n") }
        for count in [200, 600, 1000, 1400, 1800] {
            try fixture.await("more") { lines(combined).count > count }
            fixture.killDaemon()
            try fixture.startDaemon()
        }
        try fixture.await("all lines", seconds: 30) {
            lines(combined).count >= 2400 && lines(problems).count >= 1200
        }
        let texts = lines(combined).map { String($0.drop { $0 != " " }.dropFirst()) }
        for app in ["web", "job"] {
            for word in ["INFO", "ERROR"] {
                let mine = texts.filter { $0.hasPrefix("\(app) | \(word) ") }
                let wanted: [String] = (0..<600).map { "\(app) | \(word) \($0)" }
                #expect(mine == wanted)
            }
            let stamped = fixture.text("\(fixture.home)/logs/\(app)-out.log").split(separator: "\n")
            let words: [String] = stamped.map { String($0.dropFirst(10)) }
            let wanted: [String] = (0..<600).map { "INFO \($0)" }
            #expect(words == wanted)
            let haveStamps = stamped.allSatisfy { (line: Substring) -> Bool in
                line.dropFirst(8).hasPrefix(": ")
            }
            #expect(haveStamps)
        }
        let onlyErrors = lines(problems).allSatisfy { (line: Substring) -> Bool in line.contains("ERROR ") }
        #expect(onlyErrors)
        #expect(lines(problems).count == 1200)
    }

    @Test func `instances that share a file are put together by lines`() throws {
        let fixture = try SupervisorFixture()
        let script =
            "i=0; while [ $i -lt 300 ]; do echo \"$NOVI_INSTANCE:$i\"; i=$((i+1)); done; exec sleep 1000"
        try fixture.apply(
            SupervisorFixture.shell("many", script, ["instances": 3, "logs": ["merges_instances": true]])
        )
        try fixture.await("all lines") { fixture.log("many-out").split(separator: 0x0A).count >= 900 }
        let lines = String(decoding: fixture.log("many-out"), as: UTF8.self).split(separator: "\n")
        for instance in 0..<3 {
            let mine: [String] = lines.filter { $0.hasPrefix("\(instance):") }.map { String($0) }
            let wanted: [String] = (0..<300).map { "\(instance):\($0)" }
            #expect(mine == wanted)
        }
        #expect(lines.count == 900)
    }

    @Test func `logs are put aside and emptied on command`() throws {
        let fixture = try SupervisorFixture()
        try fixture.apply(SupervisorFixture.shell("one", "echo first; exec sleep 1000"))
        try fixture.await("its line") { fixture.log("one-out") == Array("first\n".utf8) }
        let rotated = try fixture.call("RotateLogs", ["select": ["one"]])["rotated"]?.arrayValue ?? []
        #expect(rotated.count == 1)
        #expect(fixture.text(rotated.first?.stringValue ?? "") == "first\n")
        try fixture.apply(SupervisorFixture.shell("two", "echo second; exec sleep 1000"))
        try fixture.await("its line") { fixture.log("two-out") == Array("second\n".utf8) }
        try fixture.call("FlushLogs", ["select": ["all"]])
        #expect(fixture.log("two-out").isEmpty)
    }
}

extension SupervisorFixture {
    /// Whether a process is stopped or given up.
    func hasEnded(_ name: String) -> Bool {
        let state = (try? status(name))?["state"]?.stringValue
        return state == "stopped" || state == "errored"
    }
}

import Foundation
import LinuxSystem
import Shared
import Testing

/// What `logs` finds, through the command line that people type.
struct LogQueryEndToEndTests {
    private static func logs(
        _ fixture: SupervisorFixture,
        _ arguments: String...
    ) throws -> (
        status: Int32, output: [String], errors: String
    ) {
        try run(["logs", "--home", fixture.home] + arguments)
    }

    private static func run(
        _ arguments: [String]
    ) throws -> (
        status: Int32, output: [String], errors: String
    ) {
        let process = Foundation.Process()
        process.executableURL = URL(fileURLWithPath: SupervisorFixture.binary("noviSupervisor"))
        process.arguments = arguments
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        return (process.terminationStatus, lines, complaints)
    }

    // Show 3
    @Test func `three apps with compressed archives are read in one order`() throws {
        let fixture = try SupervisorFixture()
        // Each line waits for the one before it by another app: their order is known.
        let policy: JSONValue = [
            "policy": ["maximum_file_bytes": 600, "compression": "gzip", "compression_delay_seconds": 0]
        ]
        let turns = "\(fixture.home)/turn"
        try "0".write(toFile: turns, atomically: true, encoding: .utf8)
        for (index, name) in ["api", "web", "job"].enumerated() {
            let script = """
                i=\(index); while [ $i -lt 90 ]; do
                  while [ "$(cat \(turns) 2>/dev/null)" != $i ]; do sleep 0.001; done
                  echo "step $i of \(name) with some words to fill the file"
                  sleep 0.004; i=$((i+1)); echo $i > \(turns).new; mv \(turns).new \(turns); i=$((i+2))
                done; exec sleep 1000
                """
            try fixture.apply(SupervisorFixture.shell(name, script, ["logs": policy]), waits: false)
        }
        try fixture.await("the last step", seconds: 60) {
            fixture.text(turns).hasPrefix("90") && fixture.text("\(fixture.home)/logs/job-out.log") != ""
        }
        try fixture.await("a compressed file") {
            ((try? Directory.names(in: "\(fixture.home)/logs")) ?? []).contains { $0.hasSuffix(".gz") }
        }
        let all = try Self.logs(fixture, "--since", "1h", "--no-prefix")
        let steps = all.output.compactMap { line in
            line.split(separator: " ").dropFirst().first.map(String.init)
        }
        #expect(steps == (0..<90).map(String.init))
        let found = try Self.logs(fixture, "--grep", "step [0-9]*7 ", "-n", "3")
        #expect(
            found.output.map { $0.contains("step 67 ") || $0.contains("step 77 ") || $0.contains("step 87 ") }
                == [true, true, true]
        )
        #expect(found.output.map { $0.prefix(4) } == ["web ", "job ", "api "])
        let records = try Self.logs(fixture, "web", "--json", "-n", "1")
        let record = try JSONValue(parsing: Array(try #require(records.output.first).utf8))
        #expect(record["app_name"]?.stringValue == "web")
        #expect(record["level"]?.stringValue == "info")
        #expect(record["message"]?.stringValue?.hasPrefix("step 88 ") == true)
        // Logs are files: they are there without a daemon as well.
        fixture.killDaemon()
        let orphaned = try Self.logs(fixture, "web", "job", "-n", "2", "--no-prefix")
        #expect(orphaned.output.map { $0.prefix(8) } == ["step 88 ", "step 89 "])
        #expect(orphaned.errors.contains("no daemon runs"))
    }

    @Test func `the run that ended last is told from the present one`() throws {
        let fixture = try SupervisorFixture()
        let script =
            "n=$(cat count 2>/dev/null || echo 0); echo $((n+1)) > count; echo run $n; [ $n = 0 ] && sleep 0.2 && exit 3; exec sleep 1000"
        try fixture.apply(SupervisorFixture.shell("two", "cd \(fixture.home); " + script), waits: false)
        try fixture.await("the second run") {
            fixture.text("\(fixture.home)/logs/two-out.log").contains("run 1")
        }
        #expect(try Self.logs(fixture, "two", "--no-prefix").output == ["run 0", "run 1"])
        #expect(try Self.logs(fixture, "two", "--no-prefix", "--previous").output == ["run 0"])
        let stamped = try Self.logs(fixture, "two", "--no-prefix", "-t", "-n", "1")
        #expect(stamped.output.first?.hasSuffix(" run 1") == true)
        #expect(stamped.output.first?.hasPrefix("20") == true)
        #expect(try Self.logs(fixture, "--since", "soon").status == 64)
        #expect(try Self.logs(fixture, "--grep", "(").status == 64)
        #expect(try Self.logs(fixture, "--level", "loud").status == 64)
    }

    // Spec rows A24, A25
    @Test func `the room that logs take and what they say in all is told, with and without a daemon`() throws
    {
        let fixture = try SupervisorFixture()
        let script = """
            i=0; while [ $i -lt 12 ]; do echo "GET /orders/$i 200 $((i * 10)) ms"
            echo "ERROR order $i failed" >&2; echo "    at step $i" >&2; i=$((i+1)); done
            echo "whatsapp disconnected: TIMEOUT; try 1 in 30 s"; exec sleep 1000
            """
        try fixture.apply(SupervisorFixture.shell("api", script))
        try fixture.apply(
            SupervisorFixture.shell("crash", "exit 3", ["restart": ["enabled": false]]),
            waits: false
        )
        try fixture.await("its last line") {
            String(decoding: fixture.log("api-out"), as: UTF8.self).hasSuffix("30 s\n")
                && fixture.log("api-error").count > 250
        }
        try fixture.await("the crash") { fixture.hasEnded("crash") }
        try fixture.call("RotateLogs", ["select": ["api"]])
        let tail = ["--home", fixture.home, "--json"]
        for isRunning in [true, false] {
            if !isRunning { fixture.killDaemon() }
            let usage = try Self.run(["logs", "usage", "api"] + tail)
            let room = try JSONValue(parsing: Array(try #require(usage.output.first).utf8))
            let app = try #require(room["apps"]?.arrayValue?.first)
            #expect(room["apps"]?.arrayValue?.count == 1)
            #expect(app["rotated_files"] == 2)
            #expect(app["rotated_bytes"]?.integerValue ?? 0 > 500)
            #expect(app["limits"]?["left_bytes"]?.integerValue ?? 0 > 1_000_000_000)
            #expect(app["oldest"]?.stringValue != nil)
            #expect(room["disks"]?.arrayValue?.count == 1)
            let analysis = try Self.run(["logs", "analyse", "--since", "1h"] + tail)
            let found = try JSONValue(parsing: Array(try #require(analysis.output.first).utf8))
            let api = try #require(found["apps"]?.arrayValue?.first { $0["name"] == "api" })
            let pattern = try #require(api["errors"]?["patterns"]?.arrayValue?.first)
            #expect(pattern["pattern"] == "order # failed" && pattern["count"] == 12)
            #expect(api["lines"] == 37)
            #expect(api["whatsapp"]?["lost"] == 1)
            let slowest = try #require(found["requests"]?["slowest"]?.arrayValue?.first)
            #expect(slowest["request"] == "GET /orders/#" && slowest["duration_ms"]?.numberValue == 110)
            let ends = try #require(found["restarts"]?.arrayValue?.first { $0["process"] == "crash" })
            let cause = ends["causes"]?["patterns"]?.arrayValue?.first?["pattern"]
            #expect(cause == "exited by itself with code 3")
            // The same twice.
            #expect(try Self.run(["logs", "analyse", "--since", "1h"] + tail).output.count == 1)
        }
        #expect(try Self.run(["logs", "usage", "nobody"] + tail).status == 4)
        let page = try Self.run(["logs", "usage", "--home", fixture.home])
        #expect(page.output.first?.hasPrefix("app ") == true)
        #expect(
            page.output.contains { $0.hasPrefix("api ") } && page.output.contains { $0.hasPrefix("all ") }
        )
    }
}

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
        let process = Foundation.Process()
        process.executableURL = URL(fileURLWithPath: SupervisorFixture.binary("noviSupervisor"))
        process.arguments = ["logs", "--home", fixture.home] + arguments
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
}

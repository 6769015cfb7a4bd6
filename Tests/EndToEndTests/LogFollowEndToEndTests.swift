import Foundation
import LinuxSystem
import Shared
import Testing

/// `logs -f`: who is too slow is told, and who comes later is followed.
struct LogFollowEndToEndTests {
    /// A follower that runs until the test is over; what it complains of goes to a file.
    private final class Follower {
        let process = Foundation.Process()
        let output = Pipe()
        let complaints: String

        init(_ fixture: SupervisorFixture, _ arguments: String..., writesTo path: String? = nil) throws {
            complaints = "\(fixture.home)/complaints-\(UInt32.random(in: 0 ... .max))"
            process.executableURL = URL(fileURLWithPath: SupervisorFixture.binary("noviSupervisor"))
            process.arguments = ["logs", "-f", "--home", fixture.home] + arguments
            process.standardOutput = try path.map { try Self.file($0) } ?? output
            process.standardError = try Self.file(complaints)
            try process.run()
        }

        deinit {
            process.terminate()
            process.waitUntilExit()
        }

        private static func file(_ path: String) throws -> FileHandle {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
            return try #require(FileHandle(forWritingAtPath: path))
        }
    }

    // F20
    @Test func `a reader that does not read holds nobody up and is told how much it missed`() throws {
        let fixture = try SupervisorFixture()
        let bytes = 100 << 20
        let policy: JSONObject = ["on_full": "block", "compression": "none", "keep_free_percent": 0]
        let waiting = "while [ ! -e \(fixture.home)/go ]; do sleep 0.01; done; echo first; "
        let flood =
            "while [ ! -e \(fixture.home)/flood ]; do sleep 0.01; done; "
            + "\(SupervisorFixture.child) flood \(bytes) 4000; touch \(fixture.home)/through; while [ ! -e \(fixture.home)/end ]; do sleep 0.01; done; "
            + "echo last; exec sleep 1000"
        try fixture.apply(
            SupervisorFixture.shell("flood", waiting + flood, ["logs": ["policy": .object(policy)]])
        )
        let follower = try Follower(fixture, "flood", "--json")
        try "".write(toFile: "\(fixture.home)/go", atomically: true, encoding: .utf8)
        let handle = follower.output.fileHandleForReading
        #expect(String(decoding: handle.availableData, as: UTF8.self).contains("first"))
        try "".write(toFile: "\(fixture.home)/flood", atomically: true, encoding: .utf8)
        // The app gets through although nobody reads the follower's output.
        try fixture.await("the flood", seconds: 240) { FileStatus.exists("\(fixture.home)/through") }
        var text = ""
        var records: [Substring] = []
        try fixture.await("the last line", seconds: 120) {
            text += String(decoding: handle.availableData, as: UTF8.self)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            text = String(lines.last ?? "")
            records += lines.dropLast().filter { $0.contains(#""notice""#) }
            // What is written after the skip is shown.
            if !records.isEmpty {
                try "".write(toFile: "\(fixture.home)/end", atomically: true, encoding: .utf8)
            }
            return lines.dropLast().contains { $0.contains(#""message":"last""#) }
        }
        let record = try JSONValue(parsing: Array(try #require(records.first).utf8))
        #expect(record["notice"] == "skipped")
        #expect((record["bytes"]?.integerValue ?? 0) > 64 << 20)
        #expect(fixture.text(follower.complaints).contains("this reader is too slow"))
    }

    @Test func `apps and instances that come later are followed, those that are selected`() throws {
        let fixture = try SupervisorFixture()
        func script(_ word: String) -> String { "echo \(word) $NOVI_INSTANCE; exec sleep 1000" }
        try fixture.apply(SupervisorFixture.shell("web", script("web")))
        try fixture.await("its line") { !fixture.log("web-out").isEmpty }
        let (all, some) = ("\(fixture.home)/all", "\(fixture.home)/some")
        let followers = [
            try Follower(fixture, writesTo: all), try Follower(fixture, "web*", "/^a/", writesTo: some),
        ]
        // The expression matches nothing yet, which is a mistake as ever.
        followers[1].process.waitUntilExit()
        #expect(followers[1].process.terminationStatus == 4)
        let globs = try Follower(fixture, "web*", writesTo: some)
        for path in [all, some] {
            try fixture.await("the first line") { fixture.text(path).contains("web | web 0") }
        }
        try fixture.apply(SupervisorFixture.shell("api", script("api")))
        try fixture.call("Scale", ["app": "web", "instances": 2, "wait": true])
        try fixture.apply(SupervisorFixture.shell("web-admin", script("admin")))
        for words in ["api | api 0", "web:1 | web 1", "web-admin | admin 0"] {
            try fixture.await(words) {
                fixture.text(all).replacing(/[ ]+/, with: " ").contains(words)
            }
        }
        try fixture.await("the selected ones") {
            let text = fixture.text(some).replacing(/[ ]+/, with: " ")
            return text.contains("web:1 | web 1") && text.contains("web-admin | admin 0")
        }
        #expect(!fixture.text(some).contains("api"))
        // A daemon that comes back is listened to again.
        fixture.killDaemon()
        try fixture.startDaemon()
        try fixture.apply(SupervisorFixture.shell("web-late", script("late")))
        try fixture.await("the late one") { fixture.text(some).contains("late 0") }
        #expect(fixture.text(some).split(separator: "\n").count == 4)
        withExtendedLifetime((followers, globs)) {}
    }

    // Levels of apps whose files are made of their output
    @Test func `levels are found behind stamps and in records`() throws {
        let fixture = try SupervisorFixture()
        let script = #"""
            echo 'ERROR plain'; echo '{"level":"error","msg":"x"}'; echo '<3>sd'; echo 'ALERT rule'; echo fine
            exec sleep 1000
            """#
        let rules: JSONValue = [["match": "ALERT*", "level": "critical"]]
        try fixture.apply(
            SupervisorFixture.shell(
                "jso",
                script,
                ["logs": ["derived": ["json": true, "level_rules": rules]]]
            ),
            SupervisorFixture.shell(
                "tim",
                script,
                ["logs": ["derived": ["stamp_pattern": "HH:mm:ss", "level_rules": rules]]]
            )
        )
        for name in ["jso", "tim"] {
            try fixture.await("its lines") { fixture.log("\(name)-out").count { $0 == 0x0A } == 5 }
            let output = "\(fixture.home)/found-\(name)"
            let follower = try Follower(fixture, name, "--json", "--level", "error", writesTo: output)
            try fixture.await("its errors") { fixture.text(output).count { $0 == "\n" } == 4 }
            let levels = try fixture.text(output).split(separator: "\n")
                .map { try JSONValue(parsing: Array($0.utf8))["level"] }
            #expect(levels == ["error", "error", "error", "critical"])
            withExtendedLifetime(follower) {}
        }
    }
}

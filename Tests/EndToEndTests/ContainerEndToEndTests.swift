import Foundation
import LinuxSystem
import Shared
import Testing

/// Container mode: foreground, output to the terminal, the apps' own exit status (M32).
struct ContainerEndToEndTests {
    private struct Result {
        var status: Int32
        var output: String
    }

    private func run(_ apps: [JSONValue], wrapper: String = "") throws -> Result {
        let home = "/tmp/novi-e2e-\(UInt32.random(in: 0 ... .max))"
        let definitions = "\(home)-apps"
        defer {
            try? FileManager.default.removeItem(atPath: home)
            try? FileManager.default.removeItem(atPath: definitions)
        }
        try AtomicFile.replace(definitions, JSONValue.array(apps).serialized())
        let process = Foundation.Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        let program = SupervisorFixture.binary("noviSupervisord")
        process.arguments = [
            "-c", "exec \(wrapper) \(program) --home \(home) --run --apps-fd 7 7<\(definitions)",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Result(status: process.terminationStatus, output: text)
    }

    private let once: JSONObject = ["restart": ["enabled": false]]

    @Test(arguments: [("exit 0", Int32(0)), ("exit 7", 7), ("kill -KILL $$", 137)])
    func `one app gives its own exit status`(script: String, status: Int32) throws {
        #expect(try run([SupervisorFixture.shell("job", script, once)]).status == status)
    }

    @Test func `of several the first failure counts, and lines carry the app's name`() throws {
        let result = try run([
            SupervisorFixture.shell("good", "echo hello", once),
            SupervisorFixture.shell("bad", "echo oops >&2; exit 4", once),
        ])
        #expect(result.status == 4)
        #expect(result.output.contains("good | hello\n"))
        #expect(result.output.contains("bad  | oops\n"))
    }

    @Test func `a last line without an end is written as well`() throws {
        let result = try run([
            SupervisorFixture.shell("out", "printf 'no end'", once),
            SupervisorFixture.shell("error", "printf 'fatal: no end' >&2; exit 5", once),
        ])
        #expect(result.status == 5)
        #expect(result.output.contains("out   | no end\n"))
        #expect(result.output.contains("error | fatal: no end\n"))
    }

    // F25
    @Test func `run goes on after a crash of its daemon, and passes the app's status on`() throws {
        let home = "/tmp/novi-e2e-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: home) }
        let script = "echo $$ >>\(home)/pids; until [ -e \(home)/go ]; do sleep 0.05; done; echo bye; exit 7"
        let app: JSONValue = [
            "name": "job", "script": "/bin/sh", "args": ["-c", .string(script)], "autorestart": false,
        ]
        let file: JSONValue = ["apps": [app]]
        try AtomicFile.replace("\(home)/ecosystem.json", file.serialized())
        let process = Foundation.Process()
        process.executableURL = URL(fileURLWithPath: SupervisorFixture.binary("noviSupervisor"))
        process.arguments = ["run", "--home", home, "\(home)/ecosystem.json"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let daemon = try pid(in: "\(home)/run/committed", otherThan: 0)
        #expect(daemon != process.processIdentifier, "the process itself is the keeper")
        _ = try pid(in: "\(home)/pids", otherThan: 0)
        kill(daemon, SIGKILL)
        _ = try pid(in: "\(home)/run/committed", otherThan: daemon)
        try AtomicFile.replace("\(home)/go", [])
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 7, "\(text)")
        #expect(text.contains("job | bye\n"), "\(text)")
        #expect(try FileContents.read("\(home)/pids", limit: 4096).count { $0 == 0x0A } == 1, "it ran twice")
    }

    /// Waits for a pid in a file, as its second word if there are several.
    private func pid(in path: String, otherThan former: Int32) throws -> Int32 {
        let end = Clocks.monotonicNanoseconds() + 60_000_000_000
        while true {
            let text = String(decoding: (try? FileContents.read(path, limit: 4096)) ?? [], as: UTF8.self)
            let words = text.split(whereSeparator: \.isWhitespace)
            let number = words.count > 1 ? words[1] : words.first ?? ""
            if let pid = Int32(number), pid != former { return pid }
            try #require(Clocks.monotonicNanoseconds() < end, "no new pid in \(path): \(text)")
            usleep(5000)
        }
    }

    // F40
    @Test(.enabled(if: geteuid() == 0, "only root can make a pid namespace here"))
    func `as PID 1 it reaps what loses its parent`() throws {
        // Five orphans are seen below PID 1, then neither they nor their remains.
        let script = """
            count() { cat /proc/[0-9]*/stat 2>/dev/null | grep -c "$1"; }
            for i in 1 2 3 4 5; do (sleep 0.5 &); done
            i=0; until [ "$(count '(sleep) S 1 ')" = 5 ]; do i=$((i+1)); [ $i -lt 200 ] || exit 2; done
            i=0; until [ "$(count '(sleep) [A-Z] 1 ')" = 0 ]; do i=$((i+1)); [ $i -lt 400 ] || exit 3; sleep 0.02; done
            exit 7
            """
        let result = try run(
            [SupervisorFixture.shell("job", script, once)],
            wrapper: "unshare -pf --mount-proc --kill-child"
        )
        #expect(result.status == 7, "\(result.output)")
    }
}

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

    private func run(_ apps: [JSONValue]) throws -> Result {
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
        process.arguments = ["-c", "exec \(program) --home \(home) --run --apps-fd 7 7<\(definitions)"]
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
        #expect(result.output.contains("bad | oops\n"))
    }
}

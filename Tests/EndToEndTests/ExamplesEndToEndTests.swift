import Foundation
import LinuxSystem
import Shared
import Testing

/// The apps in other languages that are shipped, through the command line that people type.
struct ExamplesEndToEndTests {
    @Test func `the examples in Python and Node say that they are ready, write, and end in order`() throws {
        let fixture = try SupervisorFixture()
        let process = Foundation.Process()
        process.executableURL = URL(fileURLWithPath: SupervisorFixture.binary("noviSupervisor"))
        process.arguments = [
            "start", "\(SystemdHost.package)/examples/ecosystem.json", "--wait", "--timeout", "120s",
            "--home",
            fixture.home,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
        for name in ["python-example", "node-example"] {
            #expect(try fixture.status(name)["state"] == "online", "\(text)")
            #expect(try fixture.lastEvent("online", of: name) != nil)
            try fixture.await("\(name) to write") {
                fixture.text("\(fixture.home)/logs/\(name)-out.log").contains("line 1")
            }
        }
        try fixture.call("Stop", ["select": ["all"], "timeout_ms": 60_000])
        for name in ["python-example", "node-example"] {
            #expect(try fixture.lastEvent("exited", of: name)?["fields"]?["code"] == 0)
            #expect(fixture.text("\(fixture.home)/logs/\(name)-out.log").contains("ended in order"))
        }
    }
}

import Foundation
import LinuxSystem
import Shared
import Testing

/// What a daemon at rest holds of its own memory.
struct MemoryEndToEndTests {
    @Test func `a daemon at rest lets go of what only the start and commands needed`() throws {
        let fixture = try SupervisorFixture()
        try fixture.apply(SupervisorFixture.app("web", ["/bin/sleep", "1000"]))
        let peak = try kibibytes("VmHWM", of: fixture.daemonPID)
        try fixture.await("less than half of the peak") {
            try kibibytes("VmRSS", of: fixture.daemonPID) * 2 < peak
        }
        // What was let go comes back when it is used.
        #expect(try fixture.status("web")["state"] == "online")
        let first = try fixture.pid("web")
        try fixture.call("Restart", ["select": ["web"], "wait": true])
        #expect(try fixture.pid("web") != first)
    }

    private func kibibytes(_ key: String, of process: Int32) throws -> Int64 {
        let text = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("\(key):") })
        let digits = line.drop { !$0.isNumber }.prefix { $0.isNumber }
        return try #require(Int64(digits))
    }
}

import Foundation
import LinuxSystem
import Shared
import Testing

/// What a daemon finds that takes over, where more was lost than the daemon before.
struct AdoptionEndToEndTests {
    @Test func `what runs and is in no state file any more runs on and is told`() throws {
        let fixture = try SupervisorFixture(isKept: true)
        try fixture.apply(SupervisorFixture.app("sleeper", ["/bin/sleep", "1000"]))
        let app = try fixture.pid("sleeper")
        try fixture.withoutDaemon {
            for file in ["state/desired.json", "state/desired.json.last-good", "run/desired.json"] {
                try? FileContents.remove("\(fixture.home)/\(file)")
            }
        }
        let status = try fixture.status("sleeper")
        #expect(status["pid"] == .integer(Int64(app)))
        #expect(status["state"] == "online")
        #expect(
            status["reason"]?.stringValue?.contains("its definition was lost") == true,
            "\(status)"
        )
        // It can be ended as any other, and defined again.
        try fixture.call("Stop", ["select": ["sleeper"]])
        #expect(!SupervisorFixture.isAlive(app))
        try fixture.apply(SupervisorFixture.app("sleeper", ["/bin/sleep", "1000"]))
        #expect(try fixture.status("sleeper")["state"] == "online")
    }

    @Test
    func
        `what a main process left behind that died while no daemon ran is ended before its successor starts`()
        throws
    {
        let fixture = try SupervisorFixture(isKept: true)
        // Each main process notes itself, its child, and whether the child of the one before is there still.
        let script = """
            [ ! -e \(fixture.home)/child ] || { kill -0 $(cat \(fixture.home)/child) 2>/dev/null && touch \(fixture.home)/two; }
            sleep 1000 &
            echo $! >\(fixture.home)/child
            wait
            """
        try fixture.apply(SupervisorFixture.shell("parent", script))
        try fixture.await("its child") { !fixture.text("\(fixture.home)/child").isEmpty }
        let main = try fixture.pid("parent")
        let child = try #require(Int32(fixture.text("\(fixture.home)/child").dropLast()))
        try fixture.withoutDaemon {
            kill(main, SIGKILL)
            try fixture.await("the main process's end") { !SupervisorFixture.isAlive(main) }
            #expect(SupervisorFixture.isAlive(child))
        }
        try fixture.await("a successor") {
            let status = try fixture.status("parent")
            return status["state"] == "online" && status["pid"] != .integer(Int64(main))
        }
        #expect(!SupervisorFixture.isAlive(child))
        try fixture.await("the successor's child") {
            fixture.text("\(fixture.home)/child") != "\(child)\n"
                && !fixture.text("\(fixture.home)/child").isEmpty
        }
        #expect(!FileStatus.exists("\(fixture.home)/two"), "both were there")
        #expect(try fixture.events("parent").contains { $0["fields"]?["signal"] == "SIGKILL" })
    }
}

import Foundation
import LinuxSystem
import Shared
import Testing

/// Who starts the daemon again where there is no service manager (M16).
struct KeeperEndToEndTests {
    // F25
    @Test func `a killed daemon is back with every app as it was`() throws {
        let fixture = try SupervisorFixture(isKept: true)
        let sleeper = SupervisorFixture.app("sleeper", ["/bin/sleep", "1000"], ["instances": 2])
        try fixture.apply(sleeper, SupervisorFixture.shell("other", "while :; do sleep 0.1; done"))
        let names = ["sleeper:0", "sleeper:1", "other"]
        let before = try names.map { try fixture.status($0) }
        let daemon = try #require(fixture.answeringDaemon())
        #expect(daemon != fixture.daemonPID, "the daemon is the keeper's child, not the keeper")
        kill(daemon, SIGKILL)
        try fixture.awaitSuccessor(of: daemon)
        for (name, former) in zip(names, before) {
            let present = try fixture.status(name)
            #expect(present["pid"] == former["pid"])
            #expect(present["state"] == "online")
            #expect(present["restarts"] == former["restarts"])
            let uptimes = [former, present].map { $0["uptime_ms"]?.integerValue ?? -1 }
            #expect(uptimes[0] <= uptimes[1], "the uptime began anew")
        }
        #expect(fixture.text("\(fixture.home)/logs/noviSupervisord.log").contains("was killed by SIGKILL"))
    }

    @Test func `a killed keeper is replaced by the daemon, whose children stay children`() throws {
        let fixture = try SupervisorFixture(isKept: true)
        try fixture.apply(SupervisorFixture.app("sleeper", ["/bin/sleep", "1000"]))
        let app = try fixture.pid("sleeper")
        let daemon = try #require(fixture.answeringDaemon())
        #expect(SupervisorFixture.parent(of: app) == daemon)
        fixture.killDaemon()
        try fixture.awaitSuccessor(of: daemon)
        #expect(fixture.holder("keeper.lock") == daemon, "the daemon did not become the keeper")
        #expect(SupervisorFixture.parent(of: app) == daemon)
        #expect(try fixture.pid("sleeper") == app)
        // Once more: the new keeper does what the first one did.
        let second = try #require(fixture.answeringDaemon())
        kill(second, SIGKILL)
        try fixture.awaitSuccessor(of: second)
        #expect(try fixture.pid("sleeper") == app)
        try fixture.call("Shutdown", ["timeout_ms": 5000])
        try fixture.await("the end of the keeper") { !SupervisorFixture.isAlive(daemon) }
    }

    @Test func `keeper and daemon killed at once leave the apps to the next start`() throws {
        let fixture = try SupervisorFixture(isKept: true)
        try fixture.apply(SupervisorFixture.app("sleeper", ["/bin/sleep", "1000"]))
        let app = try fixture.pid("sleeper")
        let daemon = try #require(fixture.answeringDaemon())
        // Stopped first, so that neither has a moment to bring the other back.
        kill(fixture.daemonPID, SIGSTOP)
        kill(daemon, SIGKILL)
        fixture.killDaemon()
        try fixture.await("the daemon's end") { !SupervisorFixture.isAlive(daemon) }
        #expect(SupervisorFixture.isAlive(app))
        try fixture.startDaemon()
        #expect(try fixture.pid("sleeper") == app)
    }

    @Test func `how a child ended while no daemon ran is known`() throws {
        let fixture = try SupervisorFixture(isKept: true)
        let script = "until [ -e \(fixture.home)/go ]; do sleep 0.05; done; exit 7"
        try fixture.apply(SupervisorFixture.shell("job", script, ["restart": ["enabled": false]]))
        let app = try fixture.pid("job")
        let daemon = try #require(fixture.answeringDaemon())
        // The keeper is held up, so that there is no daemon for as long as the child takes.
        kill(fixture.daemonPID, SIGSTOP)
        kill(daemon, SIGKILL)
        try fixture.await("the daemon's end") { !SupervisorFixture.isAlive(daemon) }
        try AtomicFile.replace("\(fixture.home)/go", [])
        try fixture.await("the child's end") { !SupervisorFixture.isAlive(app) }
        kill(fixture.daemonPID, SIGCONT)
        try fixture.awaitSuccessor(of: daemon)
        let events = try fixture.events("job")
        #expect(events.compactMap { $0["fields"]?["code"]?.integerValue } == [7], "\(events)")
        #expect(try fixture.status("job")["state"] == "stopped")
    }

    @Test func `an ordered end ends the keeper, with status 0`() throws {
        let fixture = try SupervisorFixture(isKept: true)
        try fixture.apply(SupervisorFixture.app("sleeper", ["/bin/sleep", "1000"]))
        let app = try fixture.pid("sleeper")
        try fixture.signalDaemon(SIGTERM)
        #expect(fixture.awaitDaemonEnd())
        #expect(fixture.reapedStatus() == .exited(0))
        #expect(!SupervisorFixture.isAlive(app))
        for mark in ["committed", "launched"] {
            #expect(!FileStatus.exists("\(fixture.home)/run/\(mark)"), "the next start would look at \(mark)")
        }
    }

    @Test func `the keeper needs less than 400 KiB`() throws {
        let fixture = try SupervisorFixture(isKept: true)
        let proc = try ProcFilesystem()
        let size = try #require(proc.proportionalSetSize(fixture.daemonPID))
        #expect(size < 400 << 10, "\(size) bytes")
    }

    /// `NOVI_KILLS=300` for the long run.
    private static let kills = ProcessInfo.processInfo.environment["NOVI_KILLS"].flatMap { Int($0) } ?? 8

    // F25, F26
    @Test func `kills under log load cost no line and no app`() throws {
        let fixture = try SupervisorFixture(isKept: true)
        // About 0.4 MB/s in lines of 100 bytes, 1.6 s for each kill; the oracle reads what is not compressed.
        let lines = Self.kills * 6000
        let flood = [SupervisorFixture.child, "flood", "\(lines * 100)", "100", "10"]
        let once: JSONObject = [
            "restart": ["enabled": false], "logs": ["policy": ["compression": "none"]],
        ]
        try fixture.apply(
            SupervisorFixture.app("flood", flood, once),
            SupervisorFixture.app("sleeper", ["/bin/sleep", "100000"])
        )
        let app = try fixture.pid("sleeper")
        let writer = try fixture.pid("flood")
        var killsUnderLoad = 0
        for number in 0..<Self.kills {
            let daemon = try #require(fixture.answeringDaemon())
            // Every fourth time the keeper.
            let victim = number % 4 == 3 ? try #require(fixture.holder("keeper.lock")) : daemon
            usleep(UInt32.random(in: 0...1_200_000))
            if SupervisorFixture.isAlive(writer) { killsUnderLoad += 1 }
            kill(victim, SIGKILL)
            try fixture.awaitSuccessor(of: daemon)
            #expect(try fixture.pid("sleeper") == app)
        }
        #expect(killsUnderLoad >= Self.kills / 2, "the load ended too early")
        try fixture.await("the end of the flood", seconds: 600) { !SupervisorFixture.isAlive(writer) }
        let oracle = LogOracle(fixture, "flood-out")
        var faults: [String] = []
        try? fixture.await("the last lines in the file", seconds: 30) {
            faults = oracle.faults(lines: lines)
            return faults.isEmpty
        }
        #expect(faults.isEmpty, "\(faults)")
        #expect(try fixture.status("sleeper")["restarts"] == 0)
    }
}

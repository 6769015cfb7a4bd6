import Foundation
import LinuxSystem
import Shared
import Testing

/// What the machine, other programs and an earlier daemon leave the daemon to live with.
struct SurroundingsEndToEndTests {
    /// Gives the home to `nobody` and becomes it before the daemon begins; the home is the third word of its command.
    private static let asNobody =
        "chown 65534:65534 \"$3\"; exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$@\""

    // F2
    @Test func `each reason of a refused exec is told by its own name`() throws {
        let fixture = try SupervisorFixture()
        let text = "\(fixture.home)/text"
        try AtomicFile.replace(text, Array("no program at all\n".utf8), mode: 0o755)
        let plain = "\(fixture.home)/plain"
        try AtomicFile.replace(plain, Array("#!/bin/sh\n".utf8), mode: 0o644)
        // One string of an environment may have 128 KiB (execve(2)).
        let huge: JSONValue = ["PATH": "/bin", "HUGE": .string(String(repeating: "x", count: 200_000))]
        let cases: [(JSONValue, String)] = [
            (SupervisorFixture.app("text", [text]), "ENOEXEC"),
            (SupervisorFixture.app("plain", [plain]), "EACCES"),
            (SupervisorFixture.app("huge", ["/bin/sleep", "1"], ["environment": huge]), "E2BIG"),
        ]
        for (app, error) in cases {
            let name = app["name"]?.stringValue ?? ""
            try fixture.apply(app, waits: false)
            let event = try #require(try fixture.lastEvent("launch_failed", of: name))
            #expect(event["fields"]?["error"]?.stringValue == error)
            #expect(event["fields"]?["stage"] == "exec")
        }
    }

    // F3
    @Test(.enabled(if: geteuid() == 0, "only root can give root up"))
    func `what only root may do fails before exec, with the step named`() throws {
        let fixture = try SupervisorFixture(
            wrapper: ["/usr/bin/prlimit", "--nofile=256:256", "/bin/sh", "-c", Self.asNobody, "sh"]
        )
        let root: JSONValue = ["name": "root", "uid": 0, "gid": 0, "supplementary_gids": []]
        let limits: JSONValue = ["resources": [["resource": "nofile", "soft": 4096, "hard": 4096]]]
        let marker = "\(fixture.home)/run/ran"
        let cases: [(JSONValue, [String])] = [
            (
                SupervisorFixture.shell("other", "touch \(marker)", ["user": root]),
                ["setgroups", "setgid", "setuid"]
            ),
            (SupervisorFixture.shell("greedy", "touch \(marker)", ["limits": limits]), ["rlimit"]),
        ]
        for (app, stages) in cases {
            let name = app["name"]?.stringValue ?? ""
            try fixture.apply(app, waits: false)
            let event = try #require(try fixture.lastEvent("launch_failed", of: name))
            #expect(event["fields"]?["error"] == "EPERM")
            #expect(stages.contains(event["fields"]?["stage"]?.stringValue ?? ""))
        }
        #expect(!FileStatus.exists(marker))
    }

    // F16
    @Test func `an exit is recorded while a grandchild keeps the pipe, and its later words are not lost`()
        throws
    {
        let fixture = try SupervisorFixture()
        let signal = "\(fixture.home)/go"
        let settings: JSONObject = [
            "restart": ["enabled": false],
            "stop": ["signal": "SIGTERM", "kill_timeout_ms": 1000, "includes_tree": false],
        ]
        // The grandchild ends by itself after 20 s at most, also when this test fails.
        let grandchild =
            "i=0; while [ ! -e \(signal) ] && [ $i -lt 1000 ]; do sleep 0.02; i=$((i+1)); done; echo late"
        try fixture.apply(
            SupervisorFixture.shell("leaver", "echo early; (\(grandchild)) & exit 0", settings),
            waits: false
        )
        try fixture.await("the end", seconds: 5) { try fixture.status("leaver")["state"] == "stopped" }
        #expect(try fixture.lastEvent("exited", of: "leaver")?["fields"]?["code"] == 0)
        try fixture.await("the first line") { fixture.log("leaver-out") == Array("early\n".utf8) }
        try AtomicFile.replace(signal, [])
        try fixture.await("the late line") { fixture.log("leaver-out") == Array("early\nlate\n".utf8) }
    }

    // F18
    @Test(arguments: [true, false])
    func `a foreign process is never taken for a run of ours`(reusesNumber: Bool) throws {
        let fixture = try SupervisorFixture()
        try fixture.apply(SupervisorFixture.app("web", ["/bin/sleep", "1000"]))
        let old = try fixture.pid("web")
        fixture.killDaemon()
        kill(old, SIGKILL)
        try fixture.await("its end") { !SupervisorFixture.isAlive(old) }
        let foreign = Foundation.Process()
        foreign.executableURL = URL(fileURLWithPath: "/bin/sleep")
        foreign.arguments = ["1000"]
        try foreign.run()
        // SIGKILL: the thread that starts it may have SIGTERM blocked, and so would the child.
        defer {
            kill(foreign.processIdentifier, SIGKILL)
            foreign.waitUntilExit()
        }
        let pid = foreign.processIdentifier
        // Either the number came back with another start, or all is equal but the boot.
        let path = "\(fixture.home)/run/runs.journal"
        var lines = fixture.text(path).split(separator: "\n").map(String.init)
        let index = try #require(lines.firstIndex { $0.hasPrefix("pid ") })
        var words = lines[index].split(separator: " ").map(String.init)
        words[2] = "\(pid)"
        if !reusesNumber {
            words[3] = "\(try #require(ProcFilesystem().stat(pid)).startTicks)"
            lines[0] = "novi-runs 1 00000000-0000-4000-8000-000000000000"
        } else {
            words[3] = "\(try #require(UInt64(words[3])) - 1)"
        }
        lines[index] = words.joined(separator: " ")
        try AtomicFile.replace(path, Array((lines.joined(separator: "\n") + "\n").utf8))
        try fixture.startDaemon()
        try fixture.await("another run") { try fixture.status("web")["pid"]?.integerValue != nil }
        #expect(try fixture.pid("web") != pid)
        try fixture.call("Stop", ["select": ["all"]])
        #expect(SupervisorFixture.isAlive(pid))
    }

    // F36
    @Test func `a stop while a process starts ends it, and two stops are both answered`() throws {
        let fixture = try SupervisorFixture()
        let settings: JSONObject = [
            "readiness": ["type": "notify", "timeout_ms": 60_000],
            "stop": ["signal": "SIGTERM", "kill_timeout_ms": 500, "includes_tree": true],
        ]
        try fixture.apply(
            SupervisorFixture.app("slow", [SupervisorFixture.child, "ignore-term"], settings),
            SupervisorFixture.app(
                "behind",
                ["/bin/sleep", "1000"],
                ["dependencies": [["app": "slow", "condition": "ready"]]]
            ),
            waits: false
        )
        let pid = try fixture.pid("slow")
        try fixture.await("its handler") { fixture.isIgnoringTerm(pid) }
        #expect(try fixture.status("slow")["state"] == "launching")
        try fixture.callOneway("Stop", ["select": ["all"]])
        // The second comes while the first is under way.
        try fixture.call("Stop", ["select": ["all"], "timeout_ms": 10_000])
        for name in ["slow", "behind"] {
            #expect(try fixture.status(name)["state"] == "stopped")
            #expect(try fixture.status(name)["pid"] == JSONValue.null)
        }
        #expect(!SupervisorFixture.isAlive(pid))
        #expect(try fixture.lastEvent("launched", of: "behind") == nil)
    }

    // F36
    @Test func `a start while a process stops runs it once more, after it has gone`() throws {
        let fixture = try SupervisorFixture()
        let stop: JSONValue = ["signal": "SIGTERM", "kill_timeout_ms": 500, "includes_tree": true]
        try fixture.apply(
            SupervisorFixture.app("deaf", [SupervisorFixture.child, "ignore-term"], ["stop": stop])
        )
        let first = try fixture.pid("deaf")
        try fixture.await("its handler") { fixture.isIgnoringTerm(first) }
        try fixture.callOneway("Stop", ["select": ["deaf"]])
        try fixture.call("Start", ["select": ["deaf"], "wait": true, "timeout_ms": 10_000])
        #expect(try fixture.status("deaf")["state"] == "online")
        // Whether the stop was taken back or carried out first, there is one process.
        let second = try fixture.pid("deaf")
        #expect(SupervisorFixture.isAlive(second))
        #expect(second == first || !SupervisorFixture.isAlive(first))
    }

    // F40
    @Test(.enabled(if: geteuid() == 0, "only root can mount a /proc of its own"))
    func `with other users' processes hidden, trees are still ended`() throws {
        let script = "mount -t proc -o hidepid=2 proc /proc && \(Self.asNobody)"
        let fixture = try SupervisorFixture(wrapper: [
            "/usr/bin/unshare", "-m", "/bin/sh", "-c", script, "sh",
        ])
        let marker = "\(fixture.home)/run/orphan"
        try fixture.apply(
            SupervisorFixture.shell(
                "parent",
                "ls -d /proc/1 && echo seen; setsid sh -c 'echo $$ >\(marker); exec sleep 3000' & exec sleep 3000"
            )
        )
        try fixture.await("the grandchild") { Int32(fixture.text(marker).dropLast()) != nil }
        let orphan = try #require(Int32(fixture.text(marker).dropLast()))
        // Otherwise this is a test of nothing.
        #expect(fixture.log("parent-out").isEmpty)
        #expect(try fixture.status("parent")["memory_bytes"]?.integerValue ?? 0 > 0)
        try fixture.call("Stop", ["select": ["parent"]])
        #expect(!SupervisorFixture.isAlive(orphan))
    }

    // F46
    @Test func `without a home there is an error that says what to give`() throws {
        let process = Foundation.Process()
        process.environment = ["PATH": "/usr/bin:/bin"]
        // Root has the system's folders: never tried with its rights.
        let program = SupervisorFixture.binary("noviSupervisord")
        let asOther = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        let command = (geteuid() == 0 ? asOther : ["/usr/bin/env"]) + [program]
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        let output = Pipe()
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 64)
        #expect(text.contains("--home FOLDER"))
    }
}

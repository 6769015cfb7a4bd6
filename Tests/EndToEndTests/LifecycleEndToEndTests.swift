import Foundation
import LinuxSystem
import Shared
import Testing

/// Real children under a real daemon: starts, ends, restarts, and the reasons told.
struct LifecycleEndToEndTests {
    @Test(arguments: [(Int32(SIGSEGV), "SIGSEGV"), (SIGKILL, "SIGKILL"), (SIGABRT, "SIGABRT")])
    func `a killed child comes back and why names the signal`(signal: Int32, name: String) throws {
        let fixture = try SupervisorFixture()
        try fixture.apply(
            SupervisorFixture.app(
                "web",
                ["/bin/sleep", "1000"],
                ["restart": SupervisorFixture.restartsAtOnce]
            )
        )
        let first = try fixture.pid("web")
        kill(first, signal)
        try fixture.await("a new run") {
            let status = try fixture.status("web")
            return status["state"] == "online" && status["pid"]?.integerValue != Int64(first)
        }
        let exit = try #require(try fixture.lastEvent("exited", of: "web"))
        #expect(exit["fields"]?["signal"]?.stringValue == name)
        #expect(try fixture.status("web")["restarts"] == 1)
    }

    @Test func `an exit code is told as it is`() throws {
        let fixture = try SupervisorFixture()
        try fixture.apply(
            SupervisorFixture.shell("job", "exit 3", ["restart": ["enabled": false]]),
            waits: false
        )
        try fixture.await("the end") { try fixture.status("job")["state"] == "stopped" }
        #expect(try fixture.lastEvent("exited", of: "job")?["fields"]?["code"] == 3)
        #expect(try fixture.status("job")["reason"]?.stringValue?.contains("exit code 3") == true)
    }

    @Test func `a crash loop backs off and ends in errored`() throws {
        let fixture = try SupervisorFixture()
        let policy: JSONValue = [
            "maximum_unstable_runs": 4, "backoff": ["initial_ms": 10, "factor": 2.0, "maximum_ms": 50],
        ]
        try fixture.apply(SupervisorFixture.shell("loop", "exit 1", ["restart": policy]), waits: false)
        try fixture.await("errored") { try fixture.status("loop")["state"] == "errored" }
        #expect(try fixture.status("loop")["restarts"] == 3)
        #expect(
            try fixture.status("loop")["reason"]?.stringValue?.contains("gave up after 4 short runs") == true
        )
    }

    // F2, F3
    @Test func `a program that cannot be executed is told with path and reason`() throws {
        let fixture = try SupervisorFixture()
        let apps: [(JSONValue, String)] = [
            (SupervisorFixture.app("missing", ["/nonexistent/program"]), "ENOENT"),
            (SupervisorFixture.app("folder", ["/tmp"]), "EACCES"),
            (
                SupervisorFixture.app(
                    "nowhere",
                    ["/bin/sleep", "1"],
                    ["working_directory": "/nonexistent/folder"]
                ),
                "ENOENT"
            ),
        ]
        for (app, error) in apps {
            let name = app["name"]?.stringValue ?? ""
            let outcomes = try fixture.apply(app, waits: false)
            #expect(outcomes.first?["result"] == "failed")
            let event = try #require(try fixture.lastEvent("launch_failed", of: name))
            #expect(event["fields"]?["error"]?.stringValue == error)
        }
        let message = try fixture.lastEvent("launch_failed", of: "missing")?["message"]?.stringValue
        #expect(message?.contains("/nonexistent/program") == true)
        let folder = try fixture.lastEvent("launch_failed", of: "nowhere")
        #expect(folder?["fields"]?["stage"] == "chdir")
    }

    // F2
    @Test func `a program that is being written is retried until it is whole`() throws {
        let fixture = try SupervisorFixture()
        let program = "\(fixture.home)/program"
        try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: program)
        let writer = Descriptor(open(program, O_WRONLY))
        try #require(writer.rawValue >= 0)
        let policy: JSONValue = [
            "maximum_unstable_runs": "unlimited", "backoff": ["initial_ms": 20, "maximum_ms": 50],
        ]
        try fixture.apply(
            SupervisorFixture.app("busy", [program, "1000"], ["restart": policy]),
            waits: false
        )
        try fixture.await("the failure") { try fixture.lastEvent("launch_failed", of: "busy") != nil }
        #expect(try fixture.lastEvent("launch_failed", of: "busy")?["fields"]?["error"] == "ETXTBSY")
        writer.close()
        try fixture.await("online") { try fixture.status("busy")["state"] == "online" }
    }

    // F12
    @Test func `a stopped process hears the stop signal`() throws {
        let fixture = try SupervisorFixture()
        try fixture.apply(SupervisorFixture.app("frozen", ["/bin/sleep", "1000"]))
        kill(try fixture.pid("frozen"), SIGSTOP)
        let start = Clocks.monotonicNanoseconds()
        try fixture.call("Stop", ["select": ["frozen"]])
        #expect(Clocks.monotonicNanoseconds() - start < 5_000_000_000)
        #expect(try fixture.lastEvent("exited", of: "frozen")?["fields"]?["signal"] == "SIGTERM")
    }

    // F13
    @Test func `who ignores SIGTERM is killed in time and holds nobody else up`() throws {
        let fixture = try SupervisorFixture()
        let stop: JSONValue = ["signal": "SIGTERM", "kill_timeout_ms": 700, "includes_tree": true]
        try fixture.apply(
            SupervisorFixture.app("deaf", [SupervisorFixture.child, "ignore-term"], ["stop": stop]),
            SupervisorFixture.app("other", ["/bin/sleep", "1000"])
        )
        try fixture.await("its handler") { fixture.isIgnoringTerm(try fixture.pid("deaf")) }
        try fixture.callOneway("Stop", ["select": ["deaf"]])
        let start = Clocks.monotonicNanoseconds()
        try fixture.call("Restart", ["select": ["other"], "wait": true])
        #expect(Clocks.monotonicNanoseconds() - start < 600_000_000)
        try fixture.await("the end") { try fixture.status("deaf")["state"] == "stopped" }
        #expect(try fixture.lastEvent("killed", of: "deaf") != nil)
    }

    // F15, W8
    @Test(arguments: ["", "setsid"]) func `what a program leaves behind is ended with it`(
        session: String
    ) throws {
        let fixture = try SupervisorFixture()
        let marker = "\(fixture.home)/orphan"
        let prefix = session.isEmpty ? "" : "setsid "
        try fixture.apply(
            SupervisorFixture.shell(
                "parent",
                "\(prefix)sh -c 'echo $$ >\(marker); exec sleep 3000' & exec sleep 3000"
            )
        )
        try fixture.await("the grandchild") { Int32(fixture.text(marker).dropLast()) != nil }
        let orphan = try #require(Int32(fixture.text(marker).dropLast()))
        try fixture.call("Stop", ["select": ["parent"]])
        #expect(!SupervisorFixture.isAlive(orphan))
    }

    // F15
    @Test func `a double fork is noticed, ended and never runs twice`() throws {
        let fixture = try SupervisorFixture()
        let marker = "\(fixture.home)/daemonised"
        // Restarted again and again: each run leaves a daemon of its own, and none may be there beside its successor's.
        try fixture.apply(
            SupervisorFixture.shell(
                "forker",
                "touch \(marker); before=$(wc -l <\(marker)); "
                    + "setsid sh -c 'echo $$ >>\(marker); exec sleep 3000' & "
                    + "until [ $(wc -l <\(marker)) -gt $before ]; do sleep 0.01; done; exit 0",
                ["restart": SupervisorFixture.restartsAtOnce]
            ),
            waits: false
        )
        func daemons() -> [Int32] { fixture.text(marker).split(separator: "\n").compactMap { Int32($0) } }
        try fixture.await("three runs") { daemons().count >= 3 }
        #expect(try fixture.lastEvent("exited", of: "forker")?["fields"]?["code"] == 0)
        try fixture.call("Stop", ["select": ["forker"]])
        for orphan in daemons() { #expect(!SupervisorFixture.isAlive(orphan)) }
        #expect(try fixture.lastEvent("stragglers_ended", of: "forker")?["fields"]?["count"] == 1)
    }

    @Test func `a pid file has its folder made, and one that cannot be written is told`() throws {
        let fixture = try SupervisorFixture()
        let path = "\(fixture.home)/pids/web.pid"
        try fixture.apply(
            SupervisorFixture.app("web", ["/bin/sleep", "1000"], ["pid_file": .string(path)]),
            SupervisorFixture.app("job", ["/bin/sleep", "1000"], ["pid_file": "/proc/none/job.pid"])
        )
        #expect(fixture.text(path) == "\(try fixture.pid("web"))\n")
        #expect(try fixture.status("job")["state"] == "online")
        try fixture.await("the trouble to be told") {
            fixture.text("\(fixture.home)/logs/noviSupervisord.log").contains("job has no pid file")
        }
        try fixture.call("Stop", ["select": ["web"]])
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `dependants start after and stop before what they depend on`() throws {
        let fixture = try SupervisorFixture()
        let trace = "\(fixture.home)/trace"
        func traced(_ name: String, _ settings: JSONObject = [:]) -> JSONValue {
            SupervisorFixture.shell(
                name,
                "trap 'echo -\(name) >>\(trace); exit 0' TERM; echo +\(name) >>\(trace); while :; do sleep 0.02; done",
                settings
            )
        }
        try fixture.apply(
            traced("api", ["dependencies": [["app": "database", "condition": "ready"]]]),
            traced("database")
        )
        try fixture.await("both") { fixture.text(trace).split(separator: "\n").count == 2 }
        try fixture.call("Stop", ["select": ["all"]])
        #expect(fixture.text(trace).hasSuffix("-api\n-database\n"))
        // When their shells get to write is the scheduler's affair; when they were launched is ours.
        func launch(_ name: String) throws -> Int64 {
            try #require(try fixture.lastEvent("launched", of: name)?["sequence"]?.integerValue)
        }
        let database = try launch("database")
        let api = try launch("api")
        #expect(database < api)
    }

    @Test func `no word of readiness in time is a failure with the reason`() throws {
        let fixture = try SupervisorFixture()
        let settings: JSONObject = [
            "readiness": ["type": "notify", "timeout_ms": 200], "restart": ["maximum_unstable_runs": 1],
        ]
        let outcomes = try fixture.apply(
            SupervisorFixture.app("mute", [SupervisorFixture.child, "never-ready"], settings)
        )
        #expect(outcomes.first?["result"] == "failed")
        #expect(outcomes.first?["message"]?.stringValue?.contains("not ready within") == true)
    }

    @Test func `a ready child is online and one that falls silent is restarted by the watchdog`() throws {
        let fixture = try SupervisorFixture()
        try fixture.apply(
            SupervisorFixture.app(
                "ready",
                [SupervisorFixture.child, "ready", "50"],
                ["readiness": ["type": "notify", "timeout_ms": 10_000]]
            ),
            SupervisorFixture.app(
                "silent",
                [SupervisorFixture.child, "watchdog-then-hang"],
                ["watchdog_ms": 300, "stop": ["kill_timeout_ms": 300]]
            )
        )
        #expect(try fixture.status("ready")["state"] == "online")
        try fixture.await("the watchdog") {
            try fixture.events("silent").contains { $0["message"]?.stringValue?.contains("watchdog") == true }
        }
    }

    // F36
    @Test func `a stop during backoff cancels the restart`() throws {
        let fixture = try SupervisorFixture()
        let policy: JSONValue = [
            "maximum_unstable_runs": "unlimited", "backoff": ["initial_ms": 60_000, "maximum_ms": 60_000],
        ]
        try fixture.apply(SupervisorFixture.shell("loop", "exit 1", ["restart": policy]), waits: false)
        try fixture.await("backoff") { try fixture.status("loop")["state"] == "waiting restart" }
        try fixture.call("Stop", ["select": ["loop"]])
        #expect(try fixture.status("loop")["state"] == "stopped")
        #expect(try fixture.status("loop")["pid"] == JSONValue.null)
    }
}

extension SupervisorFixture {
    /// Calls a method without waiting for an answer.
    func callOneway(_ method: String, _ parameters: JSONObject) throws {
        let socket = try UnixSocket.connect("\(home)/run/control.sock", timeoutMilliseconds: 5000)
        let call = VarlinkCall(method: "com.novi.Supervisor.\(method)", parameters: parameters, oneway: true)
        try socket.writeAll(call.encoded())
        // The connection must live until the daemon has read the call: any answer to a second one says so.
        try socket.writeAll(VarlinkCall(method: "com.novi.Supervisor.Ping").encoded())
        _ = try socket.read(upTo: 4096)
    }

    /// Whether a process ignores or handles SIGTERM by now.
    func isIgnoringTerm(_ pid: Int32) -> Bool {
        let status = text("/proc/\(pid)/status")
        for line in status.split(separator: "\n") where line.hasPrefix("SigIgn:") || line.hasPrefix("SigCgt:")
        {
            let mask = UInt64(line.split(separator: "\t").last ?? "0", radix: 16) ?? 0
            if mask & (1 << 14) != 0 { return true }
        }
        return false
    }
}

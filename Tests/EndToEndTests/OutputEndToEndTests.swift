import Foundation
import LinuxSystem
import Shared
import Testing

/// Output on its way to files: byte-exact, in order, and not lost when somebody dies.
struct OutputEndToEndTests {
    // F17
    @Test func `the last words of a child are in the file before its successor's first`() throws {
        let fixture = try SupervisorFixture()
        let marker = "\(fixture.home)/ran"
        let script = """
            if [ -e \(marker) ]; then echo second; exec sleep 1000; fi
            touch \(marker); head -c 65000 /dev/zero | tr '\\0' x; printf 'end\\n'; exit 1
            """
        try fixture.apply(
            SupervisorFixture.shell("talker", script, ["restart": SupervisorFixture.restartsAtOnce])
        )
        let expected = [UInt8](repeating: UInt8(ascii: "x"), count: 65_000) + Array("end\nsecond\n".utf8)
        try fixture.await("the second run's line") { fixture.log("talker-out").count >= expected.count }
        #expect(fixture.log("talker-out") == expected)
    }

    // F31
    @Test func `binary output is byte-exact`() throws {
        let fixture = try SupervisorFixture()
        let source = "\(fixture.home)/binary"
        var bytes: [UInt8] = []
        var state: UInt64 = 42
        for _ in 0..<300_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes.append(UInt8(truncatingIfNeeded: state >> 33))
        }
        try Data(bytes).write(to: URL(fileURLWithPath: source))
        try fixture.apply(SupervisorFixture.shell("binary", "cat \(source); exec sleep 1000"))
        try fixture.await("all bytes") { fixture.log("binary-out").count >= bytes.count }
        #expect(fixture.log("binary-out") == bytes)
    }

    @Test func `both streams into one file keep the writer's order`() throws {
        let fixture = try SupervisorFixture()
        let path = "\(fixture.home)/both.log"
        let script = "for i in 0 1 2 3 4 5 6 7 8 9; do echo out$i; echo err$i >&2; done; exec sleep 1000"
        try fixture.apply(
            SupervisorFixture.shell(
                "both",
                script,
                ["logs": ["output": .string(path), "error": .string(path)]]
            )
        )
        let expected = (0...9).map { "out\($0)\nerr\($0)\n" }.joined()
        try fixture.await("all lines") { fixture.text(path).utf8.count >= expected.utf8.count }
        #expect(fixture.text(path) == expected)
    }

    // F14
    @Test func `a child that closes its output costs no CPU and stays online`() throws {
        let fixture = try SupervisorFixture()
        try fixture.apply(SupervisorFixture.app("quiet", [SupervisorFixture.child, "close-stdout"]))
        let proc = try ProcFilesystem()
        let before = try #require(proc.stat(fixture.daemonPID)?.processorTicks)
        // A spinning loop would take every tick of this time.
        usleep(500_000)
        let after = try #require(proc.stat(fixture.daemonPID)?.processorTicks)
        #expect(after - before <= 5)
        #expect(try fixture.status("quiet")["state"] == "online")
    }

    @Test func `a killed daemon costs no line, stops no child and doubles none`() throws {
        let fixture = try SupervisorFixture()
        let script = "i=0; while :; do echo $i; i=$((i+1)); sleep 0.001; done"
        try fixture.apply(
            SupervisorFixture.shell("counter", script),
            SupervisorFixture.app("idle", ["/bin/sleep", "1000"])
        )
        let counter = try fixture.pid("counter")
        let idle = try fixture.pid("idle")
        for _ in 0..<5 {
            let size = fixture.log("counter-out").count
            try fixture.await("more lines") { fixture.log("counter-out").count > size }
            fixture.killDaemon()
            #expect(SupervisorFixture.isAlive(counter))
            try fixture.startDaemon()
            #expect(try fixture.pid("counter") == counter)
            #expect(try fixture.pid("idle") == idle)
        }
        let size = fixture.log("counter-out").count
        try fixture.await("lines after the last crash") { fixture.log("counter-out").count > size + 100 }
        try fixture.call("Stop", ["select": ["counter"]])
        try fixture.await("the drained end") { fixture.log("counter-out").last == 0x0A }
        let numbers = String(decoding: fixture.log("counter-out"), as: UTF8.self).split(separator: "\n").map {
            Int($0)
        }
        #expect(numbers == numbers.indices.map { $0 })
    }

    @Test func `an adopted child that ends is restarted, and one that is stopped is ended with its tree`()
        throws
    {
        let fixture = try SupervisorFixture()
        let marker = "\(fixture.home)/orphan"
        try fixture.apply(
            SupervisorFixture.app(
                "worker",
                ["/bin/sleep", "1000"],
                ["restart": SupervisorFixture.restartsAtOnce]
            ),
            SupervisorFixture.shell(
                "parent",
                "setsid sh -c 'echo $$ >\(marker); exec sleep 3000' & exec sleep 3000"
            )
        )
        try fixture.await("the grandchild") { Int32(fixture.text(marker).dropLast()) != nil }
        let orphan = try #require(Int32(fixture.text(marker).dropLast()))
        let worker = try fixture.pid("worker")
        fixture.killDaemon()
        try fixture.startDaemon()
        kill(worker, SIGTERM)
        try fixture.await("a successor") {
            let status = try fixture.status("worker")
            return status["state"] == "online" && status["pid"]?.integerValue != Int64(worker)
        }
        try fixture.call("Stop", ["select": ["parent"]])
        #expect(!SupervisorFixture.isAlive(orphan))
    }

    // M1, F3
    @Test(.enabled(if: geteuid() == 0, "only root can switch users"))
    func `a child of another user can open its own standard output`() throws {
        let fixture = try SupervisorFixture()
        let user: JSONValue = ["name": "nobody", "uid": 65_534, "gid": 65_534, "supplementary_gids": []]
        let script =
            "id -u; echo again >/dev/stdout; touch \"$NOVI_RUNTIME_DIRECTORY/x\" && echo owned; exec sleep 1000"
        try fixture.apply(SupervisorFixture.shell("nobody", script, ["user": user]))
        try fixture.await("its lines") { fixture.log("nobody-out").count >= 18 }
        #expect(String(decoding: fixture.log("nobody-out"), as: UTF8.self) == "65534\nagain\nowned\n")
    }

    // F39
    @Test func `a report from outside the run does not make it ready`() throws {
        let fixture = try SupervisorFixture()
        let settings: JSONObject = [
            "readiness": ["type": "notify", "timeout_ms": 60_000],
            "user": geteuid() == 0
                ? ["name": "nobody", "uid": 65_534, "gid": 65_534, "supplementary_gids": []] : .null,
        ]
        try fixture.apply(SupervisorFixture.app("victim", ["/bin/sleep", "1000"], settings), waits: false)
        let run = try #require(try fixture.lastEvent("launched", of: "victim")?["run"]?.stringValue)
        // This test is no child of the daemon.
        _ = try ServiceNotifier.sendNotify(state: "READY=1", to: "\(fixture.home)/run/notify/\(run)")
        try fixture.await("the refusal") {
            fixture.text("\(fixture.home)/logs/noviSupervisord.log").contains("ignored: report of pid")
        }
        #expect(try fixture.status("victim")["state"] == "launching")
    }

    @Test func `instances share a listening socket and a restart refuses nobody`() throws {
        let fixture = try SupervisorFixture()
        let path = "\(fixture.home)/echo.sock"
        try fixture.apply(
            SupervisorFixture.app(
                "echo",
                [SupervisorFixture.child, "listen-echo"],
                [
                    "listen": [.string("unix://\(path)")], "instances": 2,
                    "restart": SupervisorFixture.restartsAtOnce,
                ]
            )
        )
        func ask() throws -> String {
            let socket = try UnixSocket.connect(path, timeoutMilliseconds: 5000)
            try UnixSocket.setReadTimeout(socket, milliseconds: 5000)
            return String(decoding: try socket.read(upTo: 64) ?? [], as: UTF8.self)
        }
        #expect(!(try ask()).isEmpty)
        try fixture.callOneway("Restart", ["select": ["echo"]])
        var answers = 0
        for _ in 0..<50 where !(try ask()).isEmpty {
            answers += 1
        }
        #expect(answers > 0)
        try fixture.call("Scale", ["app": "echo", "instances": 1])
        #expect(!(try ask()).isEmpty)
        try fixture.call("Delete", ["select": ["echo"]])
        #expect(!FileStatus.exists(path))
    }
}

import Foundation
import LinuxSystem
import Shared
import Testing

/// What the keeper holds for the next daemon (M23): notify sockets with what waits in them, pipes, listening sockets.
struct KeptDescriptorEndToEndTests {
    /// What hands the store on before it is needed.
    enum Before: String, CaseIterable {
        case nothing, deathOfKeeper, upgrade
    }

    private func pass(_ before: Before, _ fixture: SupervisorFixture) throws {
        let daemon = try #require(fixture.answeringDaemon())
        switch before {
        case .nothing: break
        case .deathOfKeeper:
            fixture.killDaemon()
            try fixture.awaitSuccessor(of: daemon)
        case .upgrade:
            let program = SupervisorFixture.binary("noviSupervisord")
            try fixture.call("Upgrade", ["program": .string(program)], deadline: 60)
            try fixture.await("the end of the upgrade", seconds: 60) {
                (try? fixture.call("Ping", deadline: 10)["upgrade"])?["attempt"] == 1
            }
        }
    }

    @Test(arguments: Before.allCases)
    func `what is reported while no daemon runs reaches the next`(before: Before) throws {
        let fixture = try SupervisorFixture(isKept: true)
        let script = """
            n=1
            while :; do
                until [ -e \(fixture.home)/go-$n ]; do sleep 0.02; done
                \(SupervisorFixture.binary("noviSupervisor")) notify --status report-$n
                echo $? >\(fixture.home)/result-$n
                n=$((n+1))
            done
            """
        try fixture.apply(SupervisorFixture.shell("reporter", script))
        let app = try fixture.pid("reporter")
        try pass(before, fixture)
        for number in 1...2 {
            try fixture.withoutDaemon {
                try AtomicFile.replace("\(fixture.home)/go-\(number)", [])
                try fixture.await("the report") { fixture.text("\(fixture.home)/result-\(number)") == "0\n" }
            }
            try fixture.await("report \(number) has arrived") {
                try fixture.status("reporter")["status_text"] == .string("report-\(number)")
            }
        }
        #expect(try fixture.pid("reporter") == app)
    }

    // A pipe that nobody has open loses what is in it.
    @Test(arguments: Before.allCases)
    func `what a run wrote last that ended while no daemon ran is in its log`(before: Before) throws {
        let fixture = try SupervisorFixture(isKept: true)
        let script = """
            until [ -e \(fixture.home)/go ]; do sleep 0.02; done
            echo the last words; echo and the error >&2; exit 3
            """
        try fixture.apply(SupervisorFixture.shell("job", script, ["restart": ["enabled": false]]))
        let app = try fixture.pid("job")
        try pass(before, fixture)
        try fixture.withoutDaemon {
            try AtomicFile.replace("\(fixture.home)/go", [])
            try fixture.await("the child's end") { !SupervisorFixture.isAlive(app) }
        }
        try fixture.await("its last words in the log") {
            fixture.log("job-out") == Array("the last words\n".utf8)
                && fixture.log("job-error") == Array("and the error\n".utf8)
        }
        let events = try fixture.events("job")
        #expect(events.compactMap { $0["fields"]?["code"]?.integerValue } == [3], "\(events)")
    }

    @Test func `who connects while neither daemon nor app is there is served by the next`() throws {
        let fixture = try SupervisorFixture(isKept: true)
        let path = "\(fixture.home)/echo.sock"
        try fixture.apply(
            SupervisorFixture.app(
                "echo",
                [SupervisorFixture.child, "listen-echo"],
                ["listen": [.string("unix://\(path)")], "restart": SupervisorFixture.restartsAtOnce]
            )
        )
        let app = try fixture.pid("echo")
        var client: Descriptor?
        try fixture.withoutDaemon {
            kill(app, SIGKILL)
            try fixture.await("the app's end") { !SupervisorFixture.isAlive(app) }
            client = try UnixSocket.connect(path, timeoutMilliseconds: 1000)
        }
        let socket = try #require(client)
        try UnixSocket.setReadTimeout(socket, milliseconds: 20_000)
        let answer = try #require(try socket.read(upTo: 64))
        #expect(String(decoding: answer, as: UTF8.self) == "\(try fixture.pid("echo"))\n")
    }

    // A worker whose report was read by a daemon that did not live to write it down.
    @Test(arguments: [true, false])
    func `a worker that was taken over while it launched is asked`(isReady: Bool) throws {
        let fixture = try SupervisorFixture(isKept: true)
        let script = """
            import json, os, socket
            server = socket.socket(socket.AF_UNIX)
            server.bind(os.environ["NOVI_RUNTIME_DIRECTORY"] + "/worker.sock")
            server.listen()
            open("\(fixture.home)/listening", "w")
            while True:
                client, _ = server.accept()
                call = json.loads(client.recv(65536).rstrip(b"\\0"))
                assert call["method"] == "com.novi.Worker.GetStatus"
                answer = {"parameters": {"ready": \(isReady ? "True" : "False"), "status": "serving"}}
                client.sendall(json.dumps(answer).encode() + b"\\0")
                open("\(fixture.home)/asked", "w")
            """
        let settings: JSONObject = ["readiness": ["type": "notify", "timeout_ms": 600_000]]
        try fixture.apply(
            SupervisorFixture.app("worker", ["/usr/bin/python3", "-c", script], settings),
            waits: false
        )
        try fixture.await("it listens") { FileStatus.exists("\(fixture.home)/listening") }
        #expect(try fixture.status("worker")["state"] == "launching")
        let pid = try fixture.pid("worker")
        try fixture.withoutDaemon {}
        try fixture.await("it was asked") { FileStatus.exists("\(fixture.home)/asked") }
        if isReady {
            try fixture.await("it is online") { try fixture.status("worker")["state"] == "online" }
            #expect(try fixture.status("worker")["status_text"] == "serving")
            #expect(try fixture.status("worker")["reason"] == .null)
        } else {
            #expect(try fixture.status("worker")["state"] == "launching")
        }
        #expect(try fixture.pid("worker") == pid)
    }

    @Test func `what belongs to nothing any more is not held`() throws {
        let fixture = try SupervisorFixture(isKept: true)
        let keeper = fixture.daemonPID
        func held() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(keeper)/fd").count
        }
        let sleeper = SupervisorFixture.app("sleeper", ["/bin/sleep", "1000"], ["instances": 3])
        let before = try held()
        try fixture.apply(sleeper)
        // Of each run the notify socket and two pipes.
        try fixture.await("all is held") { try held() == before + 9 }
        try fixture.call("Restart", ["select": ["sleeper"]])
        try fixture.await("that of the former runs is let go") { try held() == before + 9 }
        try fixture.withoutDaemon {}
        #expect(try held() == before + 9)
        try fixture.call("Delete", ["select": ["sleeper"]])
        try fixture.await("nothing is held") { try held() == before }
    }
}

import Foundation
import LinuxSystem
import Shared
import Testing

/// Upgrade in place: nothing stops, nothing doubles, and a program that is no good changes nothing (M17, F27).
struct UpgradeEndToEndTests {
    /// A copy of the daemon's program under another name.
    private static func program(_ name: String, in fixture: SupervisorFixture) throws -> String {
        let path = "\(fixture.home)/\(name)"
        try? FileManager.default.removeItem(atPath: path)
        // A second name is as good as a copy, and there may be many of them.
        let daemon = SupervisorFixture.binary("noviSupervisord")
        if link(daemon, path) != 0 { try FileManager.default.copyItem(atPath: daemon, toPath: path) }
        return path
    }

    /// A shell script in the new program's place; `$REAL` is the daemon's program.
    private static func script(_ body: String, in fixture: SupervisorFixture) throws -> String {
        let path = "\(fixture.home)/script"
        let text = "#!/bin/sh\nREAL='\(SupervisorFixture.binary("noviSupervisord"))'\n\(body)\n"
        try AtomicFile.replace(path, Array(text.utf8), mode: 0o755)
        return path
    }

    /// A script that rehearses as the real program does and then does something else.
    private static func pretender(_ body: String, in fixture: SupervisorFixture) throws -> String {
        try script("case \"$*\" in *--rehearse*) exec \"$REAL\" \"$@\";; esac\n\(body)", in: fixture)
    }

    /// A program whose first epoll set fails in some way; a tracer sees to that, and to nothing later.
    private static func injecting(_ fault: String) -> String {
        """
        strace -p $$ -qq -o /dev/null -e inject=epoll_create1:\(fault):when=1 &
        until grep -q '^TracerPid:.*[1-9]' /proc/$$/status; do sleep 0.02; done
        exec "$REAL" "$@"
        """
    }

    /// Upgrades and waits until a daemon tells how that went; returns the failure.
    @discardableResult
    private static func upgrade(_ fixture: SupervisorFixture, to program: String) throws -> String? {
        let reply = try fixture.call("Upgrade", ["program": .string(program)], deadline: 60)
        let attempt = try #require(reply["attempt"]?.integerValue)
        var outcome: JSONValue?
        try fixture.await("the end of upgrade \(attempt)", seconds: 60) {
            outcome = try? fixture.call("Ping", deadline: 10)["upgrade"]
            return outcome?["attempt"]?.integerValue == attempt
        }
        return outcome?["failure"]?.stringValue
    }

    private static func refusal(_ fixture: SupervisorFixture, of program: String) throws -> String {
        do {
            try fixture.call("Upgrade", ["program": .string(program)], deadline: 60)
            return "it was not refused"
        } catch let refusal as SupervisorFixture.Refusal {
            #expect(refusal.name == "com.novi.Supervisor.UpgradeRefused")
            return refusal.parameters["reason"]?.stringValue ?? "no reason"
        }
    }

    @Test func `children stay children of the same process, and go on`() throws {
        let fixture = try SupervisorFixture(isKept: true)
        let waits = "until [ -e \(fixture.home)/go ]; do sleep 0.05; done; exit 7"
        try fixture.apply(
            SupervisorFixture.app("sleeper", ["/bin/sleep", "1000"], ["instances": 2]),
            SupervisorFixture.shell("job", waits, ["restart": ["enabled": false]])
        )
        let names = ["sleeper:0", "sleeper:1", "job"]
        let pids = try names.map { try fixture.pid($0) }
        let daemon = try #require(fixture.answeringDaemon())
        let program = try Self.program("next", in: fixture)
        #expect(try Self.upgrade(fixture, to: program) == nil)
        #expect(fixture.answeringDaemon() == daemon)
        #expect(SymbolicLink.target(of: "/proc/\(daemon)/exe") == program)
        #expect(try names.map { try fixture.pid($0) } == pids)
        #expect(pids.allSatisfy { SupervisorFixture.parent(of: $0) == daemon })
        // Its end is told by its parent, with the true status.
        try AtomicFile.replace("\(fixture.home)/go", [])
        try fixture.await("the end of job") { try fixture.status("job")["state"] == "stopped" }
        #expect(try fixture.lastEvent("exited", of: "job")?["fields"]?["code"] == 7)
        // What may be started now is started by the new program, and a killed one is brought back.
        try fixture.call("Start", ["select": ["job"]])
        kill(daemon, SIGKILL)
        try fixture.awaitSuccessor(of: daemon)
        #expect(try fixture.pid("sleeper:0") == pids[0])
    }

    @Test func `a listening socket and a client that waits at the control socket see nothing of it`() throws {
        let fixture = try SupervisorFixture(isKept: true)
        let address: JSONValue = .string("unix://\(fixture.home)/echo.sock")
        try fixture.apply(
            SupervisorFixture.app("echo", [SupervisorFixture.child, "listen-echo"], ["listen": [address]])
        )
        let program = try Self.program("next", in: fixture)
        let ended = Mutable(false)
        let failures = Mutable(0)
        let thread = Thread {
            while !ended.value {
                if (try? fixture.call("Ping", deadline: 30)) == nil { failures.value += 1 }
            }
        }
        thread.start()
        for _ in 0..<5 { #expect(try Self.upgrade(fixture, to: program) == nil) }
        ended.value = true
        // A call that is under way when the program changes is hung up on; no connection is refused, so they are few.
        #expect(failures.value <= 10)
        let pid = try fixture.pid("echo")
        try fixture.call("Restart", ["select": ["echo"], "wait": true])
        #expect(try fixture.pid("echo") != pid)
        _ = try UnixSocket.connect("\(fixture.home)/echo.sock", timeoutMilliseconds: 5000)
    }

    @Test(arguments: [
        ("exit 0", "did not rehearse"), ("kill -SEGV $$", "SIGSEGV"),
        ("echo cannot play along; exit 1", "play along"),
        ("exec \"$REAL\" --nonsense", "did not rehearse"), ("yes | head -c 100000", "says too much"),
    ])
    func `a program that cannot rehearse is refused, and nothing happened`(
        body: String,
        reason: String
    ) throws {
        let fixture = try SupervisorFixture(isKept: true)
        try fixture.apply(SupervisorFixture.app("sleeper", ["/bin/sleep", "1000"]))
        let app = try fixture.pid("sleeper")
        let daemon = fixture.answeringDaemon()
        let text = try Self.refusal(fixture, of: try Self.script(body, in: fixture))
        #expect(text.contains(reason), "\(text)")
        #expect(fixture.answeringDaemon() == daemon)
        #expect(try fixture.pid("sleeper") == app)
    }

    @Test func `what is no program at all is refused with the reason`() throws {
        let fixture = try SupervisorFixture(isKept: true)
        func refusal(_ bytes: [UInt8], mode: UInt32) throws -> String {
            let path = "\(fixture.home)/file"
            try AtomicFile.replace(path, bytes, mode: mode)
            return try Self.refusal(fixture, of: path)
        }
        #expect(try Self.refusal(fixture, of: "\(fixture.home)/missing").contains("no such file"))
        #expect(try Self.refusal(fixture, of: fixture.home).contains("is no file"))
        #expect(try refusal(Array("no program\n".utf8), mode: 0o755).contains("cannot execute"))
        // A program of another processor: the machine in its header is changed.
        var elf = Array(
            try FileContents.read(SupervisorFixture.binary("noviKeeper"), limit: 64 << 20).prefix(4096)
        )
        elf[18] = 0xF3
        elf[19] = 0
        #expect(try refusal(elf, mode: 0o755).contains("cannot execute"))
        #expect(try refusal(elf, mode: 0o644).contains("cannot execute"))
        #expect(try refusal(elf, mode: 0o757).contains("changed by everybody"))
        #expect(try fixture.call("Ping")["upgrade"] == .null)
    }

    @Test func `a rehearsal that hangs is given up, and the daemon answers meanwhile`() throws {
        let fixture = try SupervisorFixture(isKept: true)
        let text = try Self.refusal(fixture, of: try Self.script("exec sleep 1000", in: fixture))
        #expect(text.contains("did not finish its rehearsal"), "\(text)")
        #expect(fixture.answeringDaemon() != nil)
    }

    @Test(arguments: [
        // Another version that does not know an option.
        ("exec \"$REAL\" --nonsense \"$@\"", "unknown option --nonsense"),
        // A crash before it is ready: at its first epoll set.
        (Self.injecting("signal=SEGV"), "signal 11"),
        // An error at its start: no epoll set.
        (Self.injecting("error=ENOMEM"), "epoll set: cannot allocate memory"),
    ])
    func `a program that fails after its rehearsal gives way to the former one, in the same process`(
        body: String,
        reason: String
    ) throws {
        let fixture = try SupervisorFixture(isKept: true)
        try fixture.apply(SupervisorFixture.app("sleeper", ["/bin/sleep", "1000"]))
        let app = try fixture.pid("sleeper")
        let daemon = try #require(fixture.answeringDaemon())
        let program = SymbolicLink.target(of: "/proc/\(daemon)/exe")
        let failure = try Self.upgrade(fixture, to: try Self.pretender(body, in: fixture))
        #expect(failure?.contains(reason) == true, "\(failure ?? "it did not fail")")
        #expect(fixture.answeringDaemon() == daemon)
        #expect(SymbolicLink.target(of: "/proc/\(daemon)/exe") == program)
        #expect(try fixture.pid("sleeper") == app)
        #expect(SupervisorFixture.parent(of: app) == daemon)
        // The next one may succeed.
        #expect(try Self.upgrade(fixture, to: try Self.program("next", in: fixture)) == nil)
        #expect(try fixture.pid("sleeper") == app)
    }

    @Test(arguments: ["exit 1", "kill -KILL $$"])
    func `a program that dies outright is followed by the last good one`(body: String) throws {
        let fixture = try SupervisorFixture(isKept: true)
        try fixture.apply(SupervisorFixture.app("sleeper", ["/bin/sleep", "1000"]))
        let app = try fixture.pid("sleeper")
        let daemon = try #require(fixture.answeringDaemon())
        let program = try Self.pretender(body, in: fixture)
        _ = try fixture.call("Upgrade", ["program": .string(program)], deadline: 60)
        let successor = try fixture.awaitSuccessor(of: daemon)
        #expect(
            SymbolicLink.target(of: "/proc/\(successor)/exe")?.hasSuffix("noviSupervisord.committed") == true
        )
        #expect(try fixture.pid("sleeper") == app)
    }

    @Test func `the command line tells from which version to which, and why not`() throws {
        let fixture = try SupervisorFixture(isKept: true)
        func run(_ program: String) throws -> (status: Int32, text: String) {
            let process = Foundation.Process()
            process.executableURL = URL(fileURLWithPath: SupervisorFixture.binary("noviSupervisor"))
            process.arguments = ["upgrade", "--home", fixture.home, program]
            let output = Pipe()
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return (process.terminationStatus, text)
        }
        let daemon = try #require(fixture.answeringDaemon())
        let good = try run(try Self.program("next", in: fixture))
        #expect(good.status == 0)
        #expect(good.text.hasPrefix("upgraded the daemon (pid \(daemon)) from 0."), "\(good.text)")
        let refused = try run(try Self.script("echo cannot play along", in: fixture))
        #expect(refused.status == 1)
        #expect(refused.text.contains("not upgraded: play along"), "\(refused.text)")
        let back = try run(try Self.pretender("exec \"$REAL\" --nonsense \"$@\"", in: fixture))
        #expect(back.status == 1)
        #expect(back.text.contains("the daemon of before goes on (pid \(daemon)"), "\(back.text)")
        let dead = try run(try Self.pretender("exit 1", in: fixture))
        #expect(dead.status == 1)
        #expect(dead.text.contains("the new program died"), "\(dead.text)")
    }

    /// `NOVI_UPGRADES=1000` for the long run.
    private static let upgrades =
        ProcessInfo.processInfo.environment["NOVI_UPGRADES"].flatMap { Int($0) } ?? 20

    @Test func `upgrades under log load, every tenth with a broken program, cost no line and no app`() throws
    {
        let fixture = try SupervisorFixture(isKept: true)
        let lines = Self.upgrades * 1000
        let flood = [SupervisorFixture.child, "flood", "\(lines * 100)", "100", "10"]
        let policy: JSONObject = ["compression": "none"]
        try fixture.apply(
            SupervisorFixture.app(
                "flood",
                flood,
                ["restart": ["enabled": false], "logs": ["policy": .object(policy)]]
            ),
            SupervisorFixture.app("sleeper", ["/bin/sleep", "100000"])
        )
        let app = try fixture.pid("sleeper")
        let writer = try fixture.pid("flood")
        let programs = try [Self.program("one", in: fixture), Self.program("two", in: fixture)]
        let broken = [
            "exit 0",
            "case \"$*\" in *--rehearse*) exec \"$REAL\" \"$@\";; esac; exec \"$REAL\" --nonsense \"$@\"",
            "case \"$*\" in *--rehearse*) exec \"$REAL\" \"$@\";; esac; exit 1",
            "case \"$*\" in *--rehearse*) exec \"$REAL\" \"$@\";; esac; kill -SEGV $$",
        ]
        var done = 0
        for number in 1...Self.upgrades {
            let daemon = try #require(fixture.answeringDaemon())
            if number % 10 == 0 {
                let script = try Self.script(broken[number / 10 % broken.count], in: fixture)
                guard (try? fixture.call("Upgrade", ["program": .string(script)], deadline: 60)) != nil else {
                    continue
                }
                // Either the former image goes on in the same process, or the keeper starts the last good one.
                try fixture.await("the way back", seconds: 60) {
                    guard let present = fixture.answeringDaemon() else { return false }
                    return present != daemon
                        || (try? fixture.call("Ping")["upgrade"]?["failure"]?.stringValue) != nil
                }
                let present = try #require(fixture.answeringDaemon())
                if present != daemon { try fixture.awaitSuccessor(of: daemon) }
            } else {
                let failure = try Self.upgrade(fixture, to: programs[number % 2])
                #expect(failure == nil)
                done += 1
            }
            #expect(try fixture.pid("sleeper") == app)
        }
        #expect(done == Self.upgrades - Self.upgrades / 10)
        #expect(SupervisorFixture.isAlive(writer) || Self.upgrades > 200, "the load ended too early")
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

/// A value that two threads share.
private final class Mutable<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var stored: Value

    init(_ value: Value) { stored = value }

    var value: Value {
        get { lock.withLock { stored } }
        set { lock.withLock { stored = newValue } }
    }
}

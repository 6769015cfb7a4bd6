import Foundation
import LinuxSystem
import Shared
import Testing

/// The monitor in a real terminal, with real apps.
@Suite(.enabled(if: TerminalSession.isPossible)) struct MonitorEndToEndTests {
    private static func open(
        _ fixture: SupervisorFixture,
        _ options: String = "",
        columns: Int = 80,
        rows: Int = 24
    ) throws -> TerminalSession {
        let terminal = try TerminalSession(fixture.home, columns: columns, rows: rows)
        try terminal.run("noviSupervisor monit --home \(fixture.home) \(options)")
        return terminal
    }

    private static func twoApps() throws -> SupervisorFixture {
        let fixture = try SupervisorFixture()
        try fixture.apply(
            SupervisorFixture.shell("api", "echo api is there; exec sleep 100000"),
            SupervisorFixture.shell(
                "web",
                "echo web is there; echo a needle; echo WARN careful; exec sleep 100000"
            )
        )
        return fixture
    }

    @Test func `keys select, and a restart is asked for, told as a command and done`() throws {
        let fixture = try Self.twoApps()
        let terminal = try Self.open(fixture)
        try terminal.awaitScreen("the table") { $0.contains(">api") && $0.contains(" web ") }
        try terminal.keys("j")
        try terminal.awaitScreen("the selection") { $0.contains(">web") }
        let before = try fixture.pid("web")
        let other = try fixture.pid("api")
        try terminal.keys("r")
        try terminal.awaitScreen("the question") {
            $0.contains("Restart web?") && $0.contains("noviSupervisor restart web --home \(fixture.home)")
        }
        #expect(try fixture.pid("web") == before)
        try terminal.keys("y")
        try terminal.awaitScreen("the end of it") { $0.contains("web (1) restarted") }
        #expect(try fixture.pid("web") != before)
        #expect(try fixture.pid("api") == other)
        try terminal.awaitScreen("the count of restarts") { screen in
            screen.split(separator: "\n").contains { $0.hasPrefix(">web ") && $0.contains("s   1 ") }
        }
        try terminal.keys("q")
        try terminal.awaitScreen("the prompt") { $0.contains("ready>") }
    }

    @Test func `a stop and a signal reach the process`() throws {
        let fixture = try Self.twoApps()
        let script = "trap 'echo got usr1' USR1; while :; do sleep 1000 & wait $!; done"
        try fixture.apply(SupervisorFixture.shell("zed", script))
        let terminal = try Self.open(fixture)
        try terminal.awaitScreen("the table") { $0.contains(" zed ") }
        try terminal.keys("G", "x", "j", "Enter")
        try terminal.awaitScreen("the question") { $0.contains("Send SIGUSR1 to zed?") }
        try terminal.keys("y")
        try terminal.awaitScreen("what it wrote") { $0.contains("zed │ got usr1") }
        try terminal.keys("s")
        try terminal.awaitScreen("the question") { $0.contains("Stop zed?") }
        try terminal.keys("y")
        try fixture.await("the stop") { try fixture.status("zed")["state"]?.stringValue == "stopped" }
        try terminal.awaitScreen("the state") {
            $0.contains(">zed  stopped") || $0.contains(">zed      stopped")
        }
    }

    @Test func `logs are followed, searched, filtered and shown of one process or the run before`() throws {
        let fixture = try Self.twoApps()
        let terminal = try Self.open(fixture)
        try terminal.awaitScreen("lines of both") {
            $0.contains("api is there") && $0.contains("W web │ WARN careful")
        }
        try terminal.keys("/")
        try terminal.keys("needle", "Enter")
        try terminal.awaitScreen("the match") { $0.contains("> web │ a needle") && $0.contains("/needle") }
        try terminal.keys("Escape", "&")
        try terminal.keys("there", "Enter")
        try terminal.awaitScreen("the filter") { $0.contains("only there") && !$0.contains("careful") }
        try terminal.keys("Escape")
        try terminal.awaitScreen("all again") { $0.contains("careful") }
        try terminal.keys("a")
        try terminal.awaitScreen("the selected one") { $0.contains("logs: api") && !$0.contains("careful") }
        try fixture.call("Restart", ["select": [.string("api")], "wait": true])
        try terminal.awaitScreen("the new run") { $0.components(separatedBy: "api is there").count == 3 }
        try terminal.keys("p")
        try terminal.awaitScreen("the run before") {
            $0.contains("previous run") && $0.components(separatedBy: "api is there").count == 2
        }
    }

    @Test func `details tell why, the help tells the keys, every size is used`() throws {
        let fixture = try Self.twoApps()
        try fixture.apply(
            SupervisorFixture.shell("bad", "exit 7", ["restart": ["maximum_unstable_runs": 1]]),
            waits: false
        )
        let terminal = try Self.open(fixture)
        try terminal.awaitScreen("the table") { $0.contains("errored") }
        try terminal.keys("G", "d")
        try terminal.awaitScreen("the details") { $0.contains("details: bad") && $0.contains("last exits") }
        try terminal.keys("?")
        try terminal.awaitScreen("the help") { $0.contains("Ctrl-z to the shell") }
        try terminal.keys("Escape")
        try terminal.resize(columns: 120, rows: 40)
        try terminal.awaitScreen("both panes") { $0.contains("logs: all") && $0.contains("details: bad") }
        try terminal.resize(columns: 40, rows: 10)
        try terminal.awaitScreen("the excuse") { $0.contains("40x10 is too small") }
        try terminal.resize(columns: 200, rows: 60)
        try terminal.awaitScreen("the reason in the table") {
            $0.contains("logs: all") && $0.contains(" why")
        }
    }

    @Test func `the mouse selects and scrolls`() throws {
        let fixture = try Self.twoApps()
        let terminal = try Self.open(fixture)
        let screen = try terminal.awaitScreen("the table") { $0.contains(">api") && $0.contains("careful") }
        let row = try #require(screen.split(separator: "\n").firstIndex { $0.hasPrefix(" web ") })
        // What a terminal sends for the first button there (ctlseqs, X10 coordinates).
        try terminal.send([0x1B, 0x5B, 0x4D, 32, UInt8(33 + 4), UInt8(33 + row)])
        try terminal.awaitScreen("the selection") { $0.contains(">web") }
    }

    @Test func `the bridge is asked for its link, and a worker to clean up, on their own sockets`() throws {
        let fixture = try SupervisorFixture()
        try fixture.apply(SupervisorFixture.shell("whatsapp", "exec sleep 100000"))
        let memory: (Int64) -> JSONValue = { ["heap_used_bytes": .integer($0 << 20)] }
        let worker = try CannedDaemon(
            "\(fixture.home)/run/apps/whatsapp-0/worker.sock",
            [
                "GetState": ["state": "reconnecting", "queue": ["waiting": 3, "sending": 0, "dead": 2]],
                "Cleanup": ["before": memory(9), "after": memory(4)],
            ]
        )
        defer { withExtendedLifetime(worker) {} }
        let terminal = try Self.open(fixture)
        try terminal.awaitScreen("the link") { $0.contains("whatsapp reconnecting, 3 to send, 2 in trouble") }
        try terminal.keys("c")
        try terminal.awaitScreen("the question") { $0.contains("noviSupervisor cleanup whatsapp") }
        try terminal.keys("y")
        try terminal.awaitScreen("the answer") { $0.contains("whatsapp: heap 9.0 MiB, now 4.0 MiB") }
    }

    @Test func `who is no worker is told so`() throws {
        let fixture = try Self.twoApps()
        let terminal = try Self.open(fixture)
        try terminal.awaitScreen("the table") { $0.contains(">api") }
        try terminal.keys("c", "y")
        try terminal.awaitScreen("the answer") { $0.contains("api is no worker of Novi's") }
    }

    // MARK: - The terminal afterwards

    @Test func `Ctrl-Z gives the terminal back, fg takes it again`() throws {
        let fixture = try Self.twoApps()
        let terminal = try TerminalSession(fixture.home)
        let before = try terminal.settings()
        try terminal.run("noviSupervisor monit --home \(fixture.home)")
        try terminal.awaitScreen("the table") { $0.contains(">api") }
        for _ in 0..<2 {
            try terminal.keys("C-z")
            try terminal.awaitScreen("the shell") { $0.contains("Stopped") && !$0.contains(">api") }
            #expect(try terminal.settings() == before)
            #expect(try terminal.variable("alternate_on") == "0")
            try terminal.run("clear; fg")
            try terminal.awaitScreen("the table") { $0.contains(">api") && $0.contains(" web ") }
            try terminal.keys("j")
            try terminal.awaitScreen("the selection") { $0.contains(">web") }
            try terminal.keys("k")
            try terminal.awaitScreen("the selection") { $0.contains(">api") }
        }
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGSEGV, SIGABRT, SIGINT])
    func `however it ends, the terminal is as it was`(signal: Int32) throws {
        let fixture = try Self.twoApps()
        let terminal = try TerminalSession(fixture.home)
        let before = try terminal.settings()
        try terminal.run("ulimit -c 0; noviSupervisor monit --home \(fixture.home); echo status $?")
        try terminal.awaitScreen("the table") { $0.contains(">api") }
        #expect(try terminal.variable("alternate_on") == "1")
        kill(try terminal.foreground(), signal)
        let status = signal == SIGINT ? 130 : 128 + signal
        try terminal.awaitScreen("the prompt") { $0.contains("status \(status)") && !$0.contains(">api") }
        #expect(try terminal.settings() == before)
        #expect(try terminal.variable("alternate_on") == "0")
        #expect(try terminal.variable("cursor_flag") == "1")
        #expect(try terminal.variable("mouse_any_flag") == "0")
    }

    @Test func `a terminal that goes without a word ends it`() throws {
        let fixture = try Self.twoApps()
        let terminal = try TerminalSession(fixture.home)
        // In a session of its own no SIGHUP comes when the terminal goes.
        let id = "\(fixture.home)/monitor.pid"
        try terminal.run("setsid sh -c 'echo $$ > \(id); exec noviSupervisor monit --home \(fixture.home)'")
        try terminal.awaitScreen("the table") { $0.contains(">api") }
        let text = try String(contentsOfFile: id, encoding: .utf8)
        let pid = try #require(Int32(text.trimmingCharacters(in: .newlines)))
        #expect(kill(pid, 0) == 0)
        try terminal.close()
        let end = Clocks.monotonicNanoseconds() + 60_000_000_000
        while kill(pid, 0) == 0, Clocks.monotonicNanoseconds() < end { usleep(20_000) }
        let isGone = kill(pid, 0) != 0
        #expect(isGone)
        if !isGone { kill(pid, SIGKILL) }
    }

    // MARK: - Without a terminal, without leave, without a daemon

    @Test func `an output that is no terminal gets plain lines, again and again`() throws {
        let fixture = try Self.twoApps()
        let output = CommandOutput.of(
            "/bin/sh",
            ["-c", "\"$N\" monit --home \"$H\" --interval 1s api | head -n 4"],
            environment: ["N=\(SupervisorFixture.binary("noviSupervisor"))", "H=\(fixture.home)"],
            timeoutMilliseconds: 60_000
        )
        let text = String(decoding: try #require(output), as: UTF8.self)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(!text.contains("\u{1B}"))
        #expect(lines[0].contains("Z host cpu ") && lines[2].contains("Z host cpu "))
        #expect(
            lines[1].contains(" api online pid \(try fixture.pid("api")) ")
                && lines[3].contains(" api online ")
        )
    }

    @Test func `read-only refuses and tells the command`() throws {
        let fixture = try Self.twoApps()
        let terminal = try Self.open(fixture, "--read-only")
        try terminal.awaitScreen("the table") { $0.contains(">api") && $0.contains("READ-ONLY") }
        let before = try fixture.pid("api")
        try terminal.keys("r", "y")
        try terminal.awaitScreen("the refusal") {
            $0.contains("read-only; the command is: noviSupervisor restart api")
        }
        #expect(try fixture.pid("api") == before)
    }

    @Test func `a daemon that is killed is missed, and found again`() throws {
        let fixture = try Self.twoApps()
        let terminal = try Self.open(fixture)
        try terminal.awaitScreen("the table") { $0.contains(">api") }
        fixture.killDaemon()
        try terminal.awaitScreen("the word") { $0.contains("NO DAEMON") && $0.contains(">api") }
        try fixture.startDaemon()
        try terminal.awaitScreen("the daemon") {
            $0.contains("pid \(fixture.daemonPID)") && $0.contains("all well")
        }
    }

    @Test func `what is wrong is told before the screen changes`() throws {
        let fixture = try Self.twoApps()
        let terminal = try TerminalSession(fixture.home)
        try terminal.run("noviSupervisor monit --home \(fixture.home) wep; echo status $?")
        try terminal.awaitScreen("the word") {
            $0.contains("did you mean \"web\"?") && $0.contains("status 4")
        }
        try terminal.run("clear; noviSupervisor monit --home \(fixture.home) --interval 10ms; echo status $?")
        try terminal.awaitScreen("the word") {
            $0.contains("no time of 1s or more") && $0.contains("status 64")
        }
        try terminal.run("clear; noviSupervisor monit --home \(fixture.home)/none; echo status $?")
        try terminal.awaitScreen("the word") { $0.contains("no daemon answers") && $0.contains("status 69") }
    }

    @Test(arguments: ["dumb", "nonsense"]) func `a terminal that cannot do it gets plain lines`(
        name: String
    ) throws {
        let fixture = try Self.twoApps()
        let terminal = try TerminalSession(fixture.home, columns: 120)
        try terminal.run("TERM=\(name) noviSupervisor monit --home \(fixture.home)")
        try terminal.awaitScreen("plain lines") {
            $0.contains("Z host cpu ") && $0.contains(" web online pid ")
        }
        #expect(try terminal.variable("alternate_on") == "0")
        try terminal.keys("C-c")
        try terminal.run("echo status $?")
        try terminal.awaitScreen("the end") { $0.contains("status 130") }
    }

    @Test func `a locale without UTF-8 gets ASCII`() throws {
        let fixture = try Self.twoApps()
        let terminal = try TerminalSession(fixture.home, locale: "C")
        try terminal.run("noviSupervisor monit --home \(fixture.home)")
        let screen = try terminal.awaitScreen("the table") {
            $0.contains(">api") && $0.contains("W web | WARN careful")
        }
        #expect(screen.utf8.allSatisfy { $0 < 0x80 })
    }

    // MARK: - Floods and hostile logs

    @Test func `an app that floods its log holds up no key`() throws {
        let fixture = try Self.twoApps()
        let policy: JSONValue = [
            "policy": ["maximum_file_bytes": 10_000_000, "maximum_total_bytes": 50_000_000]
        ]
        try fixture.apply(
            SupervisorFixture.app(
                "flood",
                [SupervisorFixture.child, "flood", "4000000000", "100"],
                ["logs": policy]
            )
        )
        let terminal = try Self.open(fixture)
        try terminal.awaitScreen("the flood") { $0.contains("flood │") }
        for _ in 0..<3 {
            try terminal.keys("?")
            try terminal.awaitScreen("the help") { $0.contains("Ctrl-z to the shell") }
            try terminal.keys("Escape")
            try terminal.awaitScreen("no help") { !$0.contains("Ctrl-z to the shell") }
        }
        try fixture.call("Delete", ["select": [.string("flood")]])
        try terminal.awaitScreen("the two others") { $0.contains("2 processes") }
    }

    @Test func `nothing that an app writes steers the terminal`() throws {
        let fixture = try SupervisorFixture()
        let evil =
            #"printf 'title \033]0;EVIL\007 clear \033[2J\033[H home \302\2332J ris \033c end\n'; exec sleep 100000"#
        try fixture.apply(
            SupervisorFixture.shell("evil", evil),
            SupervisorFixture.shell("good", "exec sleep 100000")
        )
        let terminal = try Self.open(fixture)
        try terminal.awaitScreen("the line") { screen in
            screen.contains("evil │ title �]0;EVIL� clear �[2J�[H home �2J ris �c end")
                && screen.contains(" good ")
        }
        #expect(try !terminal.variable("pane_title").contains("EVIL"))
    }
}

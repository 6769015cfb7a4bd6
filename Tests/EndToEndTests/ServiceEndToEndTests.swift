import Foundation
import LinuxSystem
import Testing

/// The service on a real systemd: whatever happens to the daemon, `systemctl`, the status and the journal tell the truth.
@Suite(.enabled(if: SystemdHost.obstacle == nil, "\(SystemdHost.obstacle ?? "")"), .serialized)
struct ServiceEndToEndTests {
    private let host: SystemdHost

    init() throws { host = try SystemdHost() }

    /// The pids of everything that sleeps or marks its end.
    ///
    /// A shell's child has the shell's command line until it executes its own program: only leaders of a session count as shells.
    private func pids() throws -> Set<String> {
        let shells = "for p in $(pgrep -f 'tra[p] .echo'); do ps -o sid= -p $p | grep -qw $p && echo $p; done"
        let found = try host.shell("pgrep -fx 'sleep 1000'; \(shells); true")
        return Set(found.split(separator: "\n").map(String.init))
    }

    @Test func `startup installs a unit that systemd accepts, and unstartup takes it back`() throws {
        let printed = try host.novi("startup --print")
        let said = try host.novi("startup")
        #expect(said.contains("wrote /etc/systemd/system/novi.service"))
        #expect(said.contains("started"))
        #expect(try host.shell("cat /etc/systemd/system/novi.service").hasSuffix(printed))
        #expect(try host.property("UnitFileState", of: "novi") == "enabled")
        #expect(try host.property("ActiveState", of: "novi") == "active")
        #expect(try host.novi("ping").contains("/var/lib/novi"))
        // Again: nothing is broken by it.
        #expect(try host.novi("startup").contains("started"))
        try host.startApps(SystemdHost.sleeper("a"))
        let former = try pids()
        #expect(try host.novi("unstartup").contains("removed /etc/systemd/system/novi.service"))
        #expect(try pids() == former)
        try host.novi("kill")
        try host.await("the end", "! systemctl -q is-active novi")
        try host.shell("printf '[Service]\\nExecStart=/bin/true\\n' > /etc/systemd/system/novi.service")
        let refused = host.exec("/bin/sh", "-c", "'\(SupervisorFixture.binary("noviSupervisor"))' startup")
        #expect(refused.status == 1)
        #expect(refused.complaint.contains("was not written by `startup`"), "\(refused.complaint)")
        #expect(try host.novi("unstartup").contains("left /etc/systemd/system/novi.service alone"))
    }

    @Test func `a daemon that is killed is back at once, and the apps did not notice`() throws {
        try host.startService()
        try host.startApps(SystemdHost.sleeper("a", #", "instances": 2"#), SystemdHost.sleeper("b"))
        try host.await("the line", "systemctl show -P StatusText novi | grep -q '^3 online · 0 errored$'")
        // Pidfd, notify socket and two pipes of each, and the control socket.
        #expect(try host.property("NFileDescriptorStore", of: "novi") == "13")
        let former = try pids()
        #expect(former.count == 3)
        for round in 1...3 {
            let daemon = try host.mainPID()
            try host.shell("systemctl kill -s KILL --kill-who=main novi")
            try host.awaitDaemon(after: daemon)
            #expect(try pids() == former)
            #expect(try host.property("NRestarts", of: "novi") == "\(round)")
            #expect(try host.property("NFileDescriptorStore", of: "novi") == "13")
            #expect(try host.property("StatusText", of: "novi") == "3 online · 0 errored")
        }
        let words = try host.journal("-t", "noviSupervisord", "-o", "cat")
        #expect(words.filter { $0 == "took over 3 runs of an earlier daemon" }.count == 3)
        #expect(!words.contains { $0.contains("not reopened") || $0.contains("kept descriptor") })
        try host.novi("delete all")
        try host.await("an empty store", "[ $(systemctl show -P NFileDescriptorStore novi) = 1 ]")
    }

    @Test func `a client that connects while no daemon runs is served by the next`() throws {
        try host.startService("RestartSec=1s")
        try host.startApps(SystemdHost.sleeper("a"))
        let daemon = try host.mainPID()
        let answer = try host.shell(
            """
            systemctl kill -s KILL --kill-who=main novi
            while kill -0 \(daemon) 2>/dev/null; do sleep 0.01; done
            '\(SupervisorFixture.binary("noviSupervisor"))' ping
            """
        )
        #expect(answer.contains("/var/lib/novi"))
        #expect(try host.mainPID() != daemon)
    }

    @Test func `a loop that hangs is replaced, and the journal says why`() throws {
        try host.startService("WatchdogSec=2s")
        try host.startApps(SystemdHost.sleeper("a"))
        let former = try pids()
        let daemon = try host.mainPID()
        // Proof that a living loop is left alone, though nothing happens.
        Thread.sleep(forTimeInterval: 5)
        #expect(try host.mainPID() == daemon)
        try host.shell("kill -STOP \(daemon)")
        try host.awaitDaemon(after: daemon)
        #expect(try pids() == former)
        let words = try host.journal("-u", "novi", "-o", "cat", "_PID=1")
        #expect(words.contains { $0.contains("Watchdog timeout") }, "\(words)")
        #expect(words.contains { $0.contains("Failed with result 'watchdog'") })
        #expect(try host.status().contains("online"))
    }

    @Test func `a restart of the service stops everything in order and starts it again`() throws {
        try host.startService()
        try host.startApps(
            SystemdHost.sleeper("database"),
            SystemdHost.sleeper("api", #", "depends_on": "database""#)
        )
        let former = try pids()
        try host.shell("systemctl restart novi")
        try host.await("both", "systemctl show -P StatusText novi | grep -q '^2 online · 0 errored$'")
        #expect(former.isDisjoint(with: try pids()))
        let ends = try host.journal("-o", "cat", "--output-fields=NOVI_APP", "NOVI_EVENT=exited")
        #expect(ends == ["api", "database"])
        let causes = try host.shell("journalctl -q -F NOVI_CAUSE_KIND").split(separator: "\n")
        #expect(causes == ["shutdown"])
        #expect(try host.property("Result", of: "novi") == "success")
        #expect(try host.property("NFileDescriptorStore", of: "novi") == "9")
        try host.shell("systemctl stop novi")
        #expect(try pids().isEmpty)
        #expect(try host.property("Result", of: "novi") == "success")
    }

    @Test func `a long stop gets the time that it needs`() throws {
        try host.startService("TimeoutStopSec=2s")
        try host.startApps(
            SystemdHost.app("deaf", "trap '' TERM; while :; do sleep 0.1; done", #", "kill_timeout": "5s""#)
        )
        try host.shell("systemctl stop novi")
        #expect(try host.property("Result", of: "novi") == "success")
        #expect(try !host.journal("NOVI_EVENT=killed", "NOVI_APP=deaf").isEmpty)
    }

    @Test func `with the live switch apps live over a restart, and a shutdown still stops them in order`()
        throws
    {
        try host.startService("Environment=NOVI_LIVE_RESTART=1")
        let marks = "\(host.folder)/marks"
        let marking = { (name: String) in
            "trap 'echo \(name) >> \(marks); exit 0' TERM; while :; do sleep 0.05; done"
        }
        try host.startApps(
            SystemdHost.app("database", marking("database")),
            SystemdHost.app("api", marking("api"), #", "depends_on": "database""#)
        )
        let former = try pids()
        #expect(former.count == 2)
        let daemon = try host.mainPID()
        try host.shell("systemctl restart novi")
        #expect(try host.mainPID() != daemon)
        #expect(try pids() == former)
        #expect(try host.property("StatusText", of: "novi") == "2 online · 0 errored")
        #expect(try host.property("Result", of: "novi") == "success")
        // A full stop and a start, too.
        try host.shell("systemctl stop novi")
        #expect(try pids() == former)
        try host.shell("systemctl start novi")
        #expect(try host.property("StatusText", of: "novi") == "2 online · 0 errored")
        #expect(!FileManager.default.fileExists(atPath: marks))
        host.powerOff()
        #expect(try String(contentsOfFile: marks, encoding: .utf8) == "api\ndatabase\n")
    }

    @Test func `reload changes what changed, daemon-reload nothing, and a kill by command is the end`() throws
    {
        try host.startService()
        try host.startApps(SystemdHost.sleeper("a"), SystemdHost.sleeper("b"))
        let daemon = try host.mainPID()
        let former = try pids()
        try host.shell("systemctl daemon-reload")
        #expect(try host.mainPID() == daemon)
        #expect(try pids() == former)
        let changed =
            "{\"apps\": [\(SystemdHost.sleeper("a")), \(SystemdHost.sleeper("b", #", "env": {"X": "1"}"#))]}"
        try AtomicFile.replace("\(host.folder)/ecosystem.json", Array(changed.utf8), mode: 0o644)
        try host.shell("systemctl reload novi")
        try host.await("the change", "journalctl -q NOVI_EVENT=configuration_changed NOVI_APP=b | grep -q .")
        try host.await("b again", "systemctl show -P StatusText novi | grep -q '^2 online · 0 errored$'")
        #expect(former.intersection(try pids()).count == 1)
        #expect(try host.mainPID() == daemon)
        #expect(try host.property("ActiveState", of: "novi") == "active")
        try host.novi("kill")
        try host.await("the end", "! systemctl -q is-active novi")
        Thread.sleep(forTimeInterval: 1)
        #expect(try host.property("ActiveState", of: "novi") == "inactive")
        #expect(try pids().isEmpty)
        // Whoever starts an app next gets the service, not a daemon beside it.
        try host.novi("start a")
        #expect(try host.property("ActiveState", of: "novi") == "active")
    }

    @Test func `how an app ended while no daemon ran is known, and its last words are not lost`() throws {
        try host.startService("RestartSec=3s")
        let mark = "\(host.folder)/go"
        let script =
            "echo begun; until [ -e \(mark) ]; do sleep 0.02; done; rm \(mark); echo last words; echo oops >&2; exit 3"
        try host.startApps(SystemdHost.app("a", script))
        try host.await("its first word", "grep -q begun /var/log/novi/a-out.log")
        let daemon = try host.mainPID()
        let output = try host.shell(
            """
            systemctl kill -s KILL --kill-who=main novi
            while kill -0 \(daemon) 2>/dev/null; do sleep 0.01; done
            touch \(mark)
            while [ -e \(mark) ] || pgrep -f 'echo last word[s]' >/dev/null; do sleep 0.02; done
            systemctl is-active novi
            true
            """
        )
        // It was over before the next daemon began.
        #expect(!output.hasPrefix("active"))
        try host.awaitDaemon(after: daemon)
        try host.await(
            "its end in the journal",
            "journalctl -q NOVI_EVENT=exited NOVI_APP=a NOVI_CODE=3 | grep -q ."
        )
        try host.await("its next run", "[ $(grep -c begun /var/log/novi/a-out.log) = 2 ]")
        #expect(try host.shell("cat /var/log/novi/a-out.log") == "begun\nlast words\nbegun\n")
        #expect(try host.shell("cat /var/log/novi/a-error.log") == "oops\n")
        #expect(try host.novi("why a --no-color").contains("code 3"))
        #expect(try host.property("NFileDescriptorStore", of: "novi") == "5")
    }
}

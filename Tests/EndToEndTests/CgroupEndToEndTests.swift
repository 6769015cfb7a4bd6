import Foundation
import LinuxSystem
import Testing

/// Apps in cgroups of their own, on a real systemd (M18).
@Suite(.enabled(if: SystemdHost.obstacle == nil, "\(SystemdHost.obstacle ?? "")"), .serialized)
struct CgroupEndToEndTests {
    private let host: SystemdHost

    init() throws { host = try SystemdHost() }

    private static let scope = "/system.slice/novi-apps.scope"

    /// An app with a descendant that left its session and has no environment.
    private static let escaping = SystemdHost.app(
        "escaping",
        "(setsid env -i /bin/sleep 2222 &); exec sleep 1000"
    )

    private func cgroup(of pid: String) throws -> String {
        try host.shell("grep ^0:: /proc/\(pid)/cgroup | cut -d: -f3").trimmingCharacters(in: .newlines)
    }

    private func pid(_ command: String) throws -> String {
        try host.shell("pgrep -fx '\(command)'").trimmingCharacters(in: .newlines)
    }

    private func describe(_ app: String) throws -> [String] {
        try host.novi("describe \(app) --no-color").split(separator: "\n").map(String.init)
    }

    @Test func `apps live beside the service, and outlive all of it being killed`() throws {
        try host.startService()
        try host.startApps(SystemdHost.sleeper("a"))
        let app = try pid("sleep 1000")
        let place = try cgroup(of: app)
        #expect(place.hasPrefix("\(Self.scope)/a@"), "\(place)")
        #expect(try describe("a").contains { $0.contains("cgroup") && $0.hasSuffix(place) })
        #expect(try host.property("Delegate", of: "novi-apps.scope") == "yes")
        #expect(try host.property("TasksMax", of: "novi-apps.scope") == "infinity")
        // Nothing but the daemon is in the service: all of it may be killed.
        for _ in 0..<3 {
            let daemon = try host.mainPID()
            try host.shell("systemctl kill -s KILL novi")
            try host.awaitDaemon(after: daemon)
            #expect(try pid("sleep 1000") == app)
            #expect(try cgroup(of: app) == place)
        }
        // The next run gets a group of its own, and that of the last one is gone.
        try host.novi("restart a --wait")
        let next = try cgroup(of: try pid("sleep 1000"))
        #expect(next.hasPrefix("\(Self.scope)/a@") && next != place)
        try host.await("the end of the first group", "! test -e /sys/fs/cgroup\(place)")
        // An ordered stop leaves nothing.
        try host.shell("systemctl stop novi")
        try host.await("the end of the scope", "! systemctl -q is-active novi-apps.scope")
        #expect(try host.shell("pgrep -c novi-anchor; true") == "0\n")
        try host.shell("systemctl start novi")
        #expect(try cgroup(of: try pid("sleep 1000")).hasPrefix("\(Self.scope)/a@"))
    }

    @Test
    func `a descendant that left its session and its environment is found after an adoption, and ended`()
        throws
    {
        try host.startService()
        try host.startApps(Self.escaping)
        try host.await("the escape", "pgrep -fx '/bin/sleep 2222'")
        #expect(try cgroup(of: try pid("/bin/sleep 2222")).hasPrefix("\(Self.scope)/escaping@"))
        let daemon = try host.mainPID()
        try host.shell("systemctl kill -s KILL novi")
        try host.awaitDaemon(after: daemon)
        try host.novi("stop escaping")
        #expect(try host.shell("pgrep -fx '/bin/sleep 2222'; pgrep -fx 'sleep 1000'; true") == "")
        // The same of a run whose main process died meanwhile: its successor starts when all of it is gone.
        try host.novi("start escaping --wait")
        try host.await("the escape", "pgrep -fx '/bin/sleep 2222'")
        let former = try pid("/bin/sleep 2222")
        try host.shell(
            "systemctl kill -s KILL novi; pkill -KILL -fx 'sleep 1000'"
        )
        try host.await("another one", "p=$(pgrep -fx '/bin/sleep 2222') && [ $p != \(former) ]")
        #expect(try host.shell("pgrep -cfx '/bin/sleep 2222'") == "1\n")
    }

    @Test func `a scope that others end is made again`() throws {
        try host.startService()
        try host.startApps(SystemdHost.sleeper("a"))
        let former = try pid("sleep 1000")
        try host.shell("systemctl stop novi-apps.scope")
        try host.await("another run", "p=$(pgrep -fx 'sleep 1000') && [ $p != \(former) ]")
        try host.await("its group", "grep -q '\(Self.scope)/a@' /proc/$(pgrep -fx 'sleep 1000')/cgroup")
        #expect(try host.novi("why a --no-color").contains("SIGTERM"))
    }

    @Test func `a daemon that no service manager started says that there are no cgroups, once`() throws {
        let home = "\(host.folder)/home"
        try host.shell("mkdir -p \(home)")
        let novi = "NOVI_HOME=\(home) '\(SupervisorFixture.binary("noviSupervisor"))'"
        try host.shell("\(novi) start /bin/sleep -- 3333")
        #expect(try host.shell("\(novi) describe sleep --no-color").contains("cgroup") == false)
        let log = try host.shell("cat \(home)/logs/noviSupervisord.log")
        let lines = log.split(separator: "\n").filter { $0.contains("no cgroups of their own") }
        #expect(lines.count == 1 && lines[0].contains("the daemon was not started by systemd"), "\(log)")
        try host.shell("\(novi) kill")
    }
}

import Foundation
import LinuxSystem
import Testing

/// Apps whose memory and tasks the kernel counts, on a systemd with a kernel of its own (M18).
@Suite(.enabled(if: SystemdHost.kernelObstacle == nil, "\(SystemdHost.kernelObstacle ?? "")"))
struct ControllerEndToEndTests {
    @Test
    func
        `memory and tasks are counted by app, an OOM kill is known as one, and a killed service starts again`()
        throws
    {
        let host = try SystemdHost(hasOwnKernel: true)
        let child = SupervisorFixture.binary("MisbehavingChild")
        let go = "\(host.folder)/go"
        try host.startService()
        let hungry =
            "until [ -e \(go) ]; do sleep 0.1; done; rm \(go); exec \(child) grow 1000000 1 200000000"
        try host.startApps(SystemdHost.sleeper("calm"), SystemdHost.app("hungry", hungry))
        let place = try host.shell("grep ^0:: /proc/$(pgrep -fx 'sleep 1000')/cgroup | cut -d: -f3")
        #expect(place.hasPrefix("/system.slice/novi-apps.scope/calm@"))
        let page = try host.novi("describe calm --no-color")
        #expect(page.contains("with file cache") && page.contains("1 task"), "\(page)")
        let figures = try host.novi("describe calm --json")
        #expect(figures.contains("\"tasks\":1") || figures.contains("\"tasks\": 1"), "\(figures)")

        // With controllers below the service itself this is where systemd 252 would fail with 219/CGROUP.
        let daemon = try host.mainPID()
        try host.shell("systemctl kill -s KILL novi")
        try host.awaitDaemon(after: daemon)
        #expect(try host.property("NRestarts", of: "novi") == "1")

        // Killed for its group's limit, after the adoption.
        try host.shell(
            "for f in /sys/fs/cgroup/system.slice/novi-apps.scope/hungry@*; do echo 30M > $f/memory.max; done; touch \(go)"
        )
        let novi = "'\(SupervisorFixture.binary("noviSupervisor"))'"
        try host.await(
            "the kill",
            "\(novi) why hungry --no-color | grep -q 'OOM killer'",
            seconds: 120
        )
        let calm = try host.novi("describe calm --no-color")
        #expect(calm.contains("restarts       0"), "\(calm)")
        let why = try host.novi("why hungry --no-color")
        #expect(why.contains("restart after"), "\(why)")
    }
}

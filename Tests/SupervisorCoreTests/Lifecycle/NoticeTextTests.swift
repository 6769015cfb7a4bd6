import Shared
import SupervisorCore
import Testing

/// The sentences that operators read in `why`, `events` and the journal.
@Suite struct NoticeTextTests {
    private static let amara = Requester(user: "amara", pid: 812, terminal: "/dev/pts/3")
    private static let verdict = MemoryVerdict(
        subject: .heap,
        measured: .mebibytes(812),
        limit: .mebibytes(800)
    )

    private static func exited(
        _ exit: ProcessExit,
        _ cause: EndCause = .itself,
        oom: Bool = false
    ) -> LifecycleNotice.Kind {
        .exited(exit, uptime: .seconds(3), cause, followsOOMKill: oom)
    }

    static let sentences: [(LifecycleNotice.Kind, String)] = [
        (exited(.exited(code: 3)), "exited by itself with code 3 after 3 s"),
        (
            exited(.signaled(.segmentationFault, coreDumped: true)),
            "killed by SIGSEGV (core dumped) after 3 s"
        ),
        (exited(.signaled(.kill, coreDumped: false)), "killed with SIGKILL from outside after 3 s"),
        (
            exited(.signaled(.kill, coreDumped: false), oom: true),
            "killed with SIGKILL by the kernel's OOM killer after 3 s"
        ),
        (exited(.unknown), "ended after 3 s; its exit status is unknown"),
        (
            exited(.unknown, oom: true),
            "ended after 3 s; its exit status is unknown; the kernel's OOM killer ended a process of its cgroup"
        ),
        (
            exited(.exited(code: 0), .stopRequested(amara)),
            "ended with exit code 0 after 3 s, stop asked for by amara on /dev/pts/3 (pid 812)"
        ),
        (
            exited(.signaled(.terminate, coreDumped: false), .memory(verdict)),
            "ended with SIGTERM after 3 s, heap of 812.0 MiB above the hard limit of 800.0 MiB"
        ),
        (.stopping(.readinessTimeout(.seconds(10))), "stopping, not ready within 10 s"),
        (.stopping(.watchdog(.seconds(30))), "stopping, no sign of life for 30 s (watchdog)"),
        (.launched(pid: 7, .runEnded(.exited(code: 1))), "started with pid 7, restart after exit code 1"),
        (.stragglersEnded(count: 1), "main process ended and left 1 process behind; ending them"),
        (
            .waitingToRestart(after: .milliseconds(400), failures: 3, limit: 16),
            "restarts in 400 ms (short run 3 of 16 before giving up)"
        ),
        (
            .waitingToRestart(after: .seconds(15), failures: 40, limit: nil),
            "restarts in 15 s (short run 40, never gives up)"
        ),
        (.waitingToRestart(after: .seconds(5), failures: 0, limit: 16), "restarts in 5 s"),
        (.gaveUp(unstableRuns: 1, window: .seconds(600)), "gave up after 1 short run within 10 min"),
        (
            .memoryRestartsExhausted(verdict, perHour: 2),
            "heap of 812.0 MiB above the hard limit of 800.0 MiB; not restarted: already 2 memory restarts "
                + "within the hour"
        ),
        (
            .memoryReport(
                used: .mebibytes(100),
                total: .mebibytes(120),
                external: .mebibytes(5),
                resident: .mebibytes(200)
            ),
            "memory: heap used 100.0 MiB, heap total 120.0 MiB, external 5.0 MiB, rss 200.0 MiB"
        ),
        (.shutdownBegan(.daemon, urgent: true), "shutdown made urgent by noviSupervisord"),
    ]

    @Test(arguments: [
        (ProcessExit.signaled(.kill, coreDumped: false), false, "from outside"),
        (.signaled(.kill, coreDumped: false), true, "by the kernel's OOM killer"),
        (.exited(code: 3), false, "by itself"),
        (.signaled(.segmentationFault, coreDumped: true), false, "by itself"),
    ])
    func `an end in the list of ends has the words of its notice`(exit: ProcessExit, oom: Bool, cause: String)
    {
        var scene = Scene()
        scene.bringUp(app("a"))
        scene.send(
            .exited(scene.run("a") ?? RunID(rawValue: 0), ExitObservation(exit: exit, followsOOMKill: oom))
        )
        #expect(scene.supervisor.exits(of: 0).last?.ended.causeText == cause)
    }

    @Test(arguments: sentences)
    func `a notice says what happened and why`(kind: LifecycleNotice.Kind, sentence: String) {
        #expect(kind.message == sentence)
    }

    @Test(arguments: [
        (exited(.exited(code: 1)), true), (exited(.exited(code: 0)), false),
        (exited(.exited(code: 1), .stopRequested(amara)), false),
        (exited(.exited(code: 0), .memory(verdict)), true), (.stopping(.watchdog(.seconds(1))), true),
        (.stopping(.stopRequested(amara)), false), (.online(after: .zero), false), (.unkillable, true),
    ])
    func `a notice warns when something is wrong, not when somebody asked for it`(
        kind: LifecycleNotice.Kind,
        isWarning: Bool
    ) {
        #expect(kind.isWarning == isWarning)
    }

    @Test func `no sentence ends with a full stop`() {
        for (kind, _) in Self.sentences {
            #expect(!kind.message.hasSuffix("."))
            #expect(!kind.word.contains(" "))
        }
    }
}

import Shared
import SupervisorCore
import Testing

/// One run: readiness, watchdog, memory, ends, and what comes too late.
@Suite struct RunTests {
    private var slow: AppDefinition { app("a", readyWithin: .seconds(10)) }

    private func timer(_ scene: Scene, _ make: (RunID) -> TimerID) -> TimerID {
        make(scene.run("a") ?? RunID(rawValue: 0))
    }

    @Test(
        arguments: [
            (false, [], 0, "completed after 32 ms"),
            (false, [], 3, "ended with exit code 3 after 32 ms; autorestart is off"),
            (true, [3], 3, "ended with exit code 3 after 32 ms, which is one of stop_exit_codes"),
        ] as [(Bool, Set<Int32>, Int32, String)]
    )
    func `the reason of an end tells code and time once`(
        restarts: Bool,
        codes: Set<Int32>,
        code: Int32,
        reason: String
    ) {
        var scene = Scene()
        scene.bringUp(
            app("a") {
                $0.restart.isEnabled = restarts
                $0.restart.stopExitCodes = codes
            }
        )
        scene.wait(.milliseconds(32))
        scene.exit("a", code: code)
        #expect(scene.status("a")?.reason == reason)
    }

    // MARK: - Readiness

    @Test func `no readiness in time is a failure that is judged like a crash`() {
        var scene = Scene()
        let start = scene.ask(.apply([slow], prunedSource: nil), waits: true)
        scene.execute("a")
        let readiness = timer(scene) { .readiness($0) }
        scene.fire(readiness)
        #expect(scene.word("a") == "stopping")
        scene.exit("a")
        #expect(scene.result(start, "a") == .failed)
        #expect(scene.word("a") == "waiting restart")
        #expect(scene.story("a").suffix(3) == ["stopping", "exited", "waiting_to_restart"])
    }

    @Test func `time-outs end in errored in spite of their length`() {
        var scene = Scene()
        scene.ask(
            .apply(
                [app("a", readyWithin: .seconds(10)) { $0.restart.maximumUnstableRuns = 3 }],
                prunedSource: nil
            )
        )
        for _ in 0..<3 {
            scene.execute("a")
            let readiness = timer(scene) { .readiness($0) }
            scene.fire(readiness)
            scene.exit("a")
            let id = scene.id("a")
            scene.fire(.restart(process: id))
        }
        #expect(scene.word("a") == "errored")
    }

    @Test func `a death before readiness is a failure, however long it took`() {
        var scene = Scene()
        scene.ask(.apply([slow], prunedSource: nil))
        scene.execute("a")
        scene.wait(.seconds(8))
        scene.exit("a", code: 1)
        #expect(scene.word("a") == "waiting restart")
        #expect(scene.spawnCount("a") == 1)
    }

    @Test func `EXTEND_TIMEOUT lengthens the wait for readiness and never shortens it`() {
        var scene = Scene()
        scene.ask(.apply([slow], prunedSource: nil))
        scene.execute("a")
        let readiness = timer(scene) { .readiness($0) }
        let first = scene.timers[readiness]
        scene.report("a") { $0.extendsTimeout = .seconds(1) }
        #expect(scene.timers[readiness] == first)
        scene.report("a") { $0.extendsTimeout = .seconds(60) }
        #expect(scene.timers[readiness] == scene.now + .seconds(60))
    }

    @Test func `READY before the pid is known counts once the pid is known`() {
        var scene = Scene()
        scene.ask(.apply([slow], prunedSource: nil))
        scene.becomeReady("a")
        #expect(scene.word("a") == "launching")
        scene.execute("a")
        #expect(scene.word("a") == "online")
        #expect(scene.timers.keys.allSatisfy { if case .readiness = $0 { false } else { true } })
    }

    // MARK: - Stop

    @Test func `EXTEND_TIMEOUT lengthens a stop and never shortens it`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        scene.ask(.stop(choose("a")))
        let step = timer(scene) { .stopStep($0) }
        let first = scene.timers[step]
        scene.report("a") { $0.extendsTimeout = .zero }
        #expect(scene.timers[step] == first)
        scene.report("a") { $0.extendsTimeout = .seconds(30) }
        #expect(scene.timers[step] == scene.now + .seconds(30))
    }

    @Test func `a run that ignores SIGTERM is killed, and asked again while the kernel holds it`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        scene.ask(.stop(choose("a")))
        let step = timer(scene) { .stopStep($0) }
        scene.fire(step)
        scene.fire(step)
        scene.fire(step)
        #expect(scene.signals(to: "a") == [.terminate, .continue, .kill, .kill, .kill])
        #expect(scene.story("a").suffix(3) == ["killed", "unkillable", "unkillable"])
        #expect(scene.status("a")?.reason?.contains("survives SIGKILL") == true)
        scene.exit("a")
        #expect(scene.word("a") == "stopped")
        #expect(scene.timers.isEmpty)
    }

    @Test func `a kill_timeout of 0 kills at the next turn`() {
        var scene = Scene()
        scene.bringUp(app("a") { $0.stop.killTimeout = .zero })
        scene.ask(.stop(choose("a")))
        let step = timer(scene) { .stopStep($0) }
        #expect(scene.timers[step] == scene.now)
        scene.fire(step)
        #expect(scene.signals(to: "a").last == .kill)
    }

    // MARK: - Stragglers

    @Test func `what a crashed run left behind is killed before the next one starts`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        scene.wait(.seconds(5))
        scene.exit("a", code: 1, stragglers: 2)
        #expect(scene.signals(to: "a") == [.kill])
        #expect(scene.spawnCount("a") == 1)
        #expect(scene.released.isEmpty)
        scene.emptyTree("a")
        #expect(scene.released.count == 1)
        #expect(scene.spawnCount("a") == 2)
    }

    @Test func `without treekill stragglers are let go`() {
        var scene = Scene()
        scene.bringUp(app("a") { $0.stop.includesTree = false })
        scene.wait(.seconds(5))
        scene.exit("a", code: 1, stragglers: 2)
        #expect(scene.signals.isEmpty)
        #expect(scene.spawnCount("a") == 2)
    }

    @Test func `stragglers of a polite stop get the rest of it`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        let stop = scene.ask(.stop(choose("a")))
        scene.exit("a", stragglers: 1)
        #expect(scene.answers[stop] == nil)
        let step = timer(scene) { .stopStep($0) }
        scene.fire(step)
        #expect(scene.signals(to: "a").last == .kill)
        scene.emptyTree("a")
        #expect(scene.result(stop, "a") == .stopped)
    }

    @Test func `a signal to what has only stragglers left is refused`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        scene.exit("a", code: 1, stragglers: 1)
        let before = scene.signals.count
        let signal = scene.ask(.signal(choose("a"), .user1))
        #expect(scene.result(signal, "a") == .failed)
        #expect(scene.signals.count == before)
    }

    // MARK: - Watchdog

    @Test func `silence ends a run with a watchdog, signs of life keep it`() {
        var scene = Scene()
        scene.bringUp(app("a") { $0.watchdog = .seconds(10) })
        let watchdog = timer(scene) { .watchdog($0) }
        scene.wait(.seconds(9))
        scene.report("a") { $0.isAlive = true }
        #expect(scene.timers[watchdog] == scene.now + .seconds(10))
        scene.fire(watchdog)
        #expect(scene.word("a") == "stopping")
        scene.exit("a")
        #expect(scene.spawnCount("a") == 2)
    }

    @Test func `WATCHDOG=trigger ends a run at once`() {
        var scene = Scene()
        scene.bringUp(app("a") { $0.watchdog = .seconds(10) })
        scene.report("a") { $0.asksForWatchdogAction = true }
        #expect(scene.word("a") == "stopping")
        #expect(scene.timers[timer(scene) { .watchdog($0) }] == nil)
    }

    @Test func `a short EXTEND_TIMEOUT does not shorten the watchdog`() {
        var scene = Scene()
        scene.bringUp(app("a") { $0.watchdog = .seconds(10) })
        scene.report("a") { $0.extendsTimeout = .seconds(1) }
        #expect(scene.timers[timer(scene) { .watchdog($0) }] == scene.now + .seconds(10))
    }

    // MARK: - Memory

    @Test func `memory restarts happen at most twice an hour, then there is one alert`() {
        var scene = Scene()
        scene.bringUp(app("a") { $0.memory.treeLimit = .mebibytes(100) })
        for round in 1...2 {
            for _ in 0..<3 {
                scene.measure("a", tree: .mebibytes(200))
            }
            #expect(scene.word("a") == "stopping")
            scene.exit("a")
            scene.execute("a")
            #expect(scene.spawnCount("a") == round + 1)
        }
        for _ in 0..<20 {
            scene.measure("a", tree: .mebibytes(200))
        }
        #expect(scene.word("a") == "online")
        #expect(scene.story("a").count { $0 == "memory_restarts_exhausted" } == 1)
        scene.wait(.seconds(3600))
        scene.measure("a", tree: .mebibytes(200))
        #expect(scene.word("a") == "stopping")
    }

    @Test func `a memory restart is not charged to the restart limit`() {
        var scene = Scene()
        scene.bringUp(
            app("a") {
                $0.memory.treeLimit = .mebibytes(100)
                $0.memory.sampleInterval = .milliseconds(10)
                $0.restart.maximumUnstableRuns = 1
            }
        )
        let run = scene.run("a") ?? RunID(rawValue: 0)
        for _ in 0..<3 {
            scene.send(.sampled(run, MemorySample(tree: .mebibytes(200))))
        }
        scene.exit("a")
        #expect(scene.spawnCount("a") == 2)
    }

    @Test func `a clean-up is asked of the worker`() {
        var scene = Scene()
        scene.bringUp(app("a") { $0.memory.soft = .mebibytes(100) })
        scene.report("a") { $0.heapUsed = .mebibytes(150) }
        scene.measure("a", tree: .mebibytes(10))
        #expect(scene.effects.contains { if case .requestCleanup = $0 { true } else { false } })
        #expect(scene.status("a")?.reason == "heap of 150.0 MiB above the soft limit of 100.0 MiB")
    }

    @Test func `samples of all processes fall on the same instants`() {
        var scene = Scene()
        scene.bringUp(app("a") { $0.memory.treeLimit = .mebibytes(1) })
        scene.wait(.milliseconds(1700))
        scene.bringUp(app("b") { $0.memory.treeLimit = .mebibytes(1) })
        #expect(Set(scene.timers.values).count == 1)
    }

    @Test func `the memory line comes every 5 minutes while a worker reports its heap`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        scene.report("a") { $0.heapUsed = .mebibytes(10) }
        let line = timer(scene) { .memoryReport($0) }
        #expect(scene.timers[line] == scene.now + .seconds(300))
        scene.fire(line)
        #expect(scene.effects.contains { if case .measureResident = $0 { true } else { false } })
        #expect(scene.timers[line] == scene.now + .seconds(300))
        scene.exit("a")
        #expect(scene.timers[line] == nil)
    }

    @Test(arguments: [0, 1])
    func `a first heap report during a stop arms nothing that outlives the run`(stragglers: Int) {
        var scene = Scene()
        scene.bringUp(app("a"))
        scene.ask(.stop(choose("a")), timeout: .seconds(5))
        if stragglers > 0 {
            scene.exit("a", stragglers: stragglers)
        }
        scene.report("a") { $0.heapUsed = .mebibytes(10) }
        if stragglers > 0 {
            scene.emptyTree("a")
        } else {
            scene.exit("a")
        }
        #expect(scene.timers.isEmpty)
    }

    // MARK: - Failed spawns

    @Test func `a failed spawn is repeated with backoff and counted, and the reason is told`() {
        var scene = Scene()
        let start = scene.ask(.apply([app("a")], prunedSource: nil))
        scene.fail("a")
        #expect(scene.result(start, "a") == .failed)
        #expect(scene.outcomes(start)?.first?.message?.contains("cannot execute /bin/a") == true)
        #expect(scene.released.count == 1)
        let id = scene.id("a")
        for _ in 0..<14 {
            scene.fire(.restart(process: id))
            scene.fail("a")
        }
        #expect(scene.word("a") == "waiting restart")
        scene.fire(.restart(process: id))
        scene.fail("a")
        #expect(scene.word("a") == "errored")
        #expect(scene.status("a")?.reason?.contains("cannot execute /bin/a") == true)
        #expect(scene.timers.isEmpty)
    }

    @Test func `a failed spawn without autorestart ends in errored, with its reason`() {
        var scene = Scene()
        let start = scene.ask(.apply([app("a") { $0.restart.isEnabled = false }], prunedSource: nil))
        scene.fail("a")
        #expect(scene.word("a") == "errored")
        #expect(scene.outcomes(start)?.first?.message?.contains("cannot execute /bin/a") == true)
    }

    @Test func `errored is left by a start, and failures are forgiven`() {
        var scene = Scene()
        scene.put("api", into: "errored")
        #expect(scene.word("api") == "errored")
        let start = scene.ask(.start(choose("api")))
        scene.execute("api")
        #expect(scene.result(start, "api") == .started)
    }

    // MARK: - Late and strange

    @Test func `what belongs to an earlier run is ignored and counted`() {
        var scene = Scene()
        scene.bringUp(app("a", readyWithin: .seconds(10)))
        let old = scene.run("a") ?? RunID(rawValue: 0)
        scene.wait(.seconds(5))
        scene.exit("a", code: 1)
        let late: [SupervisorEvent] = [
            .exited(old, ExitObservation(exit: .exited(code: 0))), .treeEmptied(old),
            .timerFired(.readiness(old)), .timerFired(.stopStep(old)), .timerFired(.watchdog(old)),
            .timerFired(.memorySample(old)), .timerFired(.memoryReport(old)), .reported(old, WorkerReport()),
            .sampled(old, MemorySample(tree: ByteCount(1))),
            .spawned(old, pid: 5),
            .spawnFailed(old, SpawnFailure(stage: "exec", errorName: "ENOENT", message: "late")),
        ]
        let before = scene.status("a")
        for event in late {
            scene.send(event)
            #expect(scene.effects.isEmpty)
        }
        #expect(scene.supervisor.lateEvents == late.count)
        #expect(scene.status("a") == before)
    }

    @Test func `only the last ends and notices are kept`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        for _ in 0..<20 {
            scene.wait(.seconds(2))
            scene.exit("a", code: 1)
            scene.execute("a")
        }
        let id = scene.id("a")
        #expect(scene.supervisor.exits(of: id).count == 5)
        #expect(scene.supervisor.trail(of: id).count == 16)
        #expect(scene.status("a")?.restarts == 20)
    }

    @Test func `the memory line does not count towards the samples in a row`() {
        var scene = Scene()
        scene.bringUp(app("a") { $0.memory.hard = .mebibytes(100) })
        scene.report("a") { $0.heapUsed = .mebibytes(200) }
        scene.measure("a", tree: .mebibytes(200))
        scene.measure("a", tree: .mebibytes(200))
        guard let run = scene.run("a") else { return }
        scene.send(.residentMeasured(run, .mebibytes(200)))
        #expect(scene.story("a").last == "memory_report")
        #expect(scene.word("a") == "online")
        scene.measure("a", tree: .mebibytes(200))
        #expect(scene.word("a") == "stopping")
    }

    @Test(arguments: [("completed", 0, true), ("stop exit code", 3, true), ("failed", 1, false)])
    func `an end is as wanted when it was a success or is one of stop_exit_codes`(
        what: String,
        code: Int32,
        isAsWanted: Bool
    ) {
        var scene = Scene()
        scene.bringUp(
            app("a") {
                $0.restart.isEnabled = false
                $0.restart.stopExitCodes = [3]
            }
        )
        #expect(scene.status("a")?.isAsWanted == true)
        scene.exit("a", code: code)
        #expect(scene.word("a") == "stopped")
        #expect(scene.status("a")?.isAsWanted == isAsWanted, "\(what)")
    }

    @Test func `what was stopped or never started is as wanted, what was given up or waits is not`() {
        var scene = Scene()
        scene.bringUp(
            app("a") { $0.restart.maximumUnstableRuns = 2 },
            app("b") { $0.startsAutomatically = false }
        )
        #expect(scene.status("b")?.isAsWanted == true)
        scene.exit("a", code: 1)
        #expect(scene.status("a")?.isAsWanted == false)
        scene.fire(.restart(process: scene.id("a")))
        #expect(scene.status("a")?.isAsWanted == false)
        scene.execute("a")
        scene.exit("a", code: 1)
        #expect(scene.word("a") == "errored")
        #expect(scene.status("a")?.isAsWanted == false)
        scene.ask(.stop(choose("a")))
        #expect(scene.status("a")?.isAsWanted == true)
    }
}

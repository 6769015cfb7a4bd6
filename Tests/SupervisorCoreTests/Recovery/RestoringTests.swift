import Shared
import SupervisorCore
import Testing

/// What the next daemon makes of what the dead one wrote down.
struct RestoringTests {
    private func ended(_ exit: ProcessExit = .unknown, stragglers: Int = 0) -> RunFate {
        .ended(ExitObservation(exit: exit, stragglers: stragglers))
    }

    private func run(_ scene: Scene, _ name: String) throws -> Run {
        try #require(scene.status(name)?.state.run)
    }

    // MARK: - Runs that live

    @Test func `a run that lives goes on with its pid, its uptime and its counters`() throws {
        var old = Scene()
        old.bringUp(app("a"))
        old.wait(.seconds(5))
        old.exit("a", code: 1)
        old.execute("a")
        old.wait(.seconds(7))
        let before = try run(old, "a")
        let scene = old.next()
        #expect(scene.word("a") == "online")
        #expect(scene.spawnCount("a") == 0)
        #expect(try run(scene, "a").id == before.id)
        #expect(scene.status("a")?.pid == before.pid)
        #expect(scene.status("a")?.restarts == 1)
        #expect(scene.status("a")?.since == old.status("a")?.since)
        #expect(scene.status("a")?.uptime(at: scene.now) == .milliseconds(7100))
        #expect(scene.supervisor.exits(of: 0) == old.supervisor.exits(of: 0))
        #expect(scene.story("a") == ["registered", "adopted"])
    }

    @Test func `no later run gets a number of an earlier daemon`() throws {
        var old = Scene()
        old.bringUp(app("a"), app("b"))
        old.ask(.delete(choose("b")))
        old.exit("b")
        var scene = old.next(after: .seconds(5))
        scene.send(.exited(try #require(old.run("a")), ExitObservation(exit: .unknown)))
        let new = try #require(scene.run("a"))
        #expect(try new > #require(old.run("a")))
    }

    @Test func `short runs before the daemon's death count afterwards`() throws {
        var old = Scene()
        old.bringUp(app("a") { $0.restart.maximumUnstableRuns = 3 })
        old.exit("a", code: 1)
        old.fire(.restart(process: 0))
        old.execute("a")
        old.exit("a", code: 1)
        old.fire(.restart(process: 0))
        old.execute("a")
        var scene = old.next()
        scene.send(.exited(try run(scene, "a").id, ExitObservation(exit: .exited(code: 1))))
        #expect(scene.word("a") == "errored")
    }

    @Test func `a wait to restart goes on to the same instant`() {
        var old = Scene()
        old.bringUp(app("a"))
        old.exit("a", code: 1)
        let deadline = old.timers[.restart(process: 0)]
        var scene = old.next(after: .milliseconds(20))
        #expect(scene.word("a") == "waiting restart")
        #expect(scene.timers[.restart(process: 0)] == deadline)
        scene.fire(.restart(process: 0))
        #expect(scene.spawnCount("a") == 1)
        #expect(scene.status("a")?.restarts == 1)
    }

    @Test func `what was given up stays given up, and a start forgives it`() {
        var old = Scene()
        old.bringUp(app("a") { $0.restart.maximumUnstableRuns = 1 })
        old.exit("a", code: 3)
        var scene = old.next()
        #expect(scene.word("a") == "errored")
        #expect(scene.spawnCount("a") == 0)
        #expect(scene.status("a")?.reason == old.status("a")?.reason)
        scene.ask(.start(choose("a")))
        #expect(scene.spawnCount("a") == 1)
    }

    @Test func `what has completed is not run a second time`() {
        var old = Scene()
        old.bringUp(app("a") { $0.restart.isEnabled = false })
        old.exit("a", code: 0)
        let scene = old.next()
        #expect(scene.word("a") == "stopped")
        #expect(scene.spawnCount("a") == 0)
    }

    @Test func `memory restarts within the hour stay counted`() throws {
        var old = Scene()
        old.bringUp(
            app("a") {
                $0.memory.treeLimit = .mebibytes(10)
                $0.memory.restartsPerHour = 1
            }
        )
        let sample = MemorySample(tree: .mebibytes(20))
        for _ in 0..<3 { old.send(.sampled(try run(old, "a").id, sample)) }
        old.exit("a")
        old.execute("a")
        var scene = old.next()
        let present = try run(scene, "a").id
        for _ in 0..<3 { scene.send(.sampled(present, sample)) }
        #expect(scene.word("a") == "online")
        #expect(scene.story("a").contains("memory_restarts_exhausted"))
    }

    @Test func `what is above its limit without restarts left is told until it is below again`() throws {
        var scene = Scene()
        scene.bringUp(
            app("a") {
                $0.memory.treeLimit = .mebibytes(10)
                $0.memory.restartsPerHour = 0
            }
        )
        let run = try run(scene, "a").id
        #expect(scene.status("a")?.isAsWanted == true)
        for _ in 0..<4 { scene.send(.sampled(run, MemorySample(tree: .mebibytes(20)))) }
        let status = try #require(scene.status("a"))
        #expect(status.reason?.contains("above the limit of 10.0 MiB; not restarted") == true)
        #expect(!status.isAsWanted)
        #expect(scene.story("a").count { $0 == "memory_restarts_exhausted" } == 1)
        scene.send(.sampled(run, MemorySample(tree: .mebibytes(5))))
        #expect(scene.status("a")?.reason == nil)
        #expect(scene.status("a")?.isAsWanted == true)
    }

    @Test func `why still tells the ends that an earlier daemon saw`() throws {
        var old = Scene()
        old.bringUp(app("a"))
        old.exit("a", code: 3)
        old.execute("a")
        let scene = old.next()
        let trail = scene.supervisor.trail(of: scene.id("a")).map(\.kind.word)
        #expect(trail.first == "exited", "\(trail)")
    }

    @Test func `who stopped what stays known over a new start without a journal`() throws {
        var old = Scene()
        old.bringUp(app("a"))
        old.ask(.stop(choose("a")))
        old.exit("a")
        var scene = Scene()
        scene.send(.restored(Restoration(old.supervisor.desiredState)))
        #expect(scene.word("a") == "stopped")
        #expect(scene.status("a")?.reason == old.status("a")?.reason)
        #expect(scene.status("a")?.reason?.hasPrefix("stopped by") == true)
    }

    @Test func `a watchdog begins to count when the run is taken over`() throws {
        var old = Scene()
        old.bringUp(app("a") { $0.watchdog = .seconds(2) })
        let scene = old.next(after: .seconds(60))
        #expect(scene.timers[.watchdog(try run(scene, "a").id)] == scene.now + .seconds(2))
        #expect(scene.signals.isEmpty)
    }

    // MARK: - Readiness in a gap

    @Test func `a run that was launching still has to become ready`() throws {
        var old = Scene()
        old.ask(.apply([app("a", readyWithin: .seconds(5))], prunedSource: nil))
        old.execute("a")
        var scene = old.next()
        #expect(scene.word("a") == "launching")
        let present = try run(scene, "a")
        #expect(scene.timers[.readiness(present.id)] == present.readyBy)
        var report = WorkerReport()
        report.isReady = true
        scene.send(.reported(present.id, report))
        #expect(scene.word("a") == "online")
        #expect(scene.status("a")?.reason == nil)
    }

    @Test func `readiness that may have been said into a gap is never a reason to restart`() throws {
        var old = Scene()
        old.ask(.apply([app("a", readyWithin: .seconds(5))], prunedSource: nil))
        old.execute("a")
        var scene = old.next(after: .seconds(60))
        scene.fire(.readiness(try run(scene, "a").id))
        #expect(scene.word("a") == "online")
        #expect(scene.signals.isEmpty)
        #expect(scene.status("a")?.reason?.contains("readiness unknown") == true)
    }

    @Test func `a run whose execution nobody noted is online once it is found`() throws {
        var old = Scene()
        old.ask(.apply([app("a")], prunedSource: nil))
        let scene = old.next()
        #expect(scene.word("a") == "online")
        #expect(scene.status("a")?.pid == 77)
        #expect(scene.spawnCount("a") == 0)
    }

    // MARK: - Runs that ended

    @Test func `an end while no daemon ran is judged like any other and told`() {
        var old = Scene()
        old.bringUp(app("a"))
        old.wait(.seconds(5))
        let scene = old.next(["a": ended(.exited(code: 7))])
        #expect(scene.spawnCount("a") == 1)
        #expect(scene.status("a")?.restarts == 1)
        #expect(scene.story("a").prefix(3) == ["registered", "found_ended", "exited"])
        #expect(scene.supervisor.exits(of: 0).last?.ended.observation.exit == .exited(code: 7))
    }

    @Test func `an end that nobody saw is unknown and counts as a failure`() {
        var old = Scene()
        old.bringUp(app("a") { $0.restart.maximumUnstableRuns = 1 })
        let scene = old.next(["a": ended()])
        #expect(scene.word("a") == "errored")
        #expect(scene.supervisor.exits(of: 0).last?.ended.observation.exit == .unknown)
    }

    @Test func `an end with success is no failure where the policy says so`() {
        var old = Scene()
        old.bringUp(app("a") { $0.restart.stopExitCodes = [0] })
        let scene = old.next(["a": ended(.exited(code: 0))])
        #expect(scene.word("a") == "stopped")
        #expect(scene.spawnCount("a") == 0)
    }

    @Test func `what it left behind is ended before a successor starts`() throws {
        var old = Scene()
        old.bringUp(app("a"))
        old.wait(.seconds(5))
        var scene = old.next(["a": ended(stragglers: 2)])
        #expect(scene.spawnCount("a") == 0)
        #expect(scene.signals.map(\.signal) == [.kill])
        #expect(scene.signals.map(\.scope) == [.tree])
        scene.send(.treeEmptied(try run(scene, "a").id))
        #expect(scene.spawnCount("a") == 1)
    }

    @Test func `a launch that was not carried out is made, and counted once`() {
        var old = Scene()
        old.bringUp(app("a"))
        old.wait(.seconds(5))
        old.exit("a", code: 1)
        #expect(old.status("a")?.restarts == 1)
        let scene = old.next(["a": .neverExecuted])
        #expect(scene.spawnCount("a") == 1)
        #expect(scene.status("a")?.restarts == 1)
    }

    // MARK: - Stops

    @Test func `a stop goes on with the wait that was begun`() throws {
        var old = Scene()
        old.bringUp(app("a"))
        old.ask(.stop(choose("a")))
        let run = try #require(old.run("a"))
        let deadline = old.timers[.stopStep(run)]
        var scene = old.next(after: .seconds(1))
        #expect(scene.word("a") == "stopping")
        #expect(scene.signals.isEmpty)
        #expect(scene.timers[.stopStep(run)] == deadline)
        scene.fire(.stopStep(run))
        #expect(scene.signals.map(\.signal) == [.kill])
        scene.send(.exited(run, ExitObservation(exit: .signaled(.kill, coreDumped: false))))
        #expect(scene.word("a") == "stopped")
        #expect(scene.status("a")?.isWanted == false)
    }

    @Test func `a stop whose signal was not sent is carried out from its beginning`() throws {
        var old = Scene()
        old.bringUp(app("a"))
        old.ask(.stop(choose("a")))
        let run = try #require(old.run("a"))
        let scene = old.next(isTold: false, after: .seconds(30))
        #expect(scene.signals.map(\.signal) == [.terminate, .continue])
        #expect(scene.timers[.stopStep(run)] == scene.now + .seconds(10))
    }

    @Test func `a kill that was not sent is sent, and a process is not called unkillable for it`() throws {
        var old = Scene()
        old.bringUp(app("a"))
        old.ask(.stop(choose("a")))
        let run = try #require(old.run("a"))
        old.fire(.stopStep(run))
        let scene = old.next(isTold: false)
        #expect(scene.signals.map(\.signal) == [.kill])
        #expect(!scene.story("a").contains("unkillable"))
    }

    @Test func `a stop that was written down and not begun is carried out, dependants first`() throws {
        var old = Scene()
        old.bringUp(app("a"), app("b", needs: [("a", .ready)]))
        var desired = old.supervisor.desiredState
        for index in desired.apps.indices {
            desired.apps[index].processes[0].isWanted = false
        }
        var scene = old.next(desired: desired)
        #expect(scene.word("b") == "stopping")
        #expect(scene.word("a") == "online")
        scene.send(.exited(try run(scene, "b").id, ExitObservation(exit: .exited(code: 0))))
        #expect(scene.word("a") == "stopping")
    }

    @Test func `an end of what nobody wants any more is not followed by a wait to restart`() {
        var old = Scene()
        old.bringUp(app("a"))
        var desired = old.supervisor.desiredState
        desired.apps[0].processes[0].isWanted = false
        let scene = old.next(["a": ended(.exited(code: 1))], desired: desired)
        #expect(scene.word("a") == "stopped")
        #expect(scene.timers.isEmpty)
    }

    @Test func `the end of a run that was being stopped is the end of the stop`() {
        var old = Scene()
        old.bringUp(app("a"))
        old.ask(.stop(choose("a")))
        let scene = old.next(["a": ended()])
        #expect(scene.word("a") == "stopped")
        #expect(scene.spawnCount("a") == 0)
    }

    @Test func `a restart that was half done is finished`() {
        var old = Scene()
        old.bringUp(app("a"))
        old.ask(.restart(choose("a")))
        let scene = old.next(["a": ended()])
        #expect(scene.spawnCount("a") == 1)
        #expect(scene.status("a")?.restarts == 1)
    }

    @Test func `a restart that waits for what depends on it is not forgotten`() throws {
        var old = Scene()
        old.bringUp(app("a"), app("b", needs: [("a", .ready)]))
        old.ask(.restart([.name("a"), .name("b")]))
        #expect(old.word("a") == "online")
        var scene = old.next()
        #expect(scene.word("a") == "online")
        scene.send(.exited(try run(scene, "b").id, ExitObservation(exit: .exited(code: 0))))
        #expect(scene.word("a") == "stopping")
        scene.send(.exited(try run(scene, "a").id, ExitObservation(exit: .exited(code: 0))))
        #expect(scene.spawnCount("a") == 1)
    }

    @Test func `what a stop left behind is asked to go on as before`() throws {
        var old = Scene()
        old.bringUp(app("a"))
        old.ask(.stop(choose("a")))
        old.exit("a", stragglers: 1)
        let run = try #require(old.run("a"))
        let deadline = old.timers[.stopStep(run)]
        var scene = old.next(["a": ended(stragglers: 1)])
        #expect(scene.signals.isEmpty)
        #expect(scene.timers[.stopStep(run)] == deadline)
        scene.send(.treeEmptied(run))
        #expect(scene.word("a") == "stopped")
        #expect(old.next(["a": ended()]).word("a") == "stopped")
    }

    @Test func `a shutdown that was cut off is not the next daemon's`() throws {
        var old = Scene()
        old.bringUp(app("a"))
        old.send(.shutdownRequested(Scene.amara))
        var scene = old.next()
        scene.send(.exited(try run(scene, "a").id, ExitObservation(exit: .exited(code: 0))))
        #expect(scene.spawnCount("a") == 1)
    }

    // MARK: - Deleted, and lost

    @Test func `a deletion that a restart took back is not what is written down`() throws {
        var old = Scene()
        old.bringUp(app("a"), app("b", needs: [("a", .ready)]))
        old.ask(.delete(choose("a")))
        old.ask(.restart([.all]))
        #expect(old.supervisor.desiredState.apps.map(\.definition.name.rawValue) == ["a", "b"])
        var scene = old.next()
        for name in ["b", "a"] {
            scene.send(.exited(try run(scene, name).id, ExitObservation(exit: .exited(code: 0))))
        }
        #expect(scene.spawnCount("a") == 1)
    }

    @Test func `a run that was deleted is stopped as its policy says and forgotten`() throws {
        var old = Scene()
        old.bringUp(
            app("a") {
                $0.stop.signal = .interrupt
                $0.stop.killTimeout = .seconds(3)
            },
            app("b")
        )
        let run = try #require(old.run("a"))
        let all = old.supervisor.desiredState
        let kept = DesiredState(
            apps: all.apps.filter { $0.definition.name.rawValue == "b" },
            nextProcessID: 2
        )
        var scene = old.next(desired: kept)
        #expect(scene.signals.map(\.signal) == [.interrupt, .continue])
        #expect(scene.signals.map(\.scope) == [.tree, .tree])
        #expect(scene.timers[.stopStep(run)] == scene.now + .seconds(3))
        #expect(scene.supervisor.desiredState == kept)
        scene.send(.exited(run, ExitObservation(exit: .exited(code: 0))))
        #expect(scene.word("a") == "none")
        #expect(scene.story("a").last == "deleted")
    }

    @Test func `what was deleted before the daemon died can be ended and not launched again`() throws {
        var old = Scene()
        old.bringUp(app("a"))
        old.ask(.delete(choose("a")))
        let run = try #require(old.run("a"))
        var scene = old.next()
        let start = scene.ask(.start(choose("a")))
        let restart = scene.ask(.restart(choose("a")))
        let scale = scene.ask(.scale(app("a").name, .exactly(2)))
        #expect(scene.result(start, "a") == .failed)
        #expect(scene.result(restart, "a") == .failed)
        #expect(scene.failure(scale) != nil)
        scene.send(.exited(run, ExitObservation(exit: .exited(code: 0))))
        #expect(scene.word("a") == "none")
        #expect(scene.spawnCount("a") == 0)
    }

    @Test func `what was deleted before the daemon died is launched by a new definition`() throws {
        var old = Scene()
        old.bringUp(app("a"))
        old.ask(.delete(choose("a")))
        let run = try #require(old.run("a"))
        var scene = old.next()
        scene.ask(.apply([app("a")], prunedSource: nil))
        #expect(scene.supervisor.desiredState.apps.map(\.definition) == [app("a")])
        scene.send(.exited(run, ExitObservation(exit: .exited(code: 0))))
        #expect(scene.spawnCount("a") == 1)
    }

    @Test func `what a deleted run left behind is ended`() throws {
        var old = Scene()
        old.bringUp(app("a"))
        let run = try #require(old.run("a"))
        var scene = old.next(["a": ended(stragglers: 1)], desired: DesiredState(nextProcessID: 1))
        #expect(scene.signals.map(\.signal) == [.kill])
        scene.send(.treeEmptied(run))
        #expect(scene.word("a") == "none")
        #expect(old.next(["a": ended()], desired: DesiredState()).word("a") == "none")
    }

    @Test func `an instance that was scaled away is stopped and the others stay`() throws {
        var old = Scene()
        old.bringUp(app("a", instances: 2))
        old.ask(.scale(app("a").name, .exactly(1)))
        var scene = old.next()
        #expect(scene.word("a") == "online")
        #expect(scene.word("a:1") == "stopping")
        scene.send(.exited(try run(scene, "a:1").id, ExitObservation(exit: .exited(code: 0))))
        #expect(scene.word("a:1") == "none")
        #expect(scene.word("a") == "online")
    }

    @Test func `what runs and is lost with the state file runs on and says so`() {
        var old = Scene()
        old.bringUp(app("a"))
        var restoration = old.restoration(desired: DesiredState())
        restoration.isDesiredCurrent = false
        var scene = Scene()
        scene.now = old.now
        scene.send(.restored(restoration))
        #expect(scene.word("a") == "online")
        #expect(scene.signals.isEmpty)
        #expect(scene.status("a")?.reason?.contains("definition was lost") == true)
        #expect(scene.supervisor.desiredState.apps.isEmpty)
        scene.ask(.apply([app("a")], prunedSource: nil))
        #expect(scene.supervisor.desiredState.apps.count == 1)
    }

    @Test func `what is wanted and has no checkpoint is started`() {
        var old = Scene()
        old.bringUp(app("a"))
        var scene = Scene()
        scene.send(.restored(Restoration(old.supervisor.desiredState)))
        #expect(scene.spawnCount("a") == 1)
    }
}

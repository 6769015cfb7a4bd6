import Shared
import SupervisorCore
import Testing

/// Apply, scale, restore: what changes and what stays.
@Suite struct DefinitionTests {
    @Test func `applying the same again changes nothing`() {
        var scene = Scene()
        scene.bringUp(app("a", instances: 2))
        let apply = scene.ask(.apply([app("a", instances: 2)], prunedSource: nil))
        #expect(scene.outcomes(apply)?.map(\.result) == [.unchanged, .unchanged])
        #expect(scene.spawnCount("a") == 1)
        #expect(scene.signals.isEmpty)
    }

    @Test func `a changed command restarts what runs, and only that`() {
        var scene = Scene()
        scene.bringUp(app("a"), app("b"))
        var changed = app("a")
        changed.command.arguments = ["--new"]
        let apply = scene.ask(.apply([changed, app("b")], prunedSource: nil))
        scene.exit("a")
        scene.execute("a")
        #expect(scene.result(apply, "a") == .restarted)
        #expect(scene.result(apply, "b") == .unchanged)
        #expect(scene.story("a").contains("configuration_changed"))
        #expect(scene.spawnCount("b") == 1)
    }

    @Test func `a changed command is not lost when a stop and a start cross its restart`() {
        var scene = Scene()
        scene.bringUp(app("db"), app("api", needs: [("db", .ready)]))
        scene.ask(.stop(choose("api")))
        var changed = app("db")
        changed.command.arguments = ["--new"]
        scene.ask(.apply([changed], prunedSource: nil))
        #expect(scene.word("db") == "online")
        scene.ask(.stop(choose("db")))
        let start = scene.ask(.start(choose("db")))
        scene.exit("api")
        scene.exit("db")
        scene.execute("db")
        #expect(scene.result(start, "db") == .started)
        #expect(scene.spawnCount("db") == 2)
    }

    @Test func `a memory limit set while it runs is watched from then on`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        #expect(scene.timersOf("a") == 0)
        scene.ask(.apply([app("a") { $0.memory.treeLimit = .mebibytes(100) }], prunedSource: nil))
        #expect(scene.spawnCount("a") == 1)
        let run = scene.run("a") ?? RunID(rawValue: 0)
        #expect(scene.timers[.memorySample(run)] != nil)
        scene.ask(.apply([app("a")], prunedSource: nil))
        scene.fire(.memorySample(run))
        #expect(scene.timers.isEmpty)
    }

    @Test func `apps that a file no longer holds are deleted, those of other files stay`() {
        var scene = Scene()
        scene.bringUp(
            app("old") { $0.source = "/f" },
            app("kept") { $0.source = "/f" },
            app("other") { $0.source = "/g" }
        )
        let apply = scene.ask(.apply([app("kept") { $0.source = "/f" }], prunedSource: "/f"))
        scene.exit("old")
        #expect(scene.result(apply, "old") == .deleted)
        #expect(scene.result(apply, "kept") == .unchanged)
        #expect(scene.supervisor.appNames.map(\.rawValue) == ["kept", "other"])
    }

    @Test func `autostart off registers, at the first and at every further time`() {
        var scene = Scene()
        let quiet = app("a") { $0.startsAutomatically = false }
        let first = scene.ask(.apply([quiet], prunedSource: nil))
        let second = scene.ask(.apply([quiet], prunedSource: nil))
        #expect(scene.result(first, "a") == .registered)
        #expect(scene.result(second, "a") == .unchanged)
        #expect(scene.spawnCount("a") == 0)
        scene.ask(.start(choose("a")))
        #expect(scene.spawnCount("a") == 1)
    }

    @Test func `scaling adds at the end and removes from the end`() {
        var scene = Scene()
        scene.bringUp(app("a", instances: 2))
        let up = scene.ask(.scale(app("a").name, .change(2)))
        scene.execute("a:2")
        scene.execute("a:3")
        #expect(scene.outcomes(up)?.map(\.result) == [.started, .started])
        let down = scene.ask(.scale(app("a").name, .exactly(1)))
        for name in ["a:1", "a:2", "a:3"] {
            scene.exit(name)
        }
        #expect(scene.outcomes(down)?.map(\.result) == [.deleted, .deleted, .deleted])
        #expect(scene.supervisor.snapshot(at: scene.now).map(\.name.instance) == [0])
        #expect(scene.spawnCount("a") == 1)
    }

    @Test(arguments: [InstanceTarget.exactly(0), .exactly(-1), .change(-2), .exactly(1001), .change(.max)])
    func `an impossible number of instances is refused`(target: InstanceTarget) {
        var scene = Scene()
        scene.bringUp(app("a", instances: 2))
        let scale = scene.ask(.scale(app("a").name, target))
        guard case .invalidRequest = scene.failure(scale) else {
            Issue.record("answered \(String(describing: scene.answers[scale]))")
            return
        }
        #expect(scene.word("a:1") == "online")
    }

    @Test(arguments: [0, -5, Int.max])
    func `an impossible number of instances in a definition is refused`(instances: Int) {
        var scene = Scene()
        let apply = scene.ask(.apply([app("a", instances: instances)], prunedSource: nil))
        #expect(scene.failure(apply) != nil)
        #expect(scene.supervisor.appNames.isEmpty)
    }

    @Test func `scaling an unknown app is refused`() {
        var scene = Scene()
        let scale = scene.ask(.scale(app("a").name, .exactly(2)))
        #expect(scene.failure(scale) == .unknownProcess(selection: "a", suggestion: nil))
    }

    @Test func `scaling up during scaling down starts the instance again after its end`() {
        var scene = Scene()
        scene.bringUp(app("a", instances: 2))
        let down = scene.ask(.scale(app("a").name, .exactly(1)))
        let up = scene.ask(.scale(app("a").name, .exactly(2)))
        scene.exit("a:1")
        scene.execute("a:1")
        #expect(scene.result(up, "a:1") == .started)
        #expect(scene.result(down, "a:1") == .failed)
        #expect(scene.word("a:1") == "online")
    }

    @Test func `what is restored is what was wanted, with the same numbers`() {
        var scene = Scene()
        scene.bringUp(app("a", instances: 2), app("b"))
        scene.ask(.stop(choose("b")))
        scene.exit("b")
        scene.ask(.scale(app("a").name, .exactly(3)))
        let desired = scene.supervisor.desiredState
        var next = Scene()
        next.send(.restored(Restoration(desired)))
        #expect(next.supervisor.desiredState == desired)
        #expect(next.spawnCount("a") == 1)
        #expect(next.spawnCount("a:2") == 1)
        #expect(next.spawnCount("b") == 0)
        let numbers = next.supervisor.snapshot(at: next.now).map(\.id)
        #expect(numbers == numbers.sorted())
        #expect(next.id("a:2") == scene.id("a:2"))
    }

    @Test func `a restored state with the largest number does not trap`() {
        var scene = Scene()
        let process = DesiredState.Process(id: .max, instance: 0, isWanted: true)
        let entry = DesiredState.App(definition: app("a"), processes: [process])
        scene.send(.restored(Restoration(DesiredState(apps: [entry], nextProcessID: 0))))
        #expect(scene.spawnCount("a") == 1)
    }

    @Test func `a reset forgets restarts and failures`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        scene.wait(.seconds(2))
        scene.exit("a", code: 1)
        scene.execute("a")
        #expect(scene.status("a")?.restarts == 1)
        let reset = scene.ask(.reset(choose("a")))
        #expect(scene.result(reset, "a") == .reset)
        #expect(scene.status("a")?.restarts == 0)
    }
}

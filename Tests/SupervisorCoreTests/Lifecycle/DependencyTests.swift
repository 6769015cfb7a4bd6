import Shared
import SupervisorCore
import Testing

@Suite struct DependencyTests {
    private var database: AppDefinition { app("db", readyWithin: .seconds(10)) }
    private var api: AppDefinition { app("api", needs: [("db", .ready)]) }

    @Test func `started is fulfilled by a pid, ready by READY=1`() {
        var scene = Scene()
        scene.ask(.apply([database, app("s", needs: [("db", .started)]), api], prunedSource: nil))
        #expect(scene.spawnCount("s") == 0)
        scene.execute("db")
        #expect(scene.spawnCount("s") == 1)
        #expect(scene.spawnCount("api") == 0)
        scene.becomeReady("db")
        #expect(scene.spawnCount("api") == 1)
    }

    @Test func `completed is fulfilled by exit code 0 alone`() {
        var scene = Scene()
        let migration = app("migration") { $0.restart.isEnabled = false }
        scene.ask(.apply([migration, app("api", needs: [("migration", .completed)])], prunedSource: nil))
        scene.execute("migration")
        scene.exit("migration", code: 1)
        #expect(scene.spawnCount("api") == 0)
        scene.ask(.start(choose("migration")))
        scene.execute("migration")
        #expect(scene.spawnCount("api") == 0)
        scene.exit("migration", code: 0)
        #expect(scene.spawnCount("api") == 1)
    }

    @Test func `every instance of a dependency must be there`() {
        var scene = Scene()
        scene.ask(.apply([app("db", instances: 2), app("api", needs: [("db", .ready)])], prunedSource: nil))
        scene.execute("db")
        #expect(scene.spawnCount("api") == 0)
        scene.execute("db:1")
        #expect(scene.spawnCount("api") == 1)
    }

    @Test func `a waiting start is answered with what it waits for`() {
        var scene = Scene()
        let request = scene.ask(.apply([database, api], prunedSource: nil))
        scene.execute("db")
        #expect(scene.result(request, "api") == .waiting)
        let outcome = scene.outcomes(request)?.first { $0.process == ProcessName("api") }
        #expect(outcome?.message == "waits for db to be ready, which is starting")
        #expect(scene.status("api")?.reason == "waits for db to be ready, which is starting")
    }

    @Test func `a stop goes in reverse order`() {
        var scene = Scene()
        scene.bringUp(database, api, app("web", needs: [("api", .started)]))
        let stop = scene.ask(.stop([.all]))
        #expect(scene.signals(to: "web").first == .terminate)
        #expect(scene.signals(to: "api").isEmpty)
        scene.exit("web")
        #expect(scene.signals(to: "api").first == .terminate)
        #expect(scene.signals(to: "db").isEmpty)
        scene.exit("api")
        scene.exit("db")
        #expect(scene.outcomes(stop)?.map(\.result) == [.stopped, .stopped, .stopped])
    }

    @Test func `a shutdown goes in reverse order`() {
        var scene = Scene()
        scene.bringUp(database, api)
        scene.send(.shutdownRequested(.daemon))
        #expect(scene.signals(to: "db").isEmpty)
        scene.exit("api")
        #expect(scene.signals(to: "db").first == .terminate)
        #expect(!scene.hasFinishedShutdown)
        scene.exit("db")
        #expect(scene.hasFinishedShutdown)
    }

    @Test func `a dependency stopped alone does not take its dependants along, but they say so`() {
        var scene = Scene()
        scene.bringUp(database, api)
        scene.ask(.stop(choose("db")))
        scene.exit("db")
        #expect(scene.word("api") == "online")
        #expect(scene.status("api")?.reason?.hasPrefix("depends on what is not there: db is stopped") == true)
    }

    @Test func `a restart of all starts a dependant after its restarted dependency`() {
        var scene = Scene()
        scene.bringUp(database, api)
        let restart = scene.ask(.restart([.all]), waits: true)
        scene.exit("api")
        #expect(scene.spawnCount("api") == 1)
        scene.exit("db")
        scene.execute("db")
        #expect(scene.spawnCount("api") == 1)
        scene.becomeReady("db")
        #expect(scene.spawnCount("api") == 2)
        scene.execute("api")
        scene.endTrial("api")
        #expect(scene.outcomes(restart)?.map(\.result) == [.restarted, .restarted])
    }

    @Test func `a start brings up what it depends on`() {
        var scene = Scene()
        scene.bringUp(database, api)
        scene.ask(.stop([.all]))
        scene.exit("api")
        scene.exit("db")
        scene.ask(.start(choose("api")))
        #expect(scene.spawnCount("db") == 2)
        #expect(scene.wishes == ["db": true, "api": true])
        scene.execute("db")
        scene.becomeReady("db")
        #expect(scene.spawnCount("api") == 2)
    }

    @Test func `a start does not keep an instance of a dependency that is scaled away`() {
        var scene = Scene()
        let database = app("db", instances: 2)
        scene.bringUp(database, api)
        scene.ask(.stop(choose("api")))
        let scale = scene.ask(.scale(database.name, .exactly(1)))
        scene.ask(.start(choose("api")))
        scene.exit("api")
        scene.exit("db:1")
        #expect(scene.result(scale, "db:1") == .deleted)
        #expect(scene.spawnCount("api") == 2)
    }

    @Test func `what waits is launched as soon as the instance in its way is gone`() {
        var scene = Scene()
        scene.bringUp(app("db", instances: 2), api)
        scene.ask(.scale(app("db").name, .exactly(1)))
        scene.exit("api", code: 1)
        let id = scene.id("api")
        scene.fire(.restart(process: id))
        #expect(scene.isWaitingForDependencies("api"))
        scene.exit("db:1")
        #expect(scene.spawnCount("api") == 2)
    }

    @Test func `a crashed dependant waits until its dependency is back`() {
        var scene = Scene()
        scene.bringUp(database, api)
        scene.wait(.seconds(5))
        scene.exit("db", code: 1)
        scene.exit("api", code: 1)
        #expect(scene.spawnCount("api") == 1)
        scene.execute("db")
        scene.becomeReady("db")
        #expect(scene.spawnCount("api") == 2)
    }

    @Test func `a cycle is refused and named`() {
        var scene = Scene()
        let request = scene.ask(
            .apply([app("a", needs: [("b", .started)]), app("b", needs: [("a", .ready)])], prunedSource: nil)
        )
        #expect(scene.failure(request) == .invalidRequest("dependency cycle: a → b → a"))
        #expect(scene.supervisor.appNames.isEmpty)
    }

    @Test func `a cycle with what is there already is refused, and nothing changes`() {
        var scene = Scene()
        scene.bringUp(app("a"), app("b", needs: [("a", .started)]))
        let request = scene.ask(.apply([app("a", needs: [("b", .ready)])], prunedSource: nil))
        #expect(scene.failure(request) != nil)
        #expect(scene.supervisor.definition(of: app("a").name)?.dependencies.isEmpty == true)
    }

    @Test func `an unknown dependency is refused and named`() {
        var scene = Scene()
        let request = scene.ask(.apply([api], prunedSource: nil))
        #expect(
            scene.failure(request)
                == .invalidRequest("api depends on db, which is not known; start both together")
        )
    }

    @Test func `a file that drops what it still depends on is refused`() {
        var scene = Scene()
        scene.bringUp(
            app("db") { $0.source = "/f" },
            app("api", needs: [("db", .ready)]) { $0.source = "/f" }
        )
        let request = scene.ask(
            .apply([app("api", needs: [("db", .ready)]) { $0.source = "/f" }], prunedSource: "/f")
        )
        #expect(scene.failure(request) != nil)
        #expect(scene.word("db") == "online")
        #expect(scene.wishes["db"] == true)
    }

    // MARK: - Dependencies that came to rest

    @Test func `a start tries a dependency again that was given up`() {
        var scene = Scene()
        let database = app("db") { $0.restart.maximumUnstableRuns = 1 }
        scene.bringUp(database, api)
        scene.exit("db", code: 1)
        scene.ask(.stop(choose("api")))
        scene.exit("api")
        #expect(scene.word("db") == "errored")
        let start = scene.ask(.start(choose("api")), waits: true)
        #expect(scene.spawnCount("db") == 2)
        #expect(scene.status("api")?.reason == "waits for db to be ready, which is starting")
        scene.execute("db")
        scene.execute("api")
        scene.endTrial("api")
        #expect(scene.result(start, "api") == .started)
    }

    @Test func `a start runs a task again that it waits for and that failed, but not one that is done`() {
        var scene = Scene()
        let migration = app("migration") { $0.restart.isEnabled = false }
        scene.ask(.apply([migration, app("api", needs: [("migration", .completed)])], prunedSource: nil))
        scene.execute("migration")
        scene.exit("migration", code: 1)
        scene.ask(.start(choose("api")))
        #expect(scene.spawnCount("migration") == 2)
        scene.execute("migration")
        scene.exit("migration", code: 0)
        #expect(scene.spawnCount("api") == 1)
        scene.execute("api")
        scene.ask(.restart(choose("api")))
        scene.exit("api")
        #expect(scene.spawnCount("api") == 2)
        #expect(scene.spawnCount("migration") == 2)
    }

    @Test func `a restart brings up what it depends on, too`() {
        var scene = Scene()
        scene.bringUp(app("db"), api)
        scene.ask(.stop(choose("db")))
        scene.exit("db")
        scene.ask(.restart(choose("api")))
        scene.exit("api")
        #expect(scene.spawnCount("db") == 2)
        scene.execute("db")
        #expect(scene.spawnCount("api") == 2)
    }

    @Test func `a wait for what was given up ends with the reason, not with the deadline`() {
        var scene = Scene()
        let database = app("db", readyWithin: .seconds(10)) { $0.restart.maximumUnstableRuns = 1 }
        let request = scene.ask(.apply([database, api], prunedSource: nil), waits: true)
        scene.execute("db")
        #expect(scene.outcomes(request) == nil)
        scene.exit("db", code: 1)
        #expect(scene.word("db") == "errored")
        let outcome = scene.outcomes(request)?.first { $0.process == ProcessName("api") }
        #expect(outcome?.result == .failed)
        #expect(outcome?.message == "waits for db to be ready, which is given up")
    }

    // MARK: - Deleting what others need

    @Test func `an app that others depend on is not deleted without them`() {
        var scene = Scene()
        scene.bringUp(database, api, app("web", needs: [("db", .started)]))
        let refused = scene.ask(.delete(choose("db")))
        let names = [api.name, app("web").name]
        #expect(scene.failure(refused) == .hasDependants(app: database.name, dependants: names))
        #expect(scene.word("db") == "online")
        #expect(scene.wishes["db"] == true)
        let together = scene.ask(.delete(choose("db") + choose("api") + choose("web")))
        for name in ["web", "api", "db"] { scene.exit(name) }
        #expect(scene.outcomes(together)?.map(\.result) == [.deleted, .deleted, .deleted])
    }

    @Test func `force deletes what others depend on, and they say what they miss`() {
        var scene = Scene()
        scene.bringUp(database, api)
        let delete = scene.ask(.delete(choose("db"), isForced: true))
        scene.exit("db")
        #expect(scene.result(delete, "db") == .deleted)
        #expect(scene.word("api") == "online")
        #expect(scene.status("api")?.reason == "depends on what is not there: db is not known")
    }

    @Test func `what is on its way out keeps nothing from being deleted`() {
        var scene = Scene()
        scene.bringUp(database, api)
        scene.ask(.delete(choose("api")))
        let delete = scene.ask(.delete(choose("db")))
        #expect(scene.failure(delete) == nil)
        scene.exit("api")
        scene.exit("db")
        #expect(scene.result(delete, "db") == .deleted)
    }

    @Test func `one instance of several can be deleted, the last one not`() {
        var scene = Scene()
        scene.bringUp(app("db", instances: 2), api)
        let one = scene.ask(.delete(choose("db:1")))
        scene.exit("db:1")
        #expect(scene.result(one, "db:1") == .deleted)
        let last = scene.ask(.delete(choose("db")))
        #expect(scene.failure(last) != nil)
    }
}

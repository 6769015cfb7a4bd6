import Shared
import SupervisorCore
import Testing

/// What happens when wishes cross: the matrix of F36 and everything that a second client may ask meanwhile.
@Suite struct WishTests {
    private var database: AppDefinition { app("db", readyWithin: .seconds(10)) }
    private var api: AppDefinition { app("api", needs: [("db", .ready)]) }

    // MARK: - Stop during …

    @Test func `a stop during launch ends the run as soon as it has a pid`() {
        var scene = Scene()
        scene.ask(.apply([app("a")], prunedSource: nil))
        let stop = scene.ask(.stop(choose("a")))
        #expect(scene.signals.isEmpty)
        #expect(scene.answers[stop] == nil)
        scene.execute("a")
        #expect(scene.signals(to: "a") == [.terminate, .continue])
        scene.exit("a")
        #expect(scene.result(stop, "a") == .stopped)
        #expect(scene.word("a") == "stopped")
        #expect(scene.spawnCount("a") == 1)
    }

    @Test func `a stop during launch is done when the spawn fails`() {
        var scene = Scene()
        scene.ask(.apply([app("a")], prunedSource: nil))
        let stop = scene.ask(.stop(choose("a")))
        scene.fail("a")
        #expect(scene.result(stop, "a") == .stopped)
        #expect(scene.timers.isEmpty)
        #expect(scene.spawnCount("a") == 1)
    }

    @Test func `a stop before readiness disarms the readiness timer`() {
        var scene = Scene()
        scene.ask(.apply([database], prunedSource: nil))
        scene.execute("db")
        #expect(scene.timers.keys.contains { if case .readiness = $0 { true } else { false } })
        scene.ask(.stop(choose("db")))
        #expect(!scene.timers.keys.contains { if case .readiness = $0 { true } else { false } })
        scene.exit("db")
        #expect(scene.timers.isEmpty)
    }

    @Test func `a stop during backoff cancels the restart`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        scene.exit("a", code: 1)
        #expect(scene.word("a") == "waiting restart")
        let stop = scene.ask(.stop(choose("a")))
        #expect(scene.result(stop, "a") == .stopped)
        #expect(scene.timers.isEmpty)
        let id = scene.id("a")
        let fired = scene.fire(.restart(process: id))
        #expect(!fired)
        #expect(scene.spawnCount("a") == 1)
    }

    @Test func `a stop while waiting for a dependency is done at once`() {
        var scene = Scene()
        scene.ask(.apply([database, api], prunedSource: nil))
        #expect(scene.isWaitingForDependencies("api"))
        let stop = scene.ask(.stop(choose("api")))
        #expect(scene.result(stop, "api") == .stopped)
        scene.execute("db")
        scene.becomeReady("db")
        #expect(scene.spawnCount("api") == 0)
    }

    @Test func `a second stop joins the first and does not signal again`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        let first = scene.ask(.stop(choose("a")))
        let second = scene.ask(.stop(choose("a")))
        #expect(scene.signals(to: "a") == [.terminate, .continue])
        scene.exit("a")
        #expect(scene.result(first, "a") == .stopped)
        #expect(scene.result(second, "a") == .stopped)
    }

    @Test func `a stop while stragglers are ended cancels the restart`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        scene.wait(.seconds(5))
        scene.exit("a", code: 1, stragglers: 2)
        let stop = scene.ask(.stop(choose("a")))
        #expect(scene.answers[stop] == nil)
        scene.emptyTree("a")
        #expect(scene.result(stop, "a") == .stopped)
        #expect(scene.spawnCount("a") == 1)
    }

    @Test func `a stop takes back a restart that waits for its turn, also when the run has ended by then`() {
        var scene = Scene()
        scene.bringUp(app("db") { $0.restart.stopExitCodes = [7] }, api)
        scene.ask(.restart([.all]))
        scene.exit("db", code: 7)
        #expect(scene.word("db") == "stopped")
        let stop = scene.ask(.stop(choose("db")))
        scene.exit("api")
        #expect(scene.result(stop, "db") == .alreadyStopped)
        #expect(scene.spawnCount("db") == 1)
        #expect(scene.wishes["db"] == false)
    }

    // MARK: - Start and restart during …

    @Test func `a start while stopping starts again after the end`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        let stop = scene.ask(.stop(choose("a")))
        let start = scene.ask(.start(choose("a")))
        #expect(scene.result(stop, "a") == .failed)
        scene.exit("a")
        #expect(scene.spawnCount("a") == 2)
        scene.execute("a")
        #expect(scene.result(start, "a") == .started)
        #expect(scene.word("a") == "online")
    }

    @Test func `a restart while stopping starts again after the end`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        scene.ask(.stop(choose("a")))
        let restart = scene.ask(.restart(choose("a")))
        scene.exit("a")
        scene.execute("a")
        #expect(scene.result(restart, "a") == .restarted)
        #expect(scene.signals.count == 2)
    }

    @Test func `a start during backoff starts at once`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        scene.exit("a", code: 1)
        let start = scene.ask(.start(choose("a")))
        #expect(scene.spawnCount("a") == 2)
        scene.execute("a")
        #expect(scene.result(start, "a") == .started)
        #expect(scene.timers.isEmpty)
    }

    @Test func `a start of what runs changes nothing`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        let start = scene.ask(.start(choose("a")))
        #expect(scene.result(start, "a") == .alreadyRunning)
        #expect(scene.spawnCount("a") == 1)
    }

    @Test func `a start cancels a stop whose turn has not come, and is answered`() {
        var scene = Scene()
        scene.bringUp(database, api)
        let stop = scene.ask(.stop([.all]))
        #expect(scene.word("api") == "stopping")
        #expect(scene.word("db") == "online")
        let start = scene.ask(.start(choose("db")))
        #expect(scene.result(start, "db") == .alreadyRunning)
        scene.exit("api")
        #expect(scene.word("db") == "online")
        #expect(scene.result(stop, "db") == .failed)
        #expect(scene.result(stop, "api") == .stopped)
    }

    @Test func `a start cancels a pending stop of a run that is not ready yet, and is answered`() {
        var scene = Scene()
        scene.bringUp(database, api)
        scene.ask(.restart(choose("db")))
        scene.exit("db")
        scene.execute("db")
        #expect(scene.word("db") == "launching")
        scene.ask(.stop([.all]))
        let start = scene.ask(.start(choose("db")), waits: true)
        scene.exit("api")
        scene.becomeReady("db")
        #expect(scene.result(start, "db") == .started)
    }

    @Test func `scaling up again keeps an instance whose removal has not begun, and is answered`() {
        var scene = Scene()
        let workers = app("w", instances: 2, needs: [("db", .ready)])
        scene.bringUp(app("db", instances: 2, readyWithin: .seconds(10)), workers)
        scene.ask(.restart(choose("db:1")))
        scene.exit("db:1")
        scene.execute("db:1")
        scene.ask(.stop(choose("w")))
        scene.ask(.scale(AppName("db") ?? scene.anyApp, .exactly(1)))
        let scale = scene.ask(.scale(AppName("db") ?? scene.anyApp, .exactly(2)))
        #expect(scene.outcomes(scale) != nil)
        #expect(scene.word("db:1") == "launching")
    }

    @Test func `applying what is about to stop keeps it running, and is answered`() {
        var scene = Scene()
        scene.bringUp(database, api)
        scene.ask(.stop([.all]))
        let apply = scene.ask(.apply([database], prunedSource: nil))
        #expect(scene.result(apply, "db") == .alreadyRunning)
        scene.exit("api")
        #expect(scene.word("db") == "online")
    }

    @Test func `a restart after a stop whose turn has not come is wanted at once`() {
        var scene = Scene()
        scene.bringUp(database, api)
        scene.ask(.stop([.all]))
        let restart = scene.ask(.restart(choose("db")))
        #expect(scene.answers[restart] == nil)
        #expect(scene.wishes["db"] == true)
        scene.exit("api")
        scene.exit("db")
        scene.execute("db")
        #expect(scene.result(restart, "db") == .restarted)
    }

    @Test func `a restart of all restarts a dependency although a dependant does not run`() {
        var scene = Scene()
        scene.bringUp(database, api)
        scene.ask(.stop(choose("api")))
        scene.exit("api")
        let restart = scene.ask(.restart([.all]), waits: true)
        #expect(scene.word("db") == "stopping")
        scene.exit("db")
        scene.execute("db")
        scene.becomeReady("db")
        scene.execute("api")
        scene.endTrial("api")
        #expect(scene.result(restart, "db") == .restarted)
        #expect(scene.result(restart, "api") == .restarted)
    }

    // MARK: - Delete during …

    @Test(arguments: [
        "launching", "online", "backoff", "waiting", "stopping", "ending", "errored", "stopped",
    ])
    func `a delete is done as soon as nothing runs`(state: String) {
        var scene = Scene()
        scene.put("api", into: state)
        let delete = scene.ask(.delete(choose("api")))
        scene.letEnd("api")
        #expect(scene.result(delete, "api") == .deleted)
        #expect(scene.word("api") == "none")
        #expect(!scene.supervisor.appNames.contains(api.name))
        #expect(scene.timersOf("api") == 0)
    }

    @Test func `a stop does not undo a delete, and both are answered`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        let delete = scene.ask(.delete(choose("a")))
        let stop = scene.ask(.stop(choose("a")))
        scene.exit("a")
        #expect(scene.result(delete, "a") == .deleted)
        #expect(scene.result(stop, "a") == .stopped)
        #expect(scene.supervisor.appNames.isEmpty)
    }

    @Test func `a stop does not undo a delete whose turn has not come`() {
        var scene = Scene()
        scene.bringUp(database, api)
        let delete = scene.ask(.delete([.all]))
        let stop = scene.ask(.stop(choose("db")))
        scene.exit("api")
        scene.exit("db")
        #expect(scene.result(delete, "db") == .deleted)
        #expect(scene.result(stop, "db") == .stopped)
    }

    @Test func `a deletion that another request undoes is answered, also when a shutdown follows`() {
        var scene = Scene()
        scene.bringUp(app("db", instances: 2, readyWithin: .seconds(10)), api)
        scene.ask(.stop(choose("api")))
        var smaller = app("db", readyWithin: .seconds(10))
        smaller.command.arguments = ["--new"]
        let apply = scene.ask(.apply([smaller], prunedSource: nil))
        let again = scene.ask(.scale(smaller.name, .exactly(2)))
        scene.send(.shutdownRequested(.daemon))
        scene.letEnd("api")
        scene.letEnd("db:1")
        scene.letEnd("db")
        #expect(scene.hasFinishedShutdown)
        #expect(scene.result(apply, "db:1") == .failed)
        #expect(scene.result(again, "db:1") == .failed)
    }

    // MARK: - Shutdown during …

    @Test(arguments: [
        "launching", "online", "backoff", "waiting", "stopping", "ending", "errored", "stopped",
    ])
    func `a shutdown ends with nothing running and keeps what is wanted`(state: String) {
        var scene = Scene()
        scene.put("api", into: state)
        let wanted = scene.wishes
        scene.send(.shutdownRequested(.daemon))
        scene.letEnd("api")
        scene.letEnd("db")
        #expect(scene.hasFinishedShutdown)
        #expect(scene.timers.isEmpty)
        #expect(scene.wishes == wanted)
        for (name, isWanted) in wanted where isWanted {
            #expect(scene.status(name)?.state == .stopped(.shutdown))
        }
    }

    @Test func `a shutdown does not undo a delete, begun or not`() {
        var scene = Scene()
        scene.bringUp(database, api)
        let delete = scene.ask(.delete([.all]))
        scene.send(.shutdownRequested(.daemon))
        scene.letEnd("api")
        scene.letEnd("db")
        #expect(scene.result(delete, "api") == .deleted)
        #expect(scene.result(delete, "db") == .deleted)
        #expect(scene.supervisor.desiredState.apps.isEmpty)
        #expect(scene.hasFinishedShutdown)
    }

    @Test func `every open request is answered before a shutdown has finished`() {
        var scene = Scene()
        scene.ask(.apply([database, api], prunedSource: nil))
        scene.execute("db")
        let start = scene.ask(.start([.all]), waits: true)
        let restart = scene.ask(.restart(choose("api")), waits: true)
        scene.send(.shutdownRequested(.daemon))
        scene.letEnd("db")
        #expect(scene.hasFinishedShutdown)
        #expect(scene.result(start, "api") == .failed)
        #expect(scene.result(restart, "api") == .failed)
    }

    @Test func `a request during a shutdown is refused`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        scene.send(.shutdownRequested(.daemon))
        let start = scene.ask(.start(choose("a")))
        #expect(scene.failure(start) == .shuttingDown)
    }

    @Test func `the second shutdown is urgent`() {
        var scene = Scene()
        scene.bringUp(database, api)
        let first = scene.ask(.shutdown)
        #expect(scene.signals(to: "api") == [.terminate, .continue])
        #expect(scene.signals(to: "db").isEmpty)
        let second = scene.ask(.shutdown)
        #expect(scene.signals(to: "api") == [.terminate, .continue, .kill])
        #expect(scene.signals(to: "db").last == .kill)
        scene.exit("db")
        scene.exit("api")
        #expect(scene.hasFinishedShutdown)
        #expect(scene.outcomes(first)?.count == 2)
        #expect(scene.outcomes(second)?.count == 2)
    }

    @Test func `the second shutdown is urgent also for a run that has no pid yet`() {
        var scene = Scene()
        scene.ask(.apply([app("a")], prunedSource: nil))
        scene.send(.shutdownRequested(.daemon))
        scene.send(.shutdownRequested(.daemon))
        scene.execute("a")
        #expect(scene.signals(to: "a") == [.kill])
    }

    @Test func `a shutdown without processes finishes at once and answers`() {
        var scene = Scene()
        let shutdown = scene.ask(.shutdown)
        #expect(scene.outcomes(shutdown) == [])
        #expect(scene.hasFinishedShutdown)
    }

    // MARK: - Automatic restarts and wishes

    @Test func `a memory restart does not make wanted what is about to be stopped`() {
        var scene = Scene()
        var limits = MemoryPolicy()
        limits.treeLimit = .mebibytes(100)
        scene.bringUp(app("db") { $0.memory = limits }, app("api", needs: [("db", .ready)]))
        scene.ask(.stop([.all]))
        for _ in 0..<3 {
            scene.measure("db", tree: .mebibytes(200))
        }
        #expect(scene.word("db") == "stopping")
        #expect(scene.wishes["db"] == false)
        scene.exit("db")
        #expect(scene.spawnCount("db") == 1)
        scene.exit("api")
        #expect(scene.word("db") == "stopped")
    }
}

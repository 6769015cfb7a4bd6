import Shared
import SupervisorCore
import Testing

/// Exactly one answer for each request.
@Suite struct RequestTests {
    @Test func `a start without waiting is answered at the pid, with waiting at readiness`() {
        var scene = Scene()
        scene.ask(
            .apply(
                [app("a", readyWithin: .seconds(10)) { $0.startsAutomatically = false }],
                prunedSource: nil
            )
        )
        let quick = scene.ask(.start(choose("a")))
        let patient = scene.ask(.start(choose("a")), waits: true)
        scene.execute("a")
        #expect(scene.result(quick, "a") == .started)
        #expect(scene.answers[patient] == nil)
        scene.becomeReady("a")
        #expect(scene.result(patient, "a") == .started)
        #expect(scene.timers.isEmpty)
    }

    @Test func `a signal that somebody had sent is told, and is the cause of the end that follows`() throws {
        var scene = Scene()
        scene.bringUp(app("a"))
        scene.ask(.signal(choose("a"), .terminate))
        scene.wait(.seconds(2))
        scene.exit("a", code: 3)
        #expect(scene.story("a").contains("signaled"))
        let cause = try #require(scene.supervisor.exits(of: scene.id("a")).last?.ended.cause)
        guard case .signaled(.terminate, _) = cause else {
            Issue.record("the cause is \(cause)")
            return
        }
        scene.execute("a")
        scene.ask(.signal(choose("a"), .user1))
        scene.wait(.seconds(2))
        scene.exit("a", code: 3)
        #expect(scene.supervisor.exits(of: scene.id("a")).last?.ended.cause == .itself)
        scene.execute("a")
        scene.ask(.signal(choose("a"), .terminate))
        scene.wait(.seconds(11))
        scene.exit("a", code: 3)
        #expect(scene.supervisor.exits(of: scene.id("a")).last?.ended.cause == .itself)
    }

    @Test func `a request that runs out of time names who is missing, and is not answered again`() {
        var scene = Scene()
        scene.bringUp(app("a"), app("b"))
        let stop = scene.ask(.stop([.all]), timeout: .seconds(3))
        scene.exit("a")
        scene.fire(.request(stop))
        #expect(
            scene.failure(stop)
                == .timedOut(
                    outcomes: [
                        ProcessOutcome(
                            process: ProcessName(app: app("a").name, instance: 0),
                            id: 0,
                            result: .stopped
                        )
                    ],
                    waiting: [ProcessName(app: app("b").name, instance: 0)]
                )
        )
        scene.exit("b")
        #expect(scene.answers[stop]?.count == 1)
        #expect(scene.word("b") == "stopped")
    }

    @Test func `an abandoned request is carried out and not answered`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        let stop = scene.ask(.stop(choose("a")))
        scene.send(.requestAbandoned(stop))
        #expect(scene.timers[.request(stop)] == nil)
        scene.exit("a")
        #expect(scene.answers[stop] == nil)
        #expect(scene.word("a") == "stopped")
    }

    @Test func `the deadline is disarmed with the answer`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        let restart = scene.ask(.restart(choose("a")))
        #expect(scene.timers[.request(restart)] != nil)
        scene.exit("a")
        scene.execute("a")
        #expect(scene.result(restart, "a") == .restarted)
        #expect(scene.timers[.request(restart)] == nil)
    }

    @Test func `what should run is written down before the answer`() {
        var scene = Scene()
        scene.bringUp(app("a"))
        let actions: [ControlRequest.Action] = [
            .stop(choose("a")), .start(choose("a")), .restart(choose("a")),
            .scale(app("a").name, .exactly(2)),
            .apply([app("a")], prunedSource: nil), .delete(choose("a")),
        ]
        for action in actions {
            let before = scene.persists
            scene.ask(action)
            #expect(scene.persists == before + 1)
            let persist = scene.effects.firstIndex { if case .persist = $0 { true } else { false } }
            let reply = scene.effects.firstIndex { if case .reply = $0 { true } else { false } }
            #expect((persist ?? .max) < (reply ?? .max))
        }
    }

    @Test func `a signal goes to the main process and is answered at once`() {
        var scene = Scene()
        scene.bringUp(app("a"), app("b") { $0.startsAutomatically = false })
        let signal = scene.ask(.signal([.all], .user1))
        #expect(scene.result(signal, "a") == .signaled)
        #expect(scene.result(signal, "b") == .failed)
        #expect(scene.signals.map(\.scope) == [.main])
    }

    @Test func `a start that dies before it is ready is answered as failed, with how it ended`() {
        var scene = Scene()
        let start = scene.ask(.apply([app("a", readyWithin: .seconds(10))], prunedSource: nil), waits: true)
        scene.execute("a")
        scene.exit("a", code: 3)
        #expect(scene.result(start, "a") == .failed)
        #expect(scene.outcomes(start)?.first?.message?.contains("code 3") == true)
    }

    @Test func `a one-shot that completes is a success`() {
        var scene = Scene()
        let job = app("a", readyWithin: .seconds(10)) { $0.restart.isEnabled = false }
        let start = scene.ask(.apply([job], prunedSource: nil), waits: true)
        scene.execute("a")
        scene.exit("a", code: 0)
        #expect(scene.result(start, "a") == .started)
        #expect(scene.outcomes(start)?.first?.message == "completed")
    }

    @Test func `who waits for a program without readiness is answered when it has lived for a second`() {
        var scene = Scene()
        let quick = scene.ask(.apply([app("a")], prunedSource: nil))
        let start = scene.ask(.start(choose("a")), waits: true)
        scene.execute("a")
        #expect(scene.word("a") == "online")
        #expect(scene.result(quick, "a") == .started)
        #expect(scene.answers[start] == nil)
        scene.wait(.milliseconds(500))
        let late = scene.ask(.start(choose("a")), waits: true)
        let applied = scene.ask(.apply([app("a")], prunedSource: nil), waits: true)
        #expect(scene.answers[late] == nil)
        scene.fire(.trial(scene.run("a") ?? RunID(rawValue: 0)))
        #expect(scene.result(start, "a") == .started)
        #expect(scene.result(late, "a") == .alreadyRunning)
        #expect(scene.result(applied, "a") == .unchanged)
        #expect(scene.timers.isEmpty)
        #expect(scene.result(scene.ask(.start(choose("a")), waits: true), "a") == .alreadyRunning)
    }

    @Test(arguments: [false, true])
    func `who waits for a program that dies at once is told so`(isRestart: Bool) {
        var scene = Scene()
        if isRestart {
            scene.bringUp(app("a"))
            scene.wait(.seconds(5))
        }
        let request = scene.ask(
            isRestart ? .restart(choose("a")) : .apply([app("a")], prunedSource: nil),
            waits: true
        )
        if isRestart { scene.exit("a") }
        scene.execute("a")
        scene.wait(.milliseconds(3))
        scene.exit("a", code: 3)
        #expect(scene.word("a") == "waiting restart")
        #expect(scene.result(request, "a") == .failed)
        #expect(scene.outcomes(request)?.first?.message?.contains("code 3") == true)
        #expect(scene.timersOf("a") == 1)
    }

    @Test func `a shorter min_uptime is a shorter trial, and one of zero is none`() {
        var scene = Scene()
        let request = scene.ask(
            .apply(
                [
                    app("a") { $0.restart.minimumUptime = .milliseconds(20) },
                    app("b") { $0.restart.minimumUptime = .zero },
                ],
                prunedSource: nil
            ),
            waits: true
        )
        scene.execute("b")
        scene.execute("a")
        #expect(scene.timers[.trial(scene.run("a") ?? RunID(rawValue: 0))] == scene.now + .milliseconds(20))
        scene.fire(.trial(scene.run("a") ?? RunID(rawValue: 0)))
        #expect(scene.outcomes(request)?.map(\.result) == [.started, .started])
    }

    @Test func `a program that ends with a stop exit code has done what was asked`() {
        var scene = Scene()
        let job = app("a") { $0.restart.stopExitCodes = [3] }
        let start = scene.ask(.apply([job], prunedSource: nil), waits: true)
        scene.execute("a")
        scene.exit("a", code: 3)
        #expect(scene.result(start, "a") == .started)
        #expect(scene.outcomes(start)?.first?.message?.contains("stop_exit_codes") == true)
    }

    @Test func `a stop of what is stopped says so and makes it unwanted`() {
        var scene = Scene()
        scene.bringUp(app("a") { $0.restart.isEnabled = false })
        scene.exit("a")
        #expect(scene.wishes["a"] == true)
        let stop = scene.ask(.stop(choose("a")))
        #expect(scene.result(stop, "a") == .alreadyStopped)
        #expect(scene.wishes["a"] == false)
    }

    @Test func `a deletion meanwhile answers those who wait for a start`() {
        var scene = Scene()
        scene.ask(.apply([app("a", readyWithin: .seconds(10))], prunedSource: nil))
        scene.execute("a")
        let start = scene.ask(.start(choose("a")), waits: true)
        let delete = scene.ask(.delete(choose("a")))
        scene.exit("a")
        #expect(scene.result(start, "a") == .failed)
        #expect(scene.result(delete, "a") == .deleted)
        #expect(scene.effects.contains { if case .retire = $0 { true } else { false } })
    }

    @Test func `the status line counts states`() {
        var scene = Scene()
        #expect(scene.supervisor.statusLine == "no apps")
        scene.bringUp(app("a", instances: 2), app("b") { $0.startsAutomatically = false })
        #expect(scene.supervisor.statusLine == "2 online · 0 errored · 1 stopped")
    }

    @Test func `the status line names the apps that tell whether they are ready`() {
        var scene = Scene()
        scene.ask(
            .apply(
                [app("api", readyWithin: .seconds(10)), app("b"), app("w", readyWithin: .seconds(10))],
                prunedSource: nil
            )
        )
        for name in ["api", "b", "w"] { scene.execute(name) }
        scene.becomeReady("api")
        #expect(scene.supervisor.statusLine == "2 online · 0 errored · 1 launching · api ready · w not ready")
    }

    @Test func `the status line stays a line with many apps`() {
        var scene = Scene()
        scene.ask(.apply((0..<20).map { app("a\($0)", readyWithin: .seconds(10)) }, prunedSource: nil))
        #expect(scene.supervisor.statusLine.hasSuffix(" · a7 not ready · 12 more"))
    }
}

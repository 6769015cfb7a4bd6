import Shared
import Testing

@testable import SupervisorCore

/// The limit on automatic starts of all processes together (F33).
@Suite struct StartBudgetTests {
    @Test func `100 processes that die together start together`() {
        let waits = stormWaits(of: 100, fixedDelay: .zero)
        #expect(waits.allSatisfy { $0 == .zero })
    }

    @Test func `500 crashes at once are spread over seconds`() {
        let waits = stormWaits(of: 500, fixedDelay: .zero)
        #expect(waits.count { $0 == .zero } <= Int(StartBudget.burst) + 1)
        #expect(waits.max() ?? .zero > .seconds(3))
        #expect(waits.max() ?? .zero < .seconds(5))
    }

    @Test func `a storm after a common delay is spread, too`() {
        var scene = crashed(500, fixedDelay: .seconds(5))
        var spawns: [MonotonicInstant: Int] = [:]
        for _ in 0..<2000 {
            guard let next = scene.timers.min(by: { $0.value < $1.value }) else { break }
            scene.fire(next.key)
            spawns[scene.now, default: 0] += scene.effects.count {
                if case .spawn = $0 { true } else { false }
            }
        }
        #expect(spawns.values.reduce(0, +) == 500)
        #expect(spawns.values.max() ?? 0 <= Int(StartBudget.burst) + 1)
        #expect((spawns.keys.max() ?? .zero) - (spawns.keys.min() ?? .zero) > .seconds(3))
    }

    @Test func `one process with a long delay does not delay the others`() {
        var scene = Scene()
        var slow = RestartPolicy()
        slow.fixedDelay = .seconds(3600)
        scene.bringUp(app("slow") { $0.restart = slow }, app("quick"))
        scene.wait(.seconds(5))
        scene.exit("slow", code: 1)
        scene.exit("quick", code: 1)
        #expect(scene.spawnCount("quick") == 2)
        scene.execute("quick")
        #expect(scene.word("quick") == "online")
    }

    private func crashed(_ count: Int, fixedDelay: Duration) -> Scene {
        var scene = Scene()
        var policy = RestartPolicy()
        policy.fixedDelay = fixedDelay
        scene.bringUp(app("a", instances: count) { $0.restart = policy })
        scene.wait(.seconds(5))
        for process in scene.supervisor.snapshot(at: scene.now) {
            scene.exit("\(process.name)", code: 1)
        }
        return scene
    }

    private func stormWaits(of count: Int, fixedDelay: Duration) -> [Duration] {
        let scene = crashed(count, fixedDelay: fixedDelay)
        return scene.supervisor.snapshot(at: scene.now).map { process in
            if case .waitingRestart(let until, _) = process.state { until - scene.now } else { .zero }
        }
    }
}

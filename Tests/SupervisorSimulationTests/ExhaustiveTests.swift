import Shared
import Testing

@testable import SupervisorCore

/// Every sequence of six events of one process, and of four where another depends on it.
///
/// At each state every event that can happen there is tried on a copy; the oracle watches each step.
@Suite struct ExhaustiveTests {
    /// What can happen next.
    enum Move: CaseIterable {
        case start, stop, restart, delete, spawned, spawnFailed, ready, exited, exitedWithStragglers,
            treeEmptied
        case timer, memory, shutdown
    }

    /// A core, its watcher and the time.
    struct World {
        var core = Supervisor(seed: 3, firstRun: 1)
        var oracle = Oracle()
        var now = MonotonicInstant(nanoseconds: 1_000_000_000)
        var nextRequest: UInt64 = 1
        var path: [(move: Move, target: String)] = []

        mutating func send(_ event: SupervisorEvent) throws {
            now = now + .milliseconds(100)
            if case .timerFired(let timer) = event, let armed = oracle.timers[timer] {
                now = max(now, armed.at)
            }
            try oracle.note(event, core, at: now)
            let effects = core.handle(event, at: now)
            try oracle.check(effects, core, at: now)
        }

        mutating func ask(_ action: ControlRequest.Action, waits: Bool) throws {
            let id = RequestID(rawValue: nextRequest)
            nextRequest += 1
            let request = ControlRequest(action, waits: waits, timeout: .seconds(1_000_000))
            try send(.request(id, request, from: .daemon))
        }
    }

    private func app(_ name: String, needs other: String? = nil) -> AppDefinition? {
        guard let appName = AppName(name) else { return nil }
        var app = AppDefinition(
            name: appName,
            command: AppCommand(executable: "/bin/x"),
            workingDirectory: "/"
        )
        app.readiness = .notification(timeout: .seconds(5))
        app.restart.maximumUnstableRuns = 2
        app.memory.treeLimit = .mebibytes(100)
        app.dependencies =
            other.flatMap { AppName($0) }.map { [AppDependency(app: $0, condition: .ready)] } ?? []
        return app
    }

    /// Tries a move; false where it cannot happen.
    private func make(_ move: Move, of target: String, _ world: inout World) throws -> Bool {
        let selection = [ProcessSelection.name(target)]
        let machine = world.core.machines.first { $0.name.app.rawValue == target }
        let run = machine?.state.run
        guard machine != nil else { return false }
        let isUp = machine?.state.isUp ?? false
        let isStopping = if case .stopping = machine?.state { true } else { false }
        switch move {
        case .start, .stop, .restart, .delete, .shutdown:
            // What is asked during a shutdown is refused, and has a test of its own.
            guard world.core.shutdownBy == nil else { return false }
        case .spawned, .spawnFailed, .ready, .exited, .exitedWithStragglers, .treeEmptied, .timer, .memory:
            break
        }
        switch move {
        case .start: try world.ask(.start(selection), waits: true)
        case .stop: try world.ask(.stop(selection), waits: true)
        case .restart: try world.ask(.restart(selection), waits: false)
        case .delete: try world.ask(.delete(selection), waits: true)
        case .spawned:
            guard let run, run.pid == nil else { return false }
            try world.send(.spawned(run.id, pid: 100))
        case .spawnFailed:
            guard let run, run.pid == nil else { return false }
            let failure = SpawnFailure(stage: "exec", errorName: "ENOENT", message: "cannot execute /bin/x")
            try world.send(.spawnFailed(run.id, failure))
        case .ready:
            guard let run, run.pid != nil, case .launching = machine?.state else { return false }
            var report = WorkerReport()
            report.isReady = true
            try world.send(.reported(run.id, report))
        case .exited, .exitedWithStragglers:
            guard let run, run.pid != nil, isUp || isStopping else { return false }
            let stragglers = move == .exited ? 0 : 1
            let observation = ExitObservation(exit: .exited(code: 1), stragglers: stragglers)
            try world.send(.exited(run.id, observation))
        case .treeEmptied:
            guard let run, case .ending = machine?.state else { return false }
            try world.send(.treeEmptied(run.id))
        case .timer:
            let ours = world.oracle.timers.filter { timer, _ in
                if case .request = timer { return false }
                if case .restart(let process) = timer { return process == machine?.id }
                return timer.run == run?.id
            }
            guard let next = ours.min(by: { ($0.value.at, $0.value.order) < ($1.value.at, $1.value.order) })
            else {
                return false
            }
            try world.send(.timerFired(next.key))
        case .memory:
            guard let run, case .online = machine?.state else { return false }
            for _ in 0..<3 {
                try world.send(
                    .sampled(run.id, MemorySample(tree: .mebibytes(200)))
                )
            }
        case .shutdown: try world.send(.shutdownRequested(.daemon))
        }
        return true
    }

    private func explore(_ world: World, _ moves: [(Move, String)], depth: Int, _ steps: inout Int) -> Bool {
        guard depth > 0 else { return true }
        for (move, target) in moves {
            var next = world
            next.path.append((move, target))
            do {
                guard try make(move, of: target, &next) else { continue }
            } catch {
                let path = next.path.map { "\($0.move) \($0.target)" }.joined(separator: ", ")
                Issue.record("\(path): \(error)")
                return false
            }
            steps += 1
            guard explore(next, moves, depth: depth - 1, &steps) else { return false }
        }
        return true
    }

    @Test func `every sequence of six events of one process keeps every rule`() throws {
        var world = World()
        try world.ask(.apply([app("a")].compactMap { $0 }, prunedSource: nil), waits: false)
        var steps = 0
        let held = explore(world, Move.allCases.map { ($0, "a") }, depth: 6, &steps)
        #expect(held)
        #expect(steps > 50_000)
    }

    @Test func `every sequence of four events of a process and its dependant keeps every rule`() throws {
        var world = World()
        let definitions = [app("a"), app("b", needs: "a")].compactMap { $0 }
        try world.ask(.apply(definitions, prunedSource: nil), waits: true)
        for name in ["a", "b"] {
            _ = try make(.spawned, of: name, &world)
            _ = try make(.ready, of: name, &world)
        }
        let moves: [(Move, String)] = [
            (.start, "a"), (.stop, "a"), (.restart, "a"), (.delete, "a"), (.spawned, "a"), (.ready, "a"),
            (.exited, "a"), (.timer, "a"), (.start, "b"), (.stop, "b"), (.restart, "b"), (.spawned, "b"),
            (.exited, "b"), (.shutdown, "a"),
        ]
        var steps = 0
        let held = explore(world, moves, depth: 4, &steps)
        #expect(held)
        #expect(steps > 8_000)
    }
}

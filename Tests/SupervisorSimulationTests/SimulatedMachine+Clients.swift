import Shared

@testable import SupervisorCore

/// What clients and operators do.
extension SimulatedMachine {
    static let names = ["a", "b", "c", "d"].compactMap { AppName($0) }

    /// A definition at random; an app depends only on those before it, except now and then, to be refused.
    mutating func drawDefinition(_ index: Int) -> AppDefinition {
        let name = Self.names[index]
        var app = AppDefinition(name: name, command: AppCommand(executable: "/bin/x"), workingDirectory: "/")
        app.instances = random.chance(25) ? 2 : 1
        app.startsAutomatically = !random.chance(10)
        app.source = random.chance(50) ? "/f" : nil
        app.command.arguments = random.chance(20) ? ["\(random.below(3))"] : []
        app.restart.isEnabled = !random.chance(15)
        app.restart.maximumUnstableRuns = random.pick([Int?.some(1), 3, 16, nil]) ?? nil
        app.restart.window = random.chance(30) ? .seconds(5) : .seconds(600)
        app.restart.fixedDelay = random.pick([Duration?.none, nil, nil, .zero, .seconds(2)]) ?? nil
        app.restart.stopExitCodes = random.chance(20) ? [7] : []
        app.stop.killTimeout = random.pick([.zero, .milliseconds(200), .seconds(1), .seconds(3)]) ?? .zero
        app.stop.includesTree = !random.chance(20)
        app.readiness = random.chance(50) ? .notification(timeout: .seconds(1)) : .immediate
        app.watchdog = random.chance(20) ? .seconds(2) : nil
        if random.chance(25) {
            app.memory.soft = .mebibytes(100)
            app.memory.hard = .mebibytes(150)
            app.memory.treeLimit = random.chance(50) ? .mebibytes(200) : nil
            app.memory.sampleInterval = .milliseconds(500)
            app.memory.restartsPerHour = random.below(3)
        }
        for other in Self.names.indices where other < index && random.chance(45) || random.chance(1) {
            let condition = random.pick([DependencyCondition.started, .ready, .ready, .completed]) ?? .ready
            app.dependencies.append(AppDependency(app: Self.names[other], condition: condition))
        }
        return app
    }

    /// One request of one client, or a stroke of fate.
    mutating func actAsClient() throws {
        if random.chance(6), let run = random.pick(finished) {
            try sendLate(run)
            return
        }
        if random.chance(6), let run = random.pick(children.keys.sorted()) {
            try end(run, .signaled(.kill, coreDumped: false))
            return
        }
        let id = RequestID(rawValue: nextRequest)
        nextRequest += 1
        let timeout: Duration = random.chance(20) ? .milliseconds(random.below(2000)) : .seconds(30)
        let request = ControlRequest(drawAction(), waits: random.chance(40), timeout: timeout)
        let requester = Requester(user: "amara", pid: Int32(random.below(1000)))
        if random.chance(12) {
            plan(.abandon(id), after: .milliseconds(random.below(1500)))
        }
        try send(.request(id, request, from: requester))
    }

    private mutating func drawAction() -> ControlRequest.Action {
        switch random.below(20) {
        case 0...3: .start(drawSelections())
        case 4...7: .stop(drawSelections())
        case 8...10: .restart(drawSelections())
        case 11: .delete(drawSelections(), isForced: random.chance(30))
        case 12...13: .scale(drawName(), .exactly(random.below(4)))
        case 14: .scale(drawName(), .change(random.below(5) - 2))
        case 15...16: .apply(drawDefinitions(), prunedSource: random.chance(30) ? "/f" : nil)
        case 17: .reset(drawSelections())
        default: .signal(drawSelections(), .user1)
        }
    }

    /// Definitions of some apps, in order.
    mutating func drawDefinitions() -> [AppDefinition] {
        let count = 1 + random.below(Self.names.count)
        return (0..<count).map { drawDefinition($0) }
    }

    private mutating func drawName() -> AppName {
        Self.names[random.below(Self.names.count)]
    }

    private mutating func drawSelections() -> [ProcessSelection] {
        if random.chance(20) { return [.all] }
        if random.chance(20) { return [.id(random.below(6))] }
        return (0...random.below(2)).map { _ in .name(drawName().rawValue) }
    }

    /// Something for a run that is over.
    private mutating func sendLate(_ run: RunID) throws {
        let events: [SupervisorEvent] = [
            .exited(run, ExitObservation(exit: .exited(code: 0))), .treeEmptied(run),
            .timerFired(.stopStep(run)), .timerFired(.readiness(run)), .reported(run, WorkerReport()),
            .sampled(run, MemorySample(tree: .mebibytes(900))),
        ]
        if let event = random.pick(events) {
            try send(event)
        }
    }
}

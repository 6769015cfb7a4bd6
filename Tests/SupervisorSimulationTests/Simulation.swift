import Shared

@testable import SupervisorCore

/// One seed: a day of a machine, from the first file to the end of the shutdown.
struct Simulation {
    var machine: SimulatedMachine
    /// How many things happen before the shutdown.
    static let dayLength = 70
    /// How many things may happen after it; more is a shutdown that does not end.
    static let nightLength = 4000

    init(seed: UInt64, mortality: Int = 0) {
        machine = SimulatedMachine(seed: seed)
        machine.mortality = mortality
        machine.disk.checksText = seed.isMultiple(of: 16)
    }

    /// Lives through the day.
    ///
    /// - Throws: ``Violation`` for the first rule that does not hold.
    mutating func run() throws {
        try machine.start()
        while machine.steps < Self.dayLength, try machine.step() {
            if machine.steps.isMultiple(of: 32) {
                try machine.oracle.checkDesiredState(machine.core, at: machine.now)
            }
        }
        try machine.shutDown()
    }
}

extension SimulatedMachine {
    /// The first file, and clients for the whole day.
    mutating func start() throws {
        let id = RequestID(rawValue: nextRequest)
        nextRequest += 1
        let definitions = Self.names.indices.map { drawDefinition($0) }
        try send(.request(id, ControlRequest(.apply(definitions, prunedSource: nil)), from: .daemon))
        var wait: Duration = .zero
        for _ in 0..<(6 + random.below(14)) {
            wait += .milliseconds(random.chance(40) ? random.below(20) : random.below(1500))
            plan(.client, after: wait)
        }
    }

    /// Ends the day, checks that it ends in time, and that everything was answered.
    mutating func shutDown() throws {
        mortality = 0
        let timeouts = core.machines.map { machine in
            let app = core.apps[machine.name.app]?.definition.stop.killTimeout ?? .zero
            let run = machine.state.run?.stop.killTimeout ?? .zero
            // A kill may take a few rounds in uninterruptible sleep, twice: for the main process and for its tree.
            return max(app, run) + .seconds(30)
        }
        let began = now
        extended = .zero
        if random.chance(50) {
            try send(.shutdownRequested(.daemon))
        } else {
            let id = RequestID(rawValue: nextRequest)
            nextRequest += 1
            try send(.request(id, ControlRequest(.shutdown, timeout: .seconds(3600)), from: .daemon))
        }
        let isUrgent = random.chance(30)
        if isUrgent {
            plan(.shutdown, after: .milliseconds(random.below(500)))
        }
        let last = steps + Simulation.nightLength
        while !oracle.hasFinishedShutdown {
            guard steps < last else { throw Violation("the shutdown does not end") }
            guard try step() else {
                throw Violation("nothing is left to happen and the shutdown has not finished")
            }
        }
        let limit = timeouts.reduce(.zero, +) + extended
        guard now - began <= limit else { throw Violation("the shutdown took \(now - began), not \(limit)") }
        guard oracle.present.isEmpty, oracle.open.isEmpty else {
            throw Violation("left over after the shutdown")
        }
        if let run = children.first(where: { $0.value.isAlive })?.key { throw Violation("\(run) lives on") }
        if let timer = oracle.timers.first { throw Violation("\(timer.key) is armed after the shutdown") }
        try oracle.checkDesiredState(core, at: now)
    }
}

import Foundation
import Testing

@testable import SupervisorCore

/// Many days of a simulated machine, each from a seed.
///
/// `NOVI_SEED=n swift test --filter SupervisorSimulationTests` lives through one of them again.
@Suite struct SimulationTests {
    static let seedsInAll = 10_000
    static let shards = 8

    @Test(arguments: 0..<shards)
    func `every rule holds on every day`(shard: Int) {
        if let text = ProcessInfo.processInfo.environment["NOVI_SEED"] {
            guard shard == 0, let seed = UInt64(text) else { return }
            live(through: seed)
            return
        }
        let note = SeedNote(shard: shard)
        let count = Self.seedsInAll / Self.shards
        for seed in (shard * count)..<((shard + 1) * count) {
            note.write(UInt64(seed))
            guard live(through: UInt64(seed)) else { break }
        }
        note.remove()
    }

    /// Lives through one day; false when a rule did not hold.
    @discardableResult
    private func live(through seed: UInt64) -> Bool {
        var simulation = Simulation(seed: seed)
        do {
            try simulation.run()
            return true
        } catch {
            Issue.record("NOVI_SEED=\(seed): \(error)\n\(simulation.machine.trace)")
            return false
        }
    }

    @Test func `a seed gives the same day each time`() throws {
        var first = Simulation(seed: 42)
        var second = Simulation(seed: 42)
        try first.run()
        try second.run()
        #expect(first.machine.steps == second.machine.steps)
        #expect(first.machine.trace == second.machine.trace)
    }

    @Test func `the days see much of what can happen`() throws {
        var words: Set<String> = []
        var late = 0
        for seed in 0..<150 {
            var simulation = Simulation(seed: UInt64(seed))
            try simulation.run()
            late += simulation.machine.core.lateEvents
            words.formUnion(simulation.machine.words)
        }
        let expected: Set<String> = [
            "registered", "deleted", "configuration_changed", "waiting_for_dependencies", "launched",
            "launch_failed",
            "online", "exited", "stragglers_ended", "waiting_to_restart", "gave_up", "stopping", "killed",
            "unkillable",
            "cleanup_requested", "memory_restarts_exhausted", "shutdown_began",
        ]
        #expect(expected.subtracting(words) == [])
        #expect(late > 0)
    }
}

/// Where the seed of the present day is written, for the case that the core traps.
///
/// A trap ends the test process before anything can be printed; the file names the seed to replay.
struct SeedNote {
    private let path: String

    init(shard: Int) {
        let folder = FileManager.default.temporaryDirectory.path
        path = "\(folder)/novi-simulation-\(ProcessInfo.processInfo.processIdentifier)-\(shard)"
    }

    func write(_ seed: UInt64) {
        _ = FileManager.default.createFile(atPath: path, contents: Data("NOVI_SEED=\(seed)\n".utf8))
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}

import Foundation
import Testing

@testable import SupervisorCore

/// Many days of a simulated machine, each from a seed.
///
/// `NOVI_SEED=n swift test --filter SupervisorSimulationTests` lives through one of them again.
@Suite struct SimulationTests {
    static let seedsInAll = 10_000
    /// Days with deaths of the daemon take five times as long; `NOVI_SEEDS=10000` for as many as of the others.
    static let seedsWithDeaths =
        ProcessInfo.processInfo.environment["NOVI_SEEDS"].flatMap { Int($0) } ?? 800
    static let shards = 8

    @Test(arguments: 0..<shards)
    func `every rule holds on every day`(shard: Int) {
        live(shard: shard, mortality: 0)
    }

    /// In 25 of 1000 events, which is once or twice a day.
    @Test(arguments: 0..<shards)
    func `every rule holds on every day on which the daemon is killed between any two things it does`(
        shard: Int
    ) {
        live(shard: shard, mortality: 25)
    }

    private func live(shard: Int, mortality: Int) {
        if let text = ProcessInfo.processInfo.environment["NOVI_SEED"] {
            guard shard == 0, let seed = UInt64(text) else { return }
            live(through: seed, mortality)
            return
        }
        let note = SeedNote(shard: shard)
        let count = (mortality > 0 ? Self.seedsWithDeaths : Self.seedsInAll) / Self.shards
        for seed in (shard * count)..<((shard + 1) * count) {
            note.write(UInt64(seed))
            guard live(through: UInt64(seed), mortality) else { break }
        }
        note.remove()
    }

    /// Lives through one day; false when a rule did not hold.
    @discardableResult
    private func live(through seed: UInt64, _ mortality: Int) -> Bool {
        var simulation = Simulation(seed: seed, mortality: mortality)
        do {
            try simulation.run()
            return true
        } catch {
            Issue.record("NOVI_SEED=\(seed), mortality \(mortality): \(error)\n\(simulation.machine.trace)")
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

/// What the days with deaths must have seen to be worth something.
extension SimulationTests {
    @Test func `days on which the daemon is killed see every kind of end and going on`() throws {
        var words: Set<String> = []
        var deaths = 0
        for seed in 0..<400 {
            var simulation = Simulation(seed: UInt64(seed), mortality: 25)
            try simulation.run()
            deaths += simulation.machine.deaths
            words.formUnion(simulation.machine.words)
        }
        let expected: Set<String> = [
            "adopted", "found_ended", "stragglers_ended", "gave_up", "killed", "deleted",
        ]
        #expect(expected.subtracting(words) == [])
        #expect(deaths > 400)
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

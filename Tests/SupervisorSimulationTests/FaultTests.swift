import Shared
import Testing

@testable import SupervisorCore

/// Faults one by one, as SQLite tests its own: the first spawn fails, then the second, until no fault is reached any more.
@Suite struct FaultTests {
    /// A quiet day: three apps in a row of dependencies start, restart and stop.
    private func day(_ failsSpawn: @escaping (Int) -> Bool) throws -> SimulatedMachine {
        var machine = SimulatedMachine(seed: 7)
        machine.failsSpawn = failsSpawn
        machine.isWellBehaved = true
        let definitions = ["a", "b", "c"].compactMap { AppName($0) }.map { name in
            AppDefinition(name: name, command: AppCommand(executable: "/bin/x"), workingDirectory: "/")
        }
        var chained: [AppDefinition] = []
        for var definition in definitions {
            if let before = chained.last {
                definition.dependencies = [AppDependency(app: before.name, condition: .ready)]
            }
            definition.readiness = .notification(timeout: .seconds(5))
            definition.restart.maximumUnstableRuns = 4
            chained.append(definition)
        }
        try machine.ask(.apply(chained, prunedSource: nil), waits: true)
        try machine.live(for: .seconds(30))
        try machine.ask(.restart([.all]), waits: true)
        try machine.live(for: .seconds(30))
        return machine
    }

    @Test func `whichever spawn fails once, everything is online in the end`() throws {
        var failing = 0
        while true {
            var machine = try day { $0 == failing }
            #expect(
                machine.core.machines.map(\.state.word) == ["online", "online", "online"],
                "spawn \(failing)"
            )
            let spawns = machine.spawns
            try machine.shutDown()
            if failing >= spawns { break }
            failing += 1
        }
        #expect(failing == 6)
    }

    @Test
    func `whichever spawn fails from then on, it ends in errored or waiting, and everything is answered`()
        throws
    {
        for failing in 0..<6 {
            var machine = try day { $0 >= failing }
            let words = Set(machine.core.machines.map(\.state.word))
            #expect(words.contains("errored"), "from spawn \(failing)")
            #expect(words.isSubset(of: ["errored", "launching", "online"]), "from spawn \(failing)")
            #expect(machine.spawns < 40)
            try machine.shutDown()
        }
    }

    @Test func `when spawning works again, a start brings everything back`() throws {
        for failing in 0..<3 {
            var machine = try day { $0 >= failing }
            machine.failsSpawn = { _ in false }
            try machine.ask(.restart([.all]), waits: true)
            try machine.live(for: .seconds(30))
            #expect(
                machine.core.machines.map(\.state.word) == ["online", "online", "online"],
                "from spawn \(failing)"
            )
            try machine.shutDown()
        }
    }
}

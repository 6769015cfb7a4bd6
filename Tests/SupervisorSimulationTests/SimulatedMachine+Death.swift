import Shared

@testable import SupervisorCore

/// The daemon is killed, and another one goes on with what it finds.
extension SimulatedMachine {
    /// Lets some time pass without a daemon, and starts one.
    ///
    /// - Parameter before: The oracle before the event in which the daemon died: when nothing of that event was written, it
    ///   did not happen.
    /// - Throws: ``Violation``.
    mutating func replaceDaemon(_ before: Oracle?) throws {
        deaths += 1
        disk.loseBuffer()
        let contents = try disk.contents()
        let written = contents.processes.values.sorted { $0.id < $1.id }
        let isEffective = written == core.checkpoints && disk.desired == core.desiredState
        oracle.daemonDied(goingBackTo: isEffective ? nil : before)
        liveWithoutDaemon(for: .milliseconds(random.chance(60) ? random.below(30) : random.below(4000)))

        var restoration = Restoration(disk.desired)
        let listed = Set(disk.desired.apps.flatMap { $0.processes.map(\.id) })
        for checkpoint in written {
            let fate = fate(of: checkpoint, contents)
            restoration.processes[checkpoint.id] = RestoredProcess(
                checkpoint: checkpoint,
                fate: fate,
                isTold: contents.isTold(checkpoint)
            )
            guard let run = checkpoint.run, fate != .neverExecuted else { continue }
            let isThere = children[run.id].map { $0.isAlive || $0.stragglers > 0 } ?? false
            if listed.contains(checkpoint.id) || isThere { oracle.found(run, of: checkpoint, fate) }
        }
        for (run, child) in children where child.isAlive && oracle.runs[run] == nil {
            throw Violation("\(run) of process \(child.process) lives and nobody knows it")
        }
        disk.append(.begin(generation: disk.generation))
        disk.append(.done(generation: disk.generation))
        core = Supervisor(seed: random.next(), firstRun: oracle.nextRun)
        let mortalityBefore = mortality
        // Now and then a daemon dies while it takes over.
        mortality = random.chance(20) ? 500 : 0
        let died = deaths
        defer { mortality = mortalityBefore }
        try send(.restored(restoration))
        guard deaths == died else { return }
        mortality = 0
        disk.rewrite(journalLines())
        for (run, report) in takeWaitingReports() {
            try send(.reported(run, report))
        }
        try oracle.checkDesiredState(core, at: now)
    }

    private func fate(of checkpoint: ProcessCheckpoint, _ contents: JournalContents) -> RunFate {
        guard let run = checkpoint.run else { return .neverExecuted }
        let isEnding = if case .ending = checkpoint.state { true } else { false }
        guard let child = children[run.id] else {
            let wasExecuted = run.pid != nil || contents.executed[run.id] != nil || isEnding
            return wasExecuted ? .ended(ExitObservation(exit: .unknown)) : .neverExecuted
        }
        if child.isAlive, !isEnding { return .lives(pid: child.pid) }
        // Whether somebody saw how it ended.
        let exit = deaths.isMultiple(of: 2) ? child.ended ?? .unknown : .unknown
        return .ended(ExitObservation(exit: exit, stragglers: child.stragglers))
    }

    /// What the daemon writes when it begins a new journal.
    func journalLines() -> [JournalLine] {
        core.checkpoints.flatMap { checkpoint -> [JournalLine] in
            guard let run = checkpoint.run?.id, let child = children[run] else {
                return [.process(checkpoint)]
            }
            let executed = ExecutedRun(
                run: run,
                pid: child.pid,
                startTicks: UInt64(child.pid),
                output: "1:2",
                error: nil
            )
            let told = core.stopMark(of: run).map { [JournalLine.told(run, $0)] } ?? []
            return [.process(checkpoint), .executed(executed)] + told
        }
    }
}

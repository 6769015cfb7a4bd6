public import Shared

/// What has to be written down so that the next daemon can go on.
extension Supervisor {
    /// The journal lines for what changed since the last call, to be written before the effects are carried out.
    public mutating func takeJournalLines() -> [JournalLine] {
        guard !dirty.isEmpty else { return [] }
        defer { dirty.removeAll(keepingCapacity: true) }
        return dirty.sorted().map { process in
            checkpoint(of: process).map { .process($0) } ?? .forgotten(process: process)
        }
    }

    /// Where every process is: what a journal that is written anew begins with.
    public var checkpoints: [ProcessCheckpoint] {
        machines.compactMap { checkpoint(of: $0.id) }
    }

    /// The last round of signals of the stop that a run is in; `nil` when it is not being stopped.
    public func stopMark(of run: RunID) -> StopMark? {
        guard let process = runs[run], let index = indices[process] else { return nil }
        switch machines[index].state {
        case .stopping(_, let sequence, _, _), .ending(_, let sequence, _, _):
            return sequence.waitsUntil == nil ? nil : sequence.mark
        case .stopped, .waitingForDependencies, .launching, .online, .waitingRestart, .errored: return nil
        }
    }

    private func checkpoint(of process: Int) -> ProcessCheckpoint? {
        guard let index = indices[process] else { return nil }
        var checkpoint = machines[index].checkpoint
        checkpoint.pendingStop = pendingStops[process]
        return checkpoint
    }

    /// Notes a stop that waits for its turn, or that it waits no more.
    mutating func setPendingStop(_ stop: PendingStop?, of process: Int) {
        pendingStops[process] = stop
        dirty.insert(process)
    }
}

extension SupervisorEffect {
    /// Whether it changes something that the next daemon has to know of, so that the journal is written first.
    ///
    /// A reply is the last moment at which what was promised must be on record; a reap destroys the status of an end.
    public var isIrreversible: Bool {
        switch self {
        case .spawn, .signal, .release, .reply, .persist, .retire, .finishShutdown: true
        case .arm, .disarm, .publish, .requestCleanup, .sampleMemory, .measureResident: false
        }
    }

    /// Whether it writes the desired state.
    public var isPersist: Bool {
        if case .persist = self { true } else { false }
    }
}

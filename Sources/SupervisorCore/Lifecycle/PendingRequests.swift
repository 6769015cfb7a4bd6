import Shared

/// Who waits for which processes; one answer each.
struct PendingRequests: Sendable {
    /// What a request wants of one process.
    struct Goal: Sendable {
        /// What must be reached.
        enum Target: Sendable {
            /// Executed, by a run at least as new as the given one.
            case launched(RunID)
            /// Online, by a run at least as new as the given one.
            case online(RunID)
            /// Nothing runs.
            case gone
        }

        var name: ProcessName
        var target: Target
        /// What is answered when it is reached.
        var result: ProcessOutcome.Result
    }

    /// One request.
    struct Entry: Sendable {
        var goals: [Int: Goal]
        var outcomes: [ProcessOutcome]
    }

    private(set) var entries: [RequestID: Entry] = [:]
    private var waiters: [Int: Set<RequestID>] = [:]

    /// Takes a request in that still waits for something.
    mutating func add(_ id: RequestID, _ entry: Entry) {
        entries[id] = entry
        for process in entry.goals.keys {
            waiters[process, default: []].insert(id)
        }
    }

    /// The goals that wait for a process.
    func goals(of process: Int) -> [(RequestID, Goal)] {
        guard let ids = waiters[process] else { return [] }
        return ids.sorted { $0.rawValue < $1.rawValue }
            .compactMap { id in entries[id]?.goals[process].map { (id, $0) } }
    }

    /// Notes what became of one process for one request; returns the finished entry when it was the last.
    mutating func resolve(_ id: RequestID, _ process: Int, _ outcome: ProcessOutcome) -> Entry? {
        guard entries[id]?.goals.removeValue(forKey: process) != nil else { return nil }
        entries[id]?.outcomes.append(outcome)
        waiters[process]?.remove(id)
        if waiters[process]?.isEmpty == true {
            waiters[process] = nil
        }
        guard let entry = entries[id], entry.goals.isEmpty else { return nil }
        entries[id] = nil
        return entry
    }

    /// Answers for processes that were forgotten.
    mutating func resolve(removed: some Sequence<Int>, _ effect: (SupervisorEffect) -> Void) {
        for process in removed {
            for (id, goal) in goals(of: process) {
                let isGoal = if case .gone = goal.target { true } else { false }
                let outcome = ProcessOutcome(
                    process: goal.name,
                    id: process,
                    result: isGoal ? goal.result : .failed,
                    message: isGoal ? nil : "was deleted meanwhile"
                )
                guard let entry = resolve(id, process, outcome) else { continue }
                effect(.disarm(.request(id)))
                effect(.reply(id, .outcomes(entry.sortedOutcomes)))
            }
        }
    }

    /// Takes a request out, answered or not.
    mutating func remove(_ id: RequestID) -> Entry? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        for process in entry.goals.keys {
            waiters[process]?.remove(id)
            if waiters[process]?.isEmpty == true {
                waiters[process] = nil
            }
        }
        return entry
    }
}

extension PendingRequests.Entry {
    /// The outcomes by number of the process.
    var sortedOutcomes: [ProcessOutcome] {
        outcomes.sorted { $0.id < $1.id }
    }
}

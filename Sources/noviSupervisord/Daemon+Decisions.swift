import LinuxSystem
import Shared
import SupervisorCore

/// Events in, effects out.
extension Daemon {
    /// Lets the core decide about an event and carries out what follows, and what follows from that.
    func handle(_ event: SupervisorEvent) {
        decide(event)
        followUp()
    }

    /// Lets the core decide about several ends of runs; what runs next is executed at once, not one by one.
    func handle(ends events: [SupervisorEvent]) {
        for event in events { decide(event) }
        followUp()
    }

    private func followUp() {
        launchPrepared()
        while !followUps.isEmpty {
            let events = followUps
            followUps.removeAll(keepingCapacity: true)
            for event in events { decide(event) }
            launchPrepared()
        }
    }

    /// Whether what should run is written down: not in a container without a keeper, where nobody comes after us.
    var persistsState: Bool { !options.isContainer || options.keeper != nil }

    /// Lets the core decide about one event, writes down what changed, and carries the effects out in order.
    private func decide(_ event: SupervisorEvent) {
        let effects = supervisor.handle(event, at: now())
        let lines = supervisor.takeJournalLines()
        // With the desired state, not without it: a daemon that dies between the two must find neither or both.
        if persistsState, effects.contains(where: \.isPersist) {
            journal.append(.begin(generation: store.generation + 1))
        }
        for line in lines { journal.append(line) }
        carryOut(effects)
    }

    /// Carries out effects in order.
    func carryOut(_ effects: [SupervisorEffect]) {
        var told: [RunID] = []
        for effect in effects {
            // Whatever is asked of a run that is only prepared comes after its execution.
            if preparedLaunches.contains(where: { effect.concerns($0) }) { launchPrepared() }
            carryOut(effect)
            if case .signal(let run, _, _) = effect, told.last != run { told.append(run) }
        }
        for run in told {
            if let mark = supervisor.stopMark(of: run) { journal.append(.told(run, mark)) }
        }
    }
}

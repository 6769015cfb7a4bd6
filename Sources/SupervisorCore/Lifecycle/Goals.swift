import Shared

/// When a goal of a request is reached, or can no longer be.
extension Supervisor {
    /// What to answer for one process; `nil` while it is open.
    func reached(
        _ goal: PendingRequests.Goal,
        _ machine: ProcessStateMachine,
        waitsForStop: Bool
    ) -> ProcessOutcome? {
        func outcome(_ result: ProcessOutcome.Result, _ message: String? = nil) -> ProcessOutcome {
            ProcessOutcome(process: machine.name, id: machine.id, result: result, message: message)
        }
        let earliest: RunID
        let needsReadiness: Bool
        switch goal.target {
        case .gone where goal.result == .deleted:
            // What is deleted is forgotten, and answered for there; here it can only turn out to be kept.
            let isOnItsWay = pendingStops[machine.id]?.next == .remove || machine.isBeingRemoved
            return isOnItsWay ? nil : outcome(.failed, "is kept by another request")
        case .gone:
            guard !waitsForStop else { return nil }
            switch machine.state {
            case .stopped, .errored: return outcome(.stopped)
            case .stopping(_, _, _, .stay), .ending(_, _, _, .stay), .stopping(_, _, _, .remove),
                .ending(_, _, _, .remove):
                return nil
            case .stopping, .ending, .launching, .online, .waitingForDependencies, .waitingRestart:
                return outcome(.failed, "was started again by another request")
            }
        case .launched(let run):
            earliest = run
            needsReadiness = false
        case .online(let run):
            earliest = run
            needsReadiness = true
        }
        guard !waitsForStop else {
            return machine.isWanted ? nil : outcome(.failed, "is being stopped by another request")
        }
        let isNew = (machine.latestRun ?? RunID(rawValue: 0)) >= earliest
        func end(_ cause: EndCause, _ next: AfterStop) -> ProcessOutcome? {
            switch next {
            case .relaunch: nil
            case .stay, .remove: outcome(.failed, "is being stopped: \(cause)")
            case .judge: isNew ? outcome(.failed, "\(cause)") : nil
            }
        }
        switch machine.state {
        case .launching(let run):
            return isNew && !needsReadiness && run.pid != nil ? outcome(goal.result) : nil
        case .online:
            guard isNew else { return nil }
            return needsReadiness && endOfTrial(machine) != nil ? nil : outcome(goal.result)
        case .waitingForDependencies:
            if isNew, let last = machine.exits.last, last.run >= earliest {
                return outcome(.failed, ended(last))
            }
            if let missing = hopelessDependency(of: machine.name.app) {
                return outcome(.failed, "waits for \(missing)")
            }
            if needsReadiness { return nil }
            let waits = unmetDependencies(of: machine.name.app)
            return waits.isEmpty ? nil : outcome(.waiting, "waits for \(waits.joined(separator: "; "))")
        case .stopping(_, _, let cause, let next): return end(cause, next)
        case .ending(_, _, let ended, let next): return end(ended.cause, next)
        case .stopped(.ended(let exit)) where isNew:
            return exit.isSuccess ? outcome(goal.result, "completed") : outcome(.failed, "ended with \(exit)")
        case .stopped(.stopExitCode(let code)) where isNew:
            return outcome(goal.result, "ended with exit code \(code), one of stop_exit_codes")
        case .stopped(let reason): return outcome(.failed, "\(reason)")
        case .waitingRestart, .errored:
            guard isNew else { return nil }
            return outcome(.failed, machine.lastFailure)
        }
    }

    /// The longest trial of a run that says nothing of itself.
    private static let longestTrial: Duration = .seconds(1)

    /// When a process that just began to run counts as online for those who wait; `nil` when it does.
    ///
    /// Without readiness a program is online as soon as it is executed, also one that cannot do anything but die.
    func endOfTrial(_ machine: ProcessStateMachine) -> MonotonicInstant? {
        guard case .online = machine.state, let app = apps[machine.name.app]?.definition,
            case .immediate = app.readiness
        else { return nil }
        let end = machine.since + min(app.restart.minimumUptime, Self.longestTrial)
        return outbox.now < end ? end : nil
    }

    private func ended(_ record: ExitRecord) -> String {
        "ended with \(record.ended.observation.exit) after \(record.ended.uptime.shortText)"
    }
}

extension ProcessStateMachine {
    /// What went wrong last, for people.
    var lastFailure: String {
        for notice in trail.reversed() {
            switch notice.kind {
            case .launchFailed, .exited: return notice.kind.message
            case .registered, .deleted, .configurationChanged, .waitingForDependencies, .launched, .adopted,
                .foundEnded, .online, .signaled,
                .stragglersEnded, .waitingToRestart, .gaveUp, .stopping, .killed, .unkillable,
                .cleanupRequested,
                .memoryRestartsExhausted, .memoryReport, .failureReported, .ignored, .shutdownBegan,
                .upgraded, .upgradeFailed, .log:
                continue
            }
        }
        // After the daemon's death the notices are gone, the ends are not.
        return exits.last.map { Self.describe($0.ended) } ?? state.shortReason
    }
}

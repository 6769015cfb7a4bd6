import Shared

/// One process of an earlier daemon goes on.
extension ProcessStateMachine {
    /// Takes over where the process was, and lets follow what happened to its run meanwhile.
    mutating func restore(
        _ restored: RestoredProcess,
        isWanted: Bool,
        _ app: AppDefinition,
        _ out: inout Outbox
    ) {
        let checkpoint = restored.checkpoint
        wish(isWanted)
        state = checkpoint.state
        since = checkpoint.since
        restarts = checkpoint.restarts
        history = checkpoint.history
        exits = checkpoint.exits
        restoreTrail()
        latestRun = checkpoint.latestRun
        isOutdated = checkpoint.isOutdated
        hasStartReserved = checkpoint.hasStartReserved
        switch checkpoint.state {
        case .stopped, .waitingForDependencies, .errored: break
        case .waitingRestart(let until, _):
            if isWanted { out.effects.append(.arm(.restart(process: id), at: until)) }
        case .launching(let run), .online(let run), .stopping(let run, _, _, _), .ending(let run, _, _, _):
            goOn(with: run, restored, app, &out)
        }
        reconcile(isWanted: isWanted, &out)
    }

    /// Lets what the desired state says win over what does not fit to it.
    private mutating func reconcile(isWanted: Bool, _ out: inout Outbox) {
        if isWanted {
            guard isStoppingForGood || isStoppedOnRequest else { return }
            start(.daemonStarted, &out)
            return
        }
        switch state {
        case .waitingRestart:
            out.disarm(.restart(process: id))
            enter(.stopped(.requested(.daemon)), out)
        case .waitingForDependencies, .errored: enter(.stopped(.requested(.daemon)), out)
        case .stopping(let run, let sequence, let cause, let next):
            guard !isStoppingForGood else { break }
            let stay = AfterStop.stay(.requested(.daemon)).keepingRemoval(of: next)
            state = .stopping(run, sequence, cause, then: stay)
        case .ending(let run, let sequence, let ended, let next):
            guard !isStoppingForGood else { break }
            let stay = AfterStop.stay(.requested(.daemon)).keepingRemoval(of: next)
            state = .ending(run, sequence, ended, then: stay)
        // Those are stopped in their order.
        case .launching, .online: break
        case .stopped: break
        }
    }

    /// Whether it is stopped, or being stopped, for a reason that the next daemon does not share.
    private var isStoppedOnRequest: Bool {
        switch state {
        case .stopped(.neverStarted), .stopped(.requested), .stopped(.shutdown): true
        case .stopped(.ended), .stopped(.stopExitCode): false
        case .waitingForDependencies, .launching, .online, .stopping, .ending, .waitingRestart, .errored:
            false
        }
    }

    /// Whether no run is there, or it is on its way out for good.
    var isAtRest: Bool { state.run == nil || isStoppingForGood }

    // MARK: - Runs

    private mutating func goOn(
        with run: Run,
        _ restored: RestoredProcess,
        _ app: AppDefinition,
        _ out: inout Outbox
    ) {
        switch (restored.fate, state) {
        case (.neverExecuted, .launching), (.neverExecuted, .stopping):
            takeLaunchBack(run, app, &out)
        case (.lives(let pid), .launching), (.lives(let pid), .online), (.lives(let pid), .stopping):
            adopt(run, pid: pid, isTold: restored.isTold, app, &out)
        case (.ended(let observation), .ending):
            goOnEnding(observation.stragglers, isTold: restored.isTold, app, &out)
        case (.lives, .ending), (.neverExecuted, .ending): goOnEnding(0, isTold: true, app, &out)
        case (.ended(let observation), _): findEnded(run, observation, isTold: restored.isTold, app, &out)
        case (.neverExecuted, _):
            findEnded(run, ExitObservation(exit: .unknown), isTold: true, app, &out)
        case (.lives, _): break
        }
    }

    /// The launch was written down and not carried out: it is still to be made, or not at all.
    private mutating func takeLaunchBack(_ run: Run, _ app: AppDefinition, _ out: inout Outbox) {
        if run.reason.isRelaunch { restarts = max(0, restarts - 1) }
        if case .stopping(_, _, _, let next) = state {
            follow(next, after: nil, policy: app.restart, &out)
        } else {
            enter(.waitingForDependencies(run.reason), out)
        }
    }

    /// The main process lives.
    private mutating func adopt(
        _ before: Run,
        pid: Int32,
        isTold: Bool,
        _ app: AppDefinition,
        _ out: inout Outbox
    ) {
        var run = before
        run.pid = pid
        note(.adopted(pid: pid, age: out.now - run.launchedAt), run.id, &out)
        switch state {
        case .launching:
            run.isReadinessUncertain = true
            state = .launching(run)
            if let readyBy = run.readyBy, !run.hasSaidReady {
                out.effects.append(.arm(.readiness(run.id), at: readyBy))
            } else {
                becomeOnline(run, app, &out)
            }
            if app.memory.isActive { armMemorySample(run, app.memory, &out) }
        case .online:
            state = .online(run)
            // The silence of the gap was ours (M23).
            if let watchdog = app.watchdog { out.arm(.watchdog(run.id), after: watchdog) }
            if app.memory.isActive { armMemorySample(run, app.memory, &out) }
        case .stopping(_, let sequence, let cause, let next):
            state = .stopping(run, sequence, cause, then: next)
            goOnStopping(isTold: isTold, &out)
        case .stopped, .waitingForDependencies, .ending, .waitingRestart, .errored: break
        }
    }

    /// The stop goes on: with the wait that was begun, or with the signals that nobody sent.
    private mutating func goOnStopping(isTold: Bool, _ out: inout Outbox) {
        guard let run = state.run else { return }
        switch state {
        case .stopping(_, var sequence, let cause, let next):
            if isTold, let until = sequence.waitsUntil {
                out.effects.append(.arm(.stopStep(run.id), at: until))
                return
            }
            sequence.takeLastRoundBack()
            state = .stopping(run, sequence, cause, then: next)
        case .ending(_, var sequence, let ended, let next):
            if isTold, let until = sequence.waitsUntil {
                out.effects.append(.arm(.stopStep(run.id), at: until))
                return
            }
            sequence.takeLastRoundBack()
            state = .ending(run, sequence, ended, then: next)
        case .stopped, .waitingForDependencies, .launching, .online, .waitingRestart, .errored: return
        }
        advanceStop(&out)
    }

    /// The main process ended while no daemon ran: what follows is what always follows, with what is known.
    private mutating func findEnded(
        _ run: Run,
        _ observation: ExitObservation,
        isTold: Bool,
        _ app: AppDefinition,
        _ out: inout Outbox
    ) {
        note(.foundEnded, run.id, &out)
        let wasStopping = if case .stopping = state { true } else { false }
        exited(observation, app, &out)
        // Of a stop that was under way already; any other one begins with this end.
        if wasStopping, case .ending = state { goOnStopping(isTold: isTold, &out) }
    }

    /// The main process had ended before; what it left behind is there or gone.
    private mutating func goOnEnding(
        _ stragglers: Int,
        isTold: Bool,
        _ app: AppDefinition,
        _ out: inout Outbox
    ) {
        guard stragglers > 0 else {
            treeEmptied(app, &out)
            return
        }
        goOnStopping(isTold: isTold, &out)
    }
}

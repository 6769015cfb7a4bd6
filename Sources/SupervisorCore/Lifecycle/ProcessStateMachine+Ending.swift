import Shared

/// How a run ends, and what follows.
extension ProcessStateMachine {
    /// The main process ended.
    mutating func exited(_ observation: ExitObservation, _ app: AppDefinition, _ out: inout Outbox) {
        guard let run = state.run else { return assertionFailure("exited in state \(state.word)") }
        var cause = EndCause.itself
        var next = AfterStop.judge(.runEnded(observation.exit))
        var sequence: StopSequence?
        switch state {
        case .launching, .online:
            disarmRunTimers(run, &out)
            if let sent = run.sentSignal, sent.explains(observation.exit, at: out.now) {
                cause = .signaled(sent.signal, sent.requester)
            }
        case .stopping(_, let present, let why, let wish):
            cause = why
            next = wish
            sequence = present
        case .ending, .stopped, .waitingForDependencies, .waitingRestart, .errored:
            return assertionFailure("exited in state \(state.word)")
        }
        let uptime = out.now - run.launchedAt
        note(
            .exited(observation.exit, uptime: uptime, cause, followsOOMKill: observation.followsOOMKill),
            run.id,
            &out
        )
        var ended = EndedRun(observation: observation, uptime: uptime, cause: cause)
        if case .launching = state {
            ended.wasReady = false
        } else if case .readinessTimeout = cause {
            ended.wasReady = false
        }
        guard observation.stragglers > 0, run.stop.includesTree else {
            finish(run, ended, next, app.restart, &out)
            return
        }
        if let sequence {
            enter(.ending(run, sequence, ended, then: next), out)
            return
        }
        note(.stragglersEnded(count: observation.stragglers), run.id, &out)
        enter(.ending(run, .immediate(scope: .tree), ended, then: next), out)
        advanceStop(&out)
    }

    /// Nothing of the tree is left.
    mutating func treeEmptied(_ app: AppDefinition, _ out: inout Outbox) {
        guard case .ending(let run, _, let ended, let next) = state else { return }
        finish(run, ended, next, app.restart, &out)
    }

    private mutating func finish(
        _ run: Run,
        _ ended: EndedRun,
        _ next: AfterStop,
        _ policy: RestartPolicy,
        _ out: inout Outbox
    ) {
        out.disarm(.stopStep(run.id))
        out.effects.append(.release(run.id))
        exits.append(ExitRecord(run: run.id, pid: run.pid, at: out.now, ended: ended))
        if exits.count > Self.maximumExits {
            exits.removeFirst()
        }
        follow(next, after: ended, policy: policy, &out)
    }

    mutating func follow(
        _ next: AfterStop,
        after ended: EndedRun?,
        policy: RestartPolicy?,
        _ out: inout Outbox
    ) {
        switch next {
        case .stay(let reason): enter(.stopped(reason), out)
        case .relaunch(let reason): enter(.waitingForDependencies(reason), out)
        case .remove:
            isRemoved = true
            enter(.stopped(.requested(.daemon)), out)
        case .judge(let reason):
            guard let policy, let ended else {
                enter(.waitingForDependencies(reason), out)
                return
            }
            // However long it took: a run that never became ready was never stable.
            let uptime = ended.wasReady ? ended.uptime : .zero
            let failure = Self.describe(ended)
            judge(ended.observation.exit, failure: failure, uptime: uptime, reason: reason, policy, &out)
        }
    }

    mutating func judge(
        _ exit: ProcessExit,
        failure: String,
        uptime: Duration,
        reason: LaunchReason,
        _ policy: RestartPolicy,
        _ out: inout Outbox
    ) {
        history.recordExit(uptime: uptime, policy: policy, at: out.now)
        let decision = policy.decision(after: exit, uptime: uptime, history: history, jitter: out.jitter())
        switch decision {
        case .leaveStopped(let why): enter(.stopped(why), out)
        case .giveUp:
            let runs = history.unstableRuns
            note(.gaveUp(unstableRuns: runs, window: policy.window), latestRun, &out)
            enter(.errored(ErroredReason(unstableRuns: runs, window: policy.window, last: failure)), out)
        case .restart(let delay):
            let wait = delay > .zero ? delay : out.reserveStart()
            hasStartReserved = delay <= .zero && wait > .zero
            guard wait > .zero else {
                enter(.waitingForDependencies(reason), out)
                return
            }
            let failures = uptime < policy.minimumUptime ? history.unstableRuns : 0
            let limit = policy.maximumUnstableRuns
            note(.waitingToRestart(after: wait, failures: failures, limit: limit), latestRun, &out)
            out.arm(.restart(process: id), after: wait)
            enter(.waitingRestart(until: out.now + wait, reason), out)
        }
    }

    static func describe(_ ended: EndedRun) -> String {
        let kind = LifecycleNotice.Kind.exited(
            ended.observation.exit,
            uptime: ended.uptime,
            ended.cause,
            followsOOMKill: ended.observation.followsOOMKill
        )
        return kind.message
    }

    /// Carries out steps up to and including the next wait.
    mutating func advanceStop(_ out: inout Outbox) {
        guard let run = state.run else { return }
        switch state {
        case .stopping(_, var sequence, let cause, let next):
            perform(&sequence, run, &out)
            state = .stopping(run, sequence, cause, then: next)
        case .ending(_, var sequence, let ended, let next):
            perform(&sequence, run, &out)
            state = .ending(run, sequence, ended, then: next)
        case .stopped, .waitingForDependencies, .launching, .online, .waitingRestart, .errored: break
        }
    }

    private mutating func perform(_ sequence: inout StopSequence, _ run: Run, _ out: inout Outbox) {
        while true {
            switch sequence.next() {
            case .signal(let signal):
                if signal == .kill, run.stop.killTimeout > .zero, case .stopping = state {
                    note(sequence.kills == 1 ? .killed(after: out.now - since) : .unkillable, run.id, &out)
                }
                out.signal(run.id, signal, sequence.scope)
            case .wait(let wait):
                sequence.waitsUntil = out.now + wait
                out.arm(.stopStep(run.id), after: wait)
                return
            }
        }
    }

    func disarmRunTimers(_ run: Run, _ out: inout Outbox) {
        out.disarm(.readiness(run.id))
        out.disarm(.watchdog(run.id))
        out.disarm(.trial(run.id))
        out.disarm(.memorySample(run.id))
        out.disarm(.memoryReport(run.id))
    }
}

public import Shared

/// One process: what is wanted of it, where it is in its life, and what it went through.
///
///     stopped ──start──▶ waiting for dependencies ──all there──▶ launching ──ready──▶ online
///        ▲                        ▲        ▲                         │                  │
///        │                        │        └──── timer ── waiting ◀──┤ failed, crashed  │
///        │                        │                       restart    │ (policy)         │
///        │                        └── relaunch ──┐           ▲       ▼                  ▼
///        └────────── stay ── ending ◀── stopping ◀───────────┴──── stop, restart, memory, watchdog
///                              │
///                              └── policy gives up ──▶ errored ──start, restart──▶ …
///
/// Every event carries the run it belongs to; ``Supervisor`` lets only those of the present run through. A method never
/// decides about other processes: order and dependencies are the supervisor's.
struct ProcessStateMachine: Sendable {
    /// The number of the process.
    let id: Int
    /// The name of the process.
    let name: ProcessName
    /// Where it is in its life; changed by ``enter(_:_:)`` and, where only the payload changes, in place.
    var state: ProcessState
    /// Since when.
    var since: MonotonicInstant
    /// Whether it should run: the desired state.
    private(set) var isWanted: Bool
    /// Whether it ended for good and can be forgotten.
    var isRemoved = false
    /// How many times it was launched again.
    var restarts = 0
    /// Failures that count.
    var history = RestartHistory()
    /// Whether the present wait to restart is the one that the limit on all starts asked for.
    var hasStartReserved = false
    /// Whether the present run is to be replaced because its definition changed.
    var isOutdated = false
    /// The newest run so far.
    var latestRun: RunID?
    /// Its last ends, oldest first.
    var exits: [ExitRecord] = []
    /// Its last notices, oldest first.
    private(set) var trail: [LifecycleNotice] = []

    /// How many ends and notices are kept.
    static let maximumExits = 5
    static let maximumTrail = 16

    init(id: Int, name: ProcessName, isWanted: Bool, at now: MonotonicInstant) {
        self.id = id
        self.name = name
        self.isWanted = isWanted
        state = .stopped(.neverStarted)
        since = now
    }

    // MARK: - Wishes

    /// Makes it run: at once where nothing runs, after the end where it is being stopped.
    mutating func start(_ reason: LaunchReason, _ out: inout Outbox) {
        isWanted = true
        switch state {
        case .stopped, .errored:
            history.forgive()
            enter(.waitingForDependencies(reason), out)
        case .waitingRestart:
            history.forgive()
            out.disarm(.restart(process: id))
            enter(.waitingForDependencies(reason), out)
        case .waitingForDependencies, .launching, .online: break
        case .stopping(let run, let sequence, let cause, _):
            history.forgive()
            state = .stopping(run, sequence, cause, then: .relaunch(reason))
        case .ending(let run, let sequence, let ended, _):
            history.forgive()
            state = .ending(run, sequence, ended, then: .relaunch(reason))
        }
    }

    /// Ends what runs, and lets `next` follow.
    ///
    /// What runs is told once: a later wish only changes what follows. A shutdown leaves the wish as it is, so that the
    /// next daemon starts what this one stopped; so does an end that nobody asked for.
    mutating func stop(_ cause: EndCause, then next: AfterStop, _ out: inout Outbox) {
        switch next {
        case .stay(.shutdown), .judge: break
        case .stay, .remove: isWanted = false
        case .relaunch(let reason): isWanted = isWanted || reason.requester != nil
        }
        switch state {
        case .stopped:
            if case .stay = next { break }
            follow(next, after: nil, policy: nil, &out)
        case .errored, .waitingForDependencies:
            follow(next, after: nil, policy: nil, &out)
        case .waitingRestart:
            out.disarm(.restart(process: id))
            follow(next, after: nil, policy: nil, &out)
        case .launching(let run), .online(let run):
            disarmRunTimers(run, &out)
            note(.stopping(cause), run.id, &out)
            enter(.stopping(run, StopSequence(run.stop), cause, then: next), out)
            if run.pid != nil {
                advanceStop(&out)
            }
        case .stopping(let run, let sequence, let first, let earlier):
            state = .stopping(run, sequence, first, then: next.keepingRemoval(of: earlier))
        case .ending(let run, let sequence, let ended, let earlier):
            state = .ending(run, sequence, ended, then: next.keepingRemoval(of: earlier))
        }
    }

    /// Skips what is left of a polite stop: SIGKILL is next.
    mutating func hurry(_ out: inout Outbox) {
        switch state {
        case .stopping(let run, var sequence, let cause, let next):
            guard sequence.kills == 0 else { return }
            sequence.hurry()
            state = .stopping(run, sequence, cause, then: next)
            if run.pid != nil {
                advanceStop(&out)
            }
        case .ending(let run, var sequence, let ended, let next):
            guard sequence.kills == 0 else { return }
            sequence.hurry()
            state = .ending(run, sequence, ended, then: next)
            advanceStop(&out)
        case .stopped, .waitingForDependencies, .launching, .online, .waitingRestart, .errored: break
        }
    }

    /// Notes whether it should run, while its stop waits for its turn.
    mutating func wish(_ isWanted: Bool) {
        self.isWanted = isWanted
    }

    /// Forgets failures, as an operator's restart does.
    mutating func forgive() {
        history.forgive()
    }

    /// Whether it is deleted as soon as its run has ended.
    var isBeingRemoved: Bool {
        switch state {
        case .stopping(_, _, _, .remove), .ending(_, _, _, .remove): true
        case .stopping, .ending, .stopped, .waitingForDependencies, .launching, .online, .waitingRestart,
            .errored:
            false
        }
    }

    /// Whether its main process has ended, while what it left behind is being ended.
    var hasEnded: Bool {
        if case .ending = state { true } else { false }
    }

    /// Forgets failures and counters.
    mutating func reset() {
        history.forgive()
        restarts = 0
    }

    /// Puts in force what a changed definition asks of the present run without replacing it.
    mutating func adjust(to app: AppDefinition, _ out: inout Outbox) {
        switch state {
        case .launching(var run):
            run.stop = app.stop
            state = .launching(run)
        case .online(var run):
            run.stop = app.stop
            state = .online(run)
        case .stopped, .waitingForDependencies, .stopping, .ending, .waitingRestart, .errored: return
        }
        if let run = state.run, run.pid != nil, app.memory.isActive {
            armMemorySample(run, app.memory, &out)
        }
    }

    /// Says that it waits, and for what.
    mutating func noteWait(for dependencies: [String], _ out: inout Outbox) {
        note(.waitingForDependencies(dependencies), nil, &out)
    }

    /// Keeps who has it sent a signal: what follows has a cause then.
    mutating func noteSignal(_ signal: UnixSignal, _ requester: Requester, _ out: inout Outbox) {
        guard var run = state.run else { return }
        run.sentSignal = SentSignal(signal: signal, requester: requester, at: out.now)
        switch state {
        case .launching: state = .launching(run)
        case .online: state = .online(run)
        // Those end for a reason of their own.
        case .stopping, .ending, .stopped, .waitingForDependencies, .waitingRestart, .errored: break
        }
        note(.signaled(signal, requester), run.id, &out)
    }

    /// Why it is at rest, or will be.
    var stopReason: StopReason? {
        switch state {
        case .stopped(let reason), .stopping(_, _, _, then: .stay(let reason)),
            .ending(_, _, _, then: .stay(let reason)):
            reason
        case .stopping, .ending, .launching, .online, .waitingForDependencies, .waitingRestart, .errored: nil
        }
    }

    // MARK: - Notes

    /// Has `why` tell the ends that an earlier daemon saw.
    mutating func restoreTrail() {
        trail = exits.map { exit in
            LifecycleNotice(
                sequence: 0,
                at: exit.at,
                process: name,
                processID: id,
                run: exit.run,
                kind: .exited(
                    exit.ended.observation.exit,
                    uptime: exit.ended.uptime,
                    exit.ended.cause,
                    followsOOMKill: exit.ended.observation.followsOOMKill
                )
            )
        }
    }

    mutating func enter(_ next: ProcessState, _ out: Outbox) {
        state = next
        since = out.now
    }

    /// Publishes a notice about this process and keeps it for `why`.
    mutating func note(
        _ kind: LifecycleNotice.Kind,
        _ run: RunID?,
        keepsInTrail: Bool = true,
        _ out: inout Outbox
    ) {
        let notice = out.publish(kind, process: name, id: id, run: run)
        guard keepsInTrail else { return }
        trail.append(notice)
        if trail.count > Self.maximumTrail {
            trail.removeFirst()
        }
    }
}

/// One end of a run, kept for `describe` and `why`.
public struct ExitRecord: Hashable, Sendable {
    /// The run.
    public var run: RunID
    /// Its main process; `nil` when there never was one.
    public var pid: Int32?
    /// When it ended.
    public var at: MonotonicInstant
    /// How and why.
    public var ended: EndedRun
}

extension LaunchReason {
    /// Whether the launch repeats an earlier one, so that it counts as a restart.
    var isRelaunch: Bool {
        switch self {
        case .restartRequested, .configurationChanged, .runEnded, .launchFailed, .memory, .readinessTimeout,
            .watchdog:
            true
        case .requested, .neededBy, .daemonStarted: false
        }
    }
}

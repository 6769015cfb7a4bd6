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
///                              └── policy gives up ──▶ errored ──start, reset──▶ …
///
/// Every event carries the run it belongs to; ``Supervisor`` lets only those of the present run through. A method never
/// decides about other processes: order and dependencies are the supervisor's.
struct ProcessStateMachine: Sendable {
    /// The number of the process.
    let id: Int
    /// The name of the process.
    let name: ProcessName
    /// Where it is in its life.
    private(set) var state: ProcessState
    /// Since when.
    private(set) var since: MonotonicInstant
    /// Whether it should run: the desired state.
    private(set) var isWanted: Bool
    /// Whether it ended for good and can be forgotten.
    private(set) var isRemoved = false
    /// How many times it was launched again.
    private(set) var restarts = 0
    /// Failures that count.
    private(set) var history = RestartHistory()
    /// The newest run so far.
    private(set) var latestRun: RunID?
    /// Its last ends, oldest first.
    private(set) var exits: [ExitRecord] = []
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
            state = .stopping(run, sequence, cause, then: .relaunch(reason))
        case .ending(let run, let sequence, let ended, _):
            state = .ending(run, sequence, ended, then: .relaunch(reason))
        }
    }

    /// Ends what runs, and lets `next` follow.
    ///
    /// What runs is told once: a later wish only changes what follows.
    mutating func stop(_ cause: EndCause, then next: AfterStop, _ out: inout Outbox) {
        switch next {
        case .stay, .remove: isWanted = false
        case .relaunch, .judge: isWanted = true
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
        case .stopping(let run, let sequence, let first, _):
            state = .stopping(run, sequence, first, then: next)
        case .ending(let run, let sequence, let ended, _):
            state = .ending(run, sequence, ended, then: next)
        }
    }

    /// Skips what is left of a polite stop: SIGKILL is next.
    mutating func hurry(_ out: inout Outbox) {
        switch state {
        case .stopping(let run, var sequence, let cause, let next):
            guard run.pid != nil, sequence.kills == 0 else { return }
            sequence.hurry()
            state = .stopping(run, sequence, cause, then: next)
            advanceStop(&out)
        case .ending(let run, var sequence, let ended, let next):
            guard sequence.kills == 0 else { return }
            sequence.hurry()
            state = .ending(run, sequence, ended, then: next)
            advanceStop(&out)
        case .stopped, .waitingForDependencies, .launching, .online, .waitingRestart, .errored: break
        }
    }

    /// Notes that it should not run, while its stop waits for its turn.
    mutating func forgetWish() {
        isWanted = false
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

    /// Forgets failures and counters.
    mutating func reset() {
        history.forgive()
        restarts = 0
    }

    /// Says that it waits, and for what.
    mutating func noteWait(for dependencies: [String], _ out: inout Outbox) {
        note(.waitingForDependencies(dependencies), nil, &out)
    }

    // MARK: - A run begins

    /// Spawns the next run.
    ///
    /// Called by the supervisor when all dependencies are there.
    mutating func launch(_ app: AppDefinition, _ out: inout Outbox) {
        guard case .waitingForDependencies(let reason) = state else { return }
        var run = Run(id: out.newRun(), launchedAt: out.now, reason: reason, stop: app.stop)
        if case .notification(let timeout) = app.readiness {
            run.readyBy = out.now + timeout
        }
        latestRun = run.id
        if reason.isRelaunch {
            restarts += 1
        }
        enter(.launching(run), out)
        out.effects.append(.spawn(run.id, LaunchPlan(process: id, name: name, app: app)))
    }

    /// The program was executed.
    mutating func spawned(pid: Int32, _ app: AppDefinition, _ out: inout Outbox) {
        switch state {
        case .launching(var run):
            run.pid = pid
            state = .launching(run)
            note(.launched(pid: pid, run.reason), run.id, &out)
            if let readyBy = run.readyBy {
                out.effects.append(.arm(.readiness(run.id), at: readyBy))
            } else {
                becomeOnline(run, app, &out)
            }
            if app.memory.isActive {
                armMemorySample(run, app.memory, &out)
            }
        case .stopping(var run, let sequence, let cause, let next):
            run.pid = pid
            note(.launched(pid: pid, run.reason), run.id, &out)
            state = .stopping(run, sequence, cause, then: next)
            advanceStop(&out)
        case .stopped, .waitingForDependencies, .online, .ending, .waitingRestart, .errored:
            assertionFailure("spawned in state \(state.word)")
        }
    }

    /// The program could not be executed.
    mutating func spawnFailed(_ failure: SpawnFailure, _ app: AppDefinition, _ out: inout Outbox) {
        guard let run = state.run else { return assertionFailure("spawn failed in state \(state.word)") }
        note(.launchFailed(failure), run.id, &out)
        disarmRunTimers(run, &out)
        out.effects.append(.release(run.id))
        if case .stopping(_, _, _, let next) = state {
            follow(next, after: nil, policy: app.restart, &out)
        } else {
            judge(.unknown, failure: "\(failure)", uptime: .zero, reason: .launchFailed, app.restart, &out)
        }
    }

    /// Takes a run of an earlier daemon over.
    mutating func adopt(_ run: Run, isOnline: Bool, restarts: Int, _ app: AppDefinition, _ out: inout Outbox)
    {
        latestRun = run.id
        self.restarts = restarts
        enter(isOnline ? .online(run) : .launching(run), out)
        since = run.launchedAt
        if !isOnline, let readyBy = run.readyBy {
            out.effects.append(.arm(.readiness(run.id), at: readyBy))
        }
        if isOnline, let watchdog = app.watchdog {
            out.arm(.watchdog(run.id), after: watchdog)
        }
        if app.memory.isActive {
            armMemorySample(run, app.memory, &out)
        }
    }

    private mutating func becomeOnline(_ run: Run, _ app: AppDefinition, _ out: inout Outbox) {
        enter(.online(run), out)
        if let watchdog = app.watchdog {
            out.arm(.watchdog(run.id), after: watchdog)
        }
        note(.online(after: out.now - run.launchedAt), run.id, &out)
    }

    // MARK: - A run goes on

    /// Takes in what the run says of itself.
    mutating func reported(_ report: WorkerReport, _ app: AppDefinition, _ out: inout Outbox) {
        guard var run = state.run else { return }
        let isFirstHeap = run.heap == nil
        if let status = report.status {
            run.statusText = status
        }
        if let used = report.heapUsed {
            run.heap = HeapReport(used: used, total: report.heapTotal, external: report.external)
            if isFirstHeap {
                out.arm(.memoryReport(run.id), after: Self.memoryReportInterval)
            }
        }
        if let number = report.errorNumber, number != 0 {
            note(.failureReported(errorNumber: number), run.id, &out)
        }
        run.hasSaidReady = run.hasSaidReady || report.isReady
        switch state {
        case .launching:
            if let extra = report.extendsTimeout, let readyBy = run.readyBy {
                let extended = max(readyBy, out.now + extra)
                run.readyBy = extended
                out.effects.append(.arm(.readiness(run.id), at: extended))
            }
            state = .launching(run)
            if report.isReady {
                out.disarm(.readiness(run.id))
                becomeOnline(run, app, &out)
            }
        case .online:
            state = .online(run)
            guard let watchdog = app.watchdog else { break }
            if report.asksForWatchdogAction {
                stop(.watchdog(out.now - since), then: .judge(.watchdog), &out)
            } else if report.isAlive || report.extendsTimeout != nil {
                out.arm(.watchdog(run.id), after: report.extendsTimeout ?? watchdog)
            }
        case .stopping(_, let sequence, let cause, let next):
            state = .stopping(run, sequence, cause, then: next)
            if let extra = report.extendsTimeout, sequence.kills == 0, run.pid != nil {
                out.arm(.stopStep(run.id), after: extra)
            }
        case .stopped, .waitingForDependencies, .ending, .waitingRestart, .errored: break
        }
    }

    /// Judges a measurement.
    mutating func sampled(_ sample: MemorySample, _ app: AppDefinition, _ out: inout Outbox) {
        guard case .online(var run) = state else { return }
        let verdict = run.memory.judge(sample, heap: run.heap?.used, policy: app.memory, at: out.now)
        switch verdict {
        case .fine:
            state = .online(run)
        case .cleanUp(let measured, let limit):
            state = .online(run)
            note(.cleanupRequested(measured: measured, limit: limit), run.id, &out)
            out.effects.append(.requestCleanup(run.id))
        case .restart(let memory):
            guard history.memoryRestarts(inTheHourBefore: out.now) < app.memory.restartsPerHour else {
                if !run.memory.isAlerted {
                    run.memory.isAlerted = true
                    note(.memoryRestartsExhausted(memory, perHour: app.memory.restartsPerHour), run.id, &out)
                }
                state = .online(run)
                return
            }
            state = .online(run)
            history.recordMemoryRestart(at: out.now)
            stop(.memory(memory), then: .relaunch(.memory(memory)), &out)
        }
    }

    /// Writes the memory line of row A1.
    mutating func reportMemory(resident: ByteCount, _ out: inout Outbox) {
        guard let run = state.run, let heap = run.heap else { return }
        let external = heap.external ?? ByteCount(max(0, resident.bytes - heap.used.bytes))
        note(
            .memoryReport(
                used: heap.used,
                total: heap.total ?? heap.used,
                external: external,
                resident: resident
            ),
            run.id,
            keepsInTrail: false,
            &out
        )
    }

    /// How often a reporting worker's memory is written down (row A1).
    static let memoryReportInterval: Duration = .seconds(300)

    // MARK: - Timers

    /// A timer of the present run, or of the process, has come.
    mutating func timerFired(_ timer: TimerID, _ app: AppDefinition, _ out: inout Outbox) {
        switch timer {
        case .readiness(let run):
            guard case .launching(let present) = state, present.id == run else { break }
            let waited = out.now - present.launchedAt
            stop(.readinessTimeout(waited), then: .judge(.readinessTimeout), &out)
        case .watchdog(let run):
            guard case .online(let present) = state, present.id == run, let watchdog = app.watchdog else {
                break
            }
            stop(.watchdog(watchdog), then: .judge(.watchdog), &out)
        case .stopStep: advanceStop(&out)
        case .restart:
            guard case .waitingRestart(_, let reason) = state else { break }
            enter(.waitingForDependencies(reason), out)
        case .memorySample(let run):
            guard let present = state.run, present.id == run, app.memory.isActive else { break }
            out.effects.append(.sampleMemory(run))
            armMemorySample(present, app.memory, &out)
        case .memoryReport(let run):
            guard state.run?.id == run else { break }
            out.effects.append(.sampleMemory(run))
            out.arm(.memoryReport(run), after: Self.memoryReportInterval)
        case .request: break
        }
    }

    /// Samples of all processes fall on the same instants, so that the machine wakes once for all of them.
    private func armMemorySample(_ run: Run, _ policy: MemoryPolicy, _ out: inout Outbox) {
        let interval = max(policy.sampleInterval.wholeNanoseconds, 1_000_000)
        let next = (out.now.nanoseconds / interval + 1) * interval
        out.effects.append(.arm(.memorySample(run.id), at: MonotonicInstant(nanoseconds: next)))
    }

    // MARK: - A run ends

    /// The main process ended.
    mutating func exited(_ observation: ExitObservation, _ app: AppDefinition, _ out: inout Outbox) {
        guard let run = state.run else { return assertionFailure("exited in state \(state.word)") }
        var cause = EndCause.itself
        var next = AfterStop.judge(.runEnded(observation.exit))
        var sequence: StopSequence?
        switch state {
        case .launching, .online: disarmRunTimers(run, &out)
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
        let ended = EndedRun(observation: observation, uptime: uptime, cause: cause)
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

    private mutating func follow(
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
            let uptime = reason == .readinessTimeout ? .zero : ended.uptime
            let failure = Self.describe(ended)
            judge(ended.observation.exit, failure: failure, uptime: uptime, reason: reason, policy, &out)
        }
    }

    private mutating func judge(
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
            let wait = out.reserveStart(after: delay)
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

    private static func describe(_ ended: EndedRun) -> String {
        let kind = LifecycleNotice.Kind.exited(
            ended.observation.exit,
            uptime: ended.uptime,
            ended.cause,
            followsOOMKill: ended.observation.followsOOMKill
        )
        return kind.message
    }

    /// Carries out steps up to and including the next wait.
    private mutating func advanceStop(_ out: inout Outbox) {
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
                out.arm(.stopStep(run.id), after: wait)
                return
            }
        }
    }

    private func disarmRunTimers(_ run: Run, _ out: inout Outbox) {
        out.disarm(.readiness(run.id))
        out.disarm(.watchdog(run.id))
        out.disarm(.memorySample(run.id))
        out.disarm(.memoryReport(run.id))
    }

    // MARK: - Notes

    private mutating func enter(_ next: ProcessState, _ out: Outbox) {
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

import Shared

/// How a run begins and goes on.
extension ProcessStateMachine {
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
        isOutdated = false
        if reason.isRelaunch {
            restarts += 1
        }
        enter(.launching(run), out)
        out.effects.append(.spawn(run.id, LaunchPlan(process: id, name: name, app: app, restarts: restarts)))
    }

    /// The program was executed.
    mutating func spawned(pid: Int32, _ app: AppDefinition, _ out: inout Outbox) {
        switch state {
        case .launching(var run):
            run.pid = pid
            state = .launching(run)
            note(.launched(pid: pid, run.reason), run.id, &out)
            if let readyBy = run.readyBy, !run.hasSaidReady {
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
            if case .stopped(.ended) = state {
                // Nothing ran, so nothing ended: without a restart this is a process that was given up.
                let reason = ErroredReason(unstableRuns: 1, window: app.restart.window, last: "\(failure)")
                enter(.errored(reason), out)
            }
        }
    }

    mutating func becomeOnline(_ run: Run, _ app: AppDefinition, _ out: inout Outbox) {
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
        if let word = report.whatsAppState {
            run.whatsAppState = word
        }
        if let used = report.heapUsed {
            run.heap = HeapReport(used: used, total: report.heapTotal, external: report.external)
            if isFirstHeap, state.isUp {
                out.arm(.memoryReport(run.id), after: Self.memoryReportInterval)
            }
        }
        if let number = report.errorNumber, number != 0 {
            note(.failureReported(errorNumber: number), run.id, &out)
        }
        run.hasSaidReady = run.hasSaidReady || report.isReady
        run.isReadinessUncertain = run.isReadinessUncertain && !report.isReady
        switch state {
        case .launching:
            if let extra = report.extendsTimeout, let readyBy = run.readyBy {
                let extended = max(readyBy, out.now + extra)
                run.readyBy = extended
                if run.pid != nil {
                    out.effects.append(.arm(.readiness(run.id), at: extended))
                }
            }
            state = .launching(run)
            if report.isReady, run.pid != nil {
                out.disarm(.readiness(run.id))
                becomeOnline(run, app, &out)
            }
        case .online:
            state = .online(run)
            guard let watchdog = app.watchdog else { break }
            if report.asksForWatchdogAction {
                stop(.watchdog(out.now - since), then: .judge(.watchdog), &out)
            } else if report.isAlive || report.extendsTimeout != nil {
                out.arm(.watchdog(run.id), after: max(watchdog, report.extendsTimeout ?? .zero))
            }
        case .stopping(_, var sequence, let cause, let next):
            if let extra = report.extendsTimeout, let until = sequence.waitsUntil, sequence.kills == 0 {
                let extended = max(until, out.now + extra)
                sequence.waitsUntil = extended
                out.effects.append(.arm(.stopStep(run.id), at: extended))
            }
            state = .stopping(run, sequence, cause, then: next)
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
                let isNew = run.memory.exhausted == nil
                run.memory.exhausted = memory
                if isNew {
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
            guard !present.isReadinessUncertain else {
                becomeOnline(present, app, &out)
                return
            }
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
            let wait = hasStartReserved ? .zero : out.reserveStart()
            hasStartReserved = wait > .zero
            guard hasStartReserved else {
                enter(.waitingForDependencies(reason), out)
                return
            }
            out.arm(.restart(process: id), after: wait)
            enter(.waitingRestart(until: out.now + wait, reason), out)
        case .memorySample(let run):
            guard let present = state.run, present.id == run, app.memory.isActive else { break }
            out.effects.append(.sampleMemory(run))
            armMemorySample(present, app.memory, &out)
        case .memoryReport(let run):
            guard state.run?.id == run else { break }
            out.effects.append(.measureResident(run))
            out.arm(.memoryReport(run), after: Self.memoryReportInterval)
        case .trial, .request: break
        }
    }

    /// Samples of all processes fall on the same instants, so that the machine wakes once for all of them.
    func armMemorySample(_ run: Run, _ policy: MemoryPolicy, _ out: inout Outbox) {
        let interval = max(policy.sampleInterval.wholeNanoseconds, 1_000_000)
        let next = (out.now.nanoseconds / interval + 1) * interval
        out.effects.append(.arm(.memorySample(run.id), at: MonotonicInstant(nanoseconds: next)))
    }
}

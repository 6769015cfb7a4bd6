import Glibc
import LinuxSystem
import LogFiles
import Shared
import SupervisorCore

/// The one switch over ``SupervisorEffect``.
extension Daemon {
    /// Carries out one effect.
    func carryOut(_ effect: SupervisorEffect) {
        // What a run leads to is written down before it is executed: see launchPrepared().
        if effect.isIrreversible, !effect.isSpawn { journal.flush() }
        switch effect {
        case .spawn(let run, let plan): prepareLaunch(run, plan)
        case .signal(let run, let signal, let scope): send(signal, to: run, scope)
        case .release(let run): release(run)
        case .arm(let timer, let instant): timers.arm(timer, at: instant)
        case .disarm(let timer): timers.disarm(timer)
        case .reply(let request, let response): reply(request, response)
        case .publish(let notice): publish(notice)
        case .persist: persist()
        case .requestCleanup(let run): requestCleanup(run)
        case .sampleMemory(let run): sampleMemory(run)
        case .measureResident(let run): measureResident(run)
        case .retire(let process): retire(process)
        case .finishShutdown: isFinished = true
        }
    }

    // MARK: - Runs

    /// Holds a run that was executed.
    func watch(_ child: SpawnedProcess, _ launch: PreparedLaunch, _ startedAt: MonotonicInstant) {
        let (run, plan) = (launch.run, launch.plan)
        let slot = slots[plan.process]
        let live = LiveRun(
            id: run,
            plan: plan,
            pid: child.pid,
            pidfd: child.pidfd,
            startTicks: tree.proc.stat(child.pid)?.startTicks ?? 0,
            pipes: slot?.pipes ?? (nil, nil),
            notify: launch.notify,
            userID: plan.app.user?.userID ?? CurrentProcess.userID,
            startedAt: startedAt
        )
        live.group = launch.group
        runs[run] = live
        tree.add(main: child.pid, of: run)
        for output in slot?.outputs ?? [] { deriver.setRun(run, of: output.path) }
        journal.append(.executed(live.executed))
        watch(live)
        keep(live)
        if let path = slot?.pidFile { writePidFile(path, of: live) }
    }

    /// Writes the pid down where the app's definition says; what fails is told and costs nothing else.
    private func writePidFile(_ path: String, of live: LiveRun) {
        do throws(SystemError) {
            try Directory.createIfMissing(Directory.parent(of: path), mode: 0o755)
            try AtomicFile.replace(path, Array("\(live.pid)\n".utf8), mode: 0o644, durable: false)
        } catch {
            log("\(live.name) has no pid file: \(error)", isWarning: true)
        }
    }

    /// Watches the end and the reports of a run.
    func watch(_ live: LiveRun) {
        do throws(SystemError) {
            try poll.add(live.pidfd.rawValue, .readable, token: Token(.child, live.id.rawValue).rawValue)
            if let notify = live.notify {
                try poll.add(
                    notify.socket.rawValue,
                    .readable,
                    token: Token(.notify, live.id.rawValue).rawValue
                )
            }
        } catch {
            log("cannot watch \(live.name) (pid \(live.pid)): \(error)", isWarning: true)
        }
    }

    func slot(for plan: LaunchPlan) throws(SpawnFailure) -> ProcessSlot {
        if let slot = slots[plan.process], slot.fits(plan.app, layout) {
            try DescriptorBudget.admit(plan.app, isFresh: false)
            return slot
        }
        if let outdated = slots.removeValue(forKey: plan.process) {
            letGo(outdated)
            releaseKept(outdated)
        }
        try DescriptorBudget.admit(plan.app, isFresh: true)
        var surroundings = ProcessSlot.Surroundings(
            layout: layout,
            nextStream: { [unowned self] in newStream() },
            pipeBudget: pipeBudget,
            writesToTerminal: options.isContainer,
            sharedListeners: keptListeners(of: plan.app)
        )
        let slot = try ProcessSlot.open(plan, &surroundings)
        pipeBudget = surroundings.pipeBudget
        slots[plan.process] = slot
        attach(slot, isFresh: true)
        return slot
    }

    /// A number for the next stream.
    func newStream() -> StreamID {
        defer { nextStream += 1 }
        return StreamID(rawValue: nextStream)
    }

    /// Hands the pipes of a slot to the pump; nobody has written to fresh ones.
    func attach(_ slot: ProcessSlot, isFresh: Bool = false) {
        for (output, descriptor) in [(slot.output, Int32(1)), (slot.error, 2)] {
            guard let output else { continue }
            let destination: LogPump.Destination
            if let path = output.path, !options.isContainer {
                destination = .file(slot.log(path), slot.policy(of: output))
            } else {
                let name = "\(slot.name)"
                let padding = String(repeating: " ", count: max(0, widestName - name.count))
                destination = .terminal(descriptor: descriptor, prefix: "\(name)\(padding) | ")
            }
            pump.attach(
                output.stream,
                pipe: output.pipe,
                to: destination,
                output.counters,
                capacityLimit: pipeBudget.growthLimit,
                isFresh: isFresh
            )
        }
        mustRefreshDerivedJobs = true
    }

    /// How long the longest name of a process is; all are known before the first one starts.
    private var widestName: Int {
        let names = supervisor.appNames.map { app in
            let instances = supervisor.definition(of: app)?.instances ?? 1
            return "\(ProcessName(app: app, instance: max(0, instances - 1)))"
        }
        return names.map(\.count).max() ?? 0
    }

    /// Lets the streams of a slot end; its pipes stay open until the pump has written what is in them.
    private func letGo(_ slot: ProcessSlot) {
        for output in [slot.output, slot.error] {
            guard let output else { continue }
            retiringSlots[output.stream] = slot
            pipeBudget.release(output.pipe)
            pump.detach(output.stream)
        }
        mustRefreshDerivedJobs = true
    }

    func makeNotifySocket(_ run: RunID, _ plan: LaunchPlan) -> NotifySocket? {
        let path = "\(layout.notifyDirectory)/\(run)"
        do throws(SystemError) {
            return try NotifySocket(path: path, owner: plan.app.user?.owner)
        } catch {
            log("\(plan.name) cannot report readiness: \(error)", isWarning: true)
            return nil
        }
    }

    private func send(_ signal: UnixSignal, to run: RunID, _ scope: SignalScope) {
        guard let live = runs[run] else { return }
        switch scope {
        case .main:
            if !live.hasExited {
                try? ProcessHandle.sendSignal(pidfd: live.pidfd.rawValue, signal.rawValue)
            }
        case .tree:
            // Listed before the first signal: when a parent dies its children are no longer found below it.
            tree.refresh()
            // SIGKILL is for whatever there is by now.
            let members = signal == .kill ? tree.members(of: live) : tree.recipients(of: live)
            if !live.hasExited {
                try? ProcessHandle.sendSignal(pidfd: live.pidfd.rawValue, signal.rawValue)
            }
            // At once and whole, also what forks faster than it can be listed; the others may have left the group.
            if signal == .kill { _ = live.group?.kill() }
            for member in members where member.processID != live.pid {
                signalMember(member, signal)
            }
            // The look above may have reaped the last of them, which no further signal would tell.
            if live.awaitsEmptyTree { mustRefreshTree = true }
        }
    }

    /// Signals a descendant by a descriptor that is checked after it was opened: its number may be another's by now.
    private func signalMember(_ member: ProcessStatistics, _ signal: UnixSignal) {
        guard let pidfd = try? ProcessHandle.pidfdOpen(member.processID) else { return }
        guard tree.proc.stat(member.processID)?.startTicks == member.startTicks else { return }
        try? ProcessHandle.sendSignal(pidfd: pidfd.rawValue, signal.rawValue)
    }

    private func release(_ run: RunID) {
        guard let live = runs.removeValue(forKey: run) else { return }
        scheduleMemoryTrim(after: Self.trimDelayAfterEnd)
        poll.remove(live.pidfd.rawValue)
        if let notify = live.notify {
            poll.remove(notify.socket.rawValue)
        }
        _ = try? ProcessHandle.reap(pidfd: live.pidfd.rawValue)
        for pidfd in live.stragglers {
            poll.remove(pidfd.rawValue)
        }
        tree.remove(main: live.pid, of: run)
        // What is left behind on purpose keeps it; the next daemon, or the end of this one, removes it.
        try? live.group?.remove()
        releaseKept(run)
        sampler.forget(run)
        endReadinessQuestion(run)
        if let slot = slots[live.process] {
            if let path = slot.pidFile {
                try? FileContents.remove(path)
            }
            // What it wrote last is in the file before its successor writes; the pipe itself stays.
            for output in [slot.output, slot.error] {
                guard let output else { continue }
                pump.drain(output.stream, run.rawValue)
            }
        }
    }

    private func retire(_ process: Int) {
        guard let slot = slots.removeValue(forKey: process) else { return }
        letGo(slot)
        releaseKept(slot)
        // The last of the instances that share them takes them along.
        if !slots.values.contains(where: { $0.name.app == slot.name.app }) {
            for address in slot.addresses { ListeningSocket.removeFile(of: address) }
        }
    }

    // MARK: - Words

    func reply(_ request: RequestID, _ response: ControlResponse) {
        guard let caller = callers.removeValue(forKey: request) else { return }
        let (error, parameters) = response.encoded
        if case .outcomes = response, isShutdownRequest(request) {
            answer(caller, [:])
            return
        }
        answer(caller, parameters, error: error)
    }

    private func publish(_ notice: LifecycleNotice) {
        let clock = CivilClock()
        if noticeRate.admits(notice) { write(notice, clock) }
        let namespace = notice.process.flatMap { supervisor.definition(of: $0.app)?.namespace } ?? "default"
        for follower in board.post(notice, namespace: namespace) {
            `continue`(follower, ["event": notice.json(clock)])
        }
        service.statusMayHaveChanged()
    }

    /// Writes a notice to the daemon's log and the journal.
    private func write(_ notice: LifecycleNotice, _ clock: CivilClock) {
        let name = notice.process.map { "\($0): " } ?? ""
        let text = name + notice.kind.message
        if options.isContainer {
            StandardDescriptors.complain("novi | \(text)")
        } else {
            let level = notice.kind.isWarning ? "WARN" : "INFO"
            pump.write(Array("\(clock.text(notice.at)) \(level) \(text)\n".utf8))
        }
        systemJournal?.write(notice.journalEntry)
    }

    /// Tells how many notices of a storm were held back.
    func summariseNotices() {
        if let line = noticeRate.takeSummary(at: now()) { log(line, isWarning: true) }
    }

    private func persist() {
        guard persistsState else { return }
        // Whatever comes of it, the daemon goes on: what the journal says counts from here.
        defer { journal.append(.done(generation: store.generation)) }
        do throws(SystemError) {
            try store.save(supervisor.desiredState)
            scheduleMemoryTrim()
        } catch {
            log(
                "cannot write down what should run: \(error); it is not restored after a restart",
                isWarning: true
            )
        }
    }
}

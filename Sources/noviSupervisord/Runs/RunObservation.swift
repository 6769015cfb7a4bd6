import Glibc
import LinuxSystem
import Shared
import SupervisorCore

/// What the daemon sees of runs: ends, reports, memory.
extension Daemon {
    // MARK: - Ends

    /// The main process of a run ended; it stays a zombie, so that its number and group stay taken, until the core lets
    /// it go.
    func childEnded(_ run: RunID) {
        guard let live = runs[run], !live.hasExited else { return }
        guard let exit = exit(of: live) else { return }
        live.hasExited = true
        poll.remove(live.pidfd.rawValue)
        takeReports(run)
        tree.refresh()
        let stragglers = live.includesTree ? tree.members(of: live).count : 0
        live.awaitsEmptyTree = stragglers > 0
        if live.isAdopted, stragglers > 0 { watchStragglers(live) }
        let observation = ExitObservation(
            exit: exit,
            stragglers: stragglers,
            followsOOMKill: followsOOMKill(exit, live)
        )
        awaitLastWords(of: live, then: .exited(run, observation))
    }

    /// How a main process ended; `nil` when it did not, or the kernel cannot tell yet.
    private func exit(of live: LiveRun) -> ProcessExit? {
        if live.isAdopted { return adoptedExit(live) }
        let status = try? ProcessHandle.peekExit(pidfd: live.pidfd.rawValue)
        return (status ?? nil).map { ProcessExit($0) }
    }

    /// Whether the kernel's OOM killer was at work: in the run's cgroup, or, where it has none, since the last look.
    private func followsOOMKill(_ exit: ProcessExit, _ live: LiveRun) -> Bool {
        switch exit {
        case .signaled(.kill, _), .unknown: break
        case .exited, .signaled: return false
        }
        if let kills = live.group?.oomKills { return kills > 0 }
        guard exit != .unknown, let count = tree.proc.oomKillCount() else { return false }
        defer { oomKills = count }
        return count > oomKills
    }

    /// Orphans ended, or may have: tells the core of trees that are empty now.
    func refreshTree() {
        mustRefreshTree = false
        // Nothing that ended waits to be reaped, and nobody asks who is left: there is nothing to find.
        let awaiting = runs.values.contains { $0.awaitsEmptyTree }
        guard awaiting || ProcessHandle.peekAnyExit() != nil else { return }
        // Whoever ended after an earlier look of this turn told it by a signal that is taken already: look again.
        tree.beginTurn()
        tree.refresh()
        for live in Array(runs.values) where live.awaitsEmptyTree && isTreeEmpty(live) {
            live.awaitsEmptyTree = false
            awaitLastWords(of: live, then: .treeEmptied(live.id))
        }
    }

    private func isTreeEmpty(_ live: LiveRun) -> Bool {
        live.isAdopted ? tree.members(of: live).isEmpty : !tree.hasOrphans(live.id)
    }

    /// Container mode ends with its apps.
    func endContainerIfDone() {
        guard options.isContainer else { return }
        let statuses = supervisor.snapshot(at: now())
        let isOver = statuses.allSatisfy { status in
            switch status.state {
            case .stopped, .errored: true
            case .waitingForDependencies, .launching, .online, .stopping, .ending, .waitingRestart: false
            }
        }
        guard isOver, !isFinished else { return }
        isFinished = true
    }

    // MARK: - Reports

    /// Reads what a run reported.
    func takeReports(_ run: RunID) {
        guard let live = runs[run], let notify = live.notify else { return }
        var budget = 64
        while budget > 0, let datagram = try? notify.socket.receive() {
            budget -= 1
            let sender = datagram.sender
            guard isTrusted(sender.processID, sender.userID, live) else {
                let reason =
                    "report of pid \(sender.processID) (user \(sender.userID)), which is not of this run"
                publish(ignored: reason, live)
                continue
            }
            var report = WorkerReport(datagram: datagram.bytes)
            report.mainPID = nil
            handle(.reported(run, report))
        }
    }

    /// A report counts when it comes from the run's tree, or from a process that is gone already and had the run's user
    /// (`systemd-notify` ends at once; M22).
    func isTrusted(_ pid: Int32, _ userID: UInt32, _ live: LiveRun) -> Bool {
        if pid == live.pid { return true }
        guard let statistics = tree.proc.stat(pid) else { return userID == live.userID || userID == 0 }
        if statistics.session == live.pid { return true }
        return tree.members(main: live.pid, of: live.id).contains { $0.processID == pid }
    }

    /// Tells of the first foreign report of a run at once and of those that follow in one line a minute: whoever can
    /// write to the socket may write much, and our log is not theirs to fill.
    private func publish(ignored reason: String, _ live: LiveRun) {
        live.ignoredReports += 1
        let instant = now()
        if let last = live.ignoredReportsToldAt, instant - last < .seconds(60) { return }
        let more = live.ignoredReports > 1 ? " (and \(live.ignoredReports - 1) before it)" : ""
        live.ignoredReports = 0
        live.ignoredReportsToldAt = instant
        log("\(live.name): ignored: \(reason)\(more)", isWarning: true)
    }

    // MARK: - Memory

    func sampleMemory(_ run: RunID) {
        guard let live = runs[run], !live.hasExited else { return }
        guard let app = supervisor.definition(of: live.name.app) else { return }
        tree.refresh()
        let members = tree.members(main: live.pid, of: run)
        let limits = [app.memory.soft, app.memory.hard, app.memory.treeLimit].compactMap { $0 }
        let trigger = limits.min()
        guard let sample = sampler.memory(members: members, limit: trigger, in: tree.proc) else { return }
        followUps.append(.sampled(run, sample))
    }

    func measureResident(_ run: RunID) {
        guard let live = runs[run], !live.hasExited, let statistics = tree.proc.stat(live.pid) else { return }
        followUps.append(.residentMeasured(run, ByteCount(statistics.residentBytes)))
    }

    func requestCleanup(_ run: RunID) {
        guard let live = runs[run], let slot = slots[live.process] else { return }
        let call = VarlinkCall(method: "com.novi.Worker.Cleanup", parameters: [:], oneway: true)
        // Oneway and non-blocking: a worker that does not listen is restarted by the next samples, not waited for.
        do throws(SystemError) {
            let socket = try UnixSocket.connect(slot.workerSocket, nonBlocking: true)
            _ = try socket.write(call.encoded()[...])
        } catch {
            log("\(live.name) cannot be asked to clean up: \(error)", isWarning: true)
        }
    }
}

extension ProcessExit {
    /// The exit that a wait status tells.
    init(_ status: WaitStatus) {
        switch status {
        case .exited(let code): self = .exited(code: code)
        case .signaled(let number, let core):
            self = UnixSignal(rawValue: number).map { .signaled($0, coreDumped: core) } ?? .unknown
        }
    }
}

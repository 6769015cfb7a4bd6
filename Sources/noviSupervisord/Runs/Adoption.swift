import LinuxSystem
import LogFiles
import Shared
import SupervisorCore

/// Taking over what an earlier daemon started and could not end: its death must stop nothing and double nothing.
///
/// A run is proven to be ours by pid, start time and boot; what cannot be proven is never signalled (M12).
extension Daemon {
    /// A run that still lives.
    struct Survivor {
        var entry: RunJournal.Entry
        var pid: Int32
        var startTicks: UInt64
        var pidfd: Descriptor
    }

    /// Those runs of an earlier daemon that still live: by the descriptor that was kept for us, else by /proc.
    static func survivors(
        of entries: [RunJournal.Entry],
        in proc: ProcFilesystem,
        _ inherited: InheritedDescriptors
    ) -> [Survivor] {
        var byRun: [RunID: Int32]?
        return entries.compactMap { entry in
            var known = entry.process
            let kept = inherited.take(DescriptorName.pidfd(entry.run))
            let subject = kept.map { ProcessHandle.subject(ofPidfd: $0.rawValue) }
            if known == nil, case .process(let pid) = subject, let statistics = proc.stat(pid) {
                known = (pid, statistics.startTicks)
            }
            if known == nil {
                // The daemon died between clone and the line with the pid: the child is found by its run id.
                if byRun == nil { byRun = sessionLeadersByRun(in: proc) }
                if let pid = byRun?[entry.run], let statistics = proc.stat(pid) {
                    known = (pid, statistics.startTicks)
                }
            }
            guard let known else { return nil }
            let isKept = subject == .process(known.pid)
            guard let pidfd = isKept ? kept : try? ProcessHandle.pidfdOpen(known.pid) else { return nil }
            // Checked after the descriptor was opened: from here on the number cannot become another's.
            guard let statistics = proc.stat(known.pid), statistics.startTicks == known.startTicks,
                statistics.state != .zombie
            else { return nil }
            return Survivor(entry: entry, pid: known.pid, startTicks: known.startTicks, pidfd: pidfd)
        }
    }

    private static func sessionLeadersByRun(in proc: ProcFilesystem) -> [RunID: Int32] {
        var found: [RunID: Int32] = [:]
        for pid in proc.processIDs() {
            guard let statistics = proc.stat(pid), statistics.session == pid else { continue }
            guard let run = proc.environmentValue(pid, "NOVI_RUN").flatMap({ RunID($0) }) else { continue }
            found[run] = pid
        }
        return found
    }

    /// Restores what should run, with the runs that still live taken over.
    func restore(_ state: DesiredState, adopting survivors: [Survivor]) {
        var state = state
        var taken: Set<RunID> = []
        for (appIndex, app) in state.apps.enumerated() {
            for (index, process) in app.processes.enumerated() {
                let name = ProcessName(app: app.definition.name, instance: process.instance)
                guard let survivor = survivors.last(where: { $0.entry.name == name }) else { continue }
                taken.insert(survivor.entry.run)
                adopt(survivor, process: process.id, app.definition)
                state.apps[appIndex].processes[index].adopted = DesiredState.AdoptedRun(
                    run: Run(adopting: survivor.entry, pid: survivor.pid, app.definition),
                    // Whether it became ready while nobody listened cannot be known: never a restart for that (M23).
                    isOnline: true,
                    restarts: survivor.entry.restarts
                )
            }
        }
        for survivor in survivors where !taken.contains(survivor.entry.run) {
            log(
                "ending \(survivor.entry.name) (pid \(survivor.pid)), which was deleted before the daemon died",
                isWarning: true
            )
            try? ProcessHandle.sendSignal(pidfd: survivor.pidfd.rawValue, UnixSignal.kill.rawValue)
            journal.ended(survivor.entry.run)
        }
        handle(.restored(state))
        closeUnclaimedDescriptors()
        if !taken.isEmpty {
            log("took over \(taken.count) \(taken.count == 1 ? "run" : "runs") of an earlier daemon")
        }
    }

    private func adopt(_ survivor: Survivor, process: Int, _ app: AppDefinition) {
        let entry = survivor.entry
        let plan = LaunchPlan(process: process, name: entry.name, app: app, restarts: entry.restarts)
        let live = LiveRun(
            id: entry.run,
            plan: plan,
            pid: survivor.pid,
            pidfd: survivor.pidfd,
            notify: keptNotifySocket(entry.run) ?? makeNotifySocket(entry.run, plan),
            userID: app.user?.userID ?? CurrentProcess.userID,
            startedAt: entry.launchedAt
        )
        live.isAdopted = true
        live.startTicks = survivor.startTicks
        runs[entry.run] = live
        tree.add(main: survivor.pid, of: entry.run)
        watch(live)
        let slot = reopenSlot(survivor, process: process, app)
        slots[process] = slot
        attach(slot)
        for output in slot.outputs { deriver.setRun(entry.run, of: output.path) }
    }

    /// The pipes and sockets of a process that an earlier daemon made, found again in the process itself (M2).
    private func reopenSlot(_ survivor: Survivor, process: Int, _ app: AppDefinition) -> ProcessSlot {
        let entry = survivor.entry
        let paths = LogPaths(app, instance: entry.name.instance, directory: layout.logDirectory)
        func output(
            _ identity: FileStatus.Identity?,
            _ name: String,
            _ path: String?
        ) -> ProcessSlot.Output? {
            guard let identity else { return nil }
            guard let pipe = keptPipe(name, identity) ?? reopenPipe(of: survivor.pid, identity) else {
                log("logs of \(entry.name): not reopened until its next restart", isWarning: true)
                return nil
            }
            return ProcessSlot.Output(stream: newStream(), pipe: pipe, path: path)
        }
        let sockets = keptListeners(of: app) ?? duplicatedListeners(of: survivor, app)
        return ProcessSlot(
            process: process,
            name: entry.name,
            output: output(entry.output, DescriptorName.output(entry.run), paths.output),
            error: entry.error == entry.output
                ? nil : output(entry.error, DescriptorName.error(entry.run), paths.error),
            sharesPipe: entry.output != nil && entry.error == entry.output,
            listeners: sockets ?? [],
            addresses: sockets == nil ? [] : app.listen,
            user: app.user,
            runtimeDirectory: ProcessSlot.runtimeDirectory(entry.name, layout),
            dataDirectory: ProcessSlot.dataDirectory(entry.name, layout),
            pidFile: app.pidFile.map { LogPaths.numbered($0, instance: entry.name.instance) },
            logs: app.logs
        )
    }

    /// A pipe that was kept for us, if it is that very one.
    private func keptPipe(_ name: String, _ identity: FileStatus.Identity) -> OutputPipe? {
        guard let descriptor = inherited.take(name) else { return nil }
        return (try? OutputPipe.adopt(descriptor, expected: identity)) ?? nil
    }

    /// The notify socket that was kept for us, with the reports that wait in it (M23).
    private func keptNotifySocket(_ run: RunID) -> NotifySocket? {
        guard let descriptor = inherited.take(DescriptorName.notify(run)) else { return nil }
        let path = "\(layout.notifyDirectory)/\(run)"
        // Bound is not enough: whoever has the path must reach it.
        guard FileStatus.exists(path) else { return nil }
        return try? NotifySocket(adopting: descriptor, path: path)
    }

    /// The listening sockets of an app: those of an instance that has them, or those that were kept for us.
    func keptListeners(of app: AppDefinition) -> [Descriptor]? {
        let sibling = slots.values.first { $0.name.app == app.name && $0.addresses == app.listen }
        if let sibling { return sibling.listeners }
        var sockets: [Descriptor] = []
        for (index, address) in app.listen.enumerated() {
            guard let socket = inherited.take(DescriptorName.listen(app.name, index)),
                SocketIdentity.isListening(socket.rawValue, at: address)
            else { return nil }
            sockets.append(socket)
        }
        return sockets
    }

    /// The listening sockets as a process of the app has them; `nil` where we may not look.
    ///
    /// They are opened anew after its end then.
    private func duplicatedListeners(of survivor: Survivor, _ app: AppDefinition) -> [Descriptor]? {
        var sockets: [Descriptor] = []
        for (index, address) in app.listen.enumerated() {
            let number = InheritedDescriptors.firstNumber + Int32(index)
            let copy = try? ProcessHandle.duplicateDescriptor(pidfd: survivor.pidfd.rawValue, number)
            // The process may have put something else in its place.
            guard let copy, SocketIdentity.isListening(copy.rawValue, at: address) else { return nil }
            sockets.append(copy)
        }
        return sockets
    }

    /// Closes what was kept for us and belongs to nothing any more; sockets of apps that start later are left.
    private func closeUnclaimedDescriptors() {
        let rest = inherited.closeRest { name in
            supervisor.appNames.contains { DescriptorName.isListen(name, of: $0) }
        }
        guard !rest.isEmpty else { return }
        let shown = rest.prefix(5).joined(separator: ", ") + (rest.count > 5 ? ", …" : "")
        let noun = rest.count == 1 ? "descriptor" : "descriptors"
        log("closed \(rest.count) kept \(noun) that belong to nothing any more: \(shown)")
    }

    /// Opens a pipe again through whoever of the tree still has it; never anything but that very pipe.
    private func reopenPipe(of pid: Int32, _ identity: FileStatus.Identity) -> OutputPipe? {
        for member in ProcessTree.members(root: pid, sessionOf: pid, in: tree.proc) {
            let usual: [Int32] = [1, 2]
            let all = tree.proc.descriptorNumbers(of: member.processID) ?? []
            for descriptor in usual + all.filter({ !usual.contains($0) }) {
                let pipe = try? OutputPipe.reopen(pid: member.processID, fd: descriptor, expected: identity)
                if let pipe = pipe ?? nil { return pipe }
            }
        }
        return nil
    }

    // MARK: - Ends of runs that are not our children

    /// How long the kernel may take to tell how somebody else's child ended (M13).
    static let exitPatience: Duration = .seconds(1)

    /// The status of an adopted run whose main process ended; `nil` when it is too early to tell.
    func adoptedExit(_ live: LiveRun) -> ProcessExit? {
        if let exit = keeperReports?.exit(of: live.pid, startTicks: live.startTicks) { return exit }
        switch ProcessHandle.rememberedExit(pidfd: live.pidfd.rawValue) {
        case .ended(let status): return ProcessExit(status)
        case .unsupported: return .unknown
        case .notYet:
            guard let deadline = live.exitDeadline else {
                live.exitDeadline = now() + Self.exitPatience
                // The end is known; only the hang-up, which comes with the reap, is of interest now.
                try? poll.modify(live.pidfd.rawValue, [], token: Token(.child, live.id.rawValue).rawValue)
                return nil
            }
            return now() >= deadline ? .unknown : nil
        }
    }

    /// Handles ends whose status did not come in time.
    func expireExitDeadlines() {
        let instant = now()
        for live in Array(runs.values) {
            guard let deadline = live.exitDeadline, !live.hasExited, deadline <= instant else { continue }
            childEnded(live.id)
        }
    }

    /// The next deadline of a status that is awaited.
    func nextExitDeadline() -> MonotonicInstant? {
        guard runs.values.contains(where: { $0.isAdopted }) else { return nil }
        return runs.values.compactMap { $0.hasExited ? nil : $0.exitDeadline }.min()
    }

    /// Watches what an adopted run left behind: it does not come to us when it ends.
    func watchStragglers(_ live: LiveRun) {
        live.stragglers = tree.members(of: live).compactMap { member in
            guard let pidfd = try? ProcessHandle.pidfdOpen(member.processID) else { return nil }
            guard tree.proc.stat(member.processID)?.startTicks == member.startTicks else { return nil }
            try? poll.add(pidfd.rawValue, .readable, token: Token(.straggler, live.id.rawValue).rawValue)
            return pidfd
        }
    }

    /// Something that an adopted run left behind ended.
    func stragglerEnded(_ run: RunID) {
        guard let live = runs[run] else { return }
        for pidfd in live.stragglers {
            poll.remove(pidfd.rawValue)
        }
        watchStragglers(live)
        mustRefreshTree = true
    }
}

extension Run {
    /// The core's view of a run that an earlier daemon launched.
    fileprivate init(adopting entry: RunJournal.Entry, pid: Int32, _ app: AppDefinition) {
        self.init(id: entry.run, launchedAt: entry.launchedAt, reason: .daemonStarted, stop: app.stop)
        self.pid = pid
    }
}

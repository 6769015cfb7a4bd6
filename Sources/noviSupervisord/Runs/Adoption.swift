import LinuxSystem
import LogFiles
import Shared
import SupervisorCore

/// Taking over what an earlier daemon started and could not end: its death must stop nothing and double nothing.
///
/// What became of each run is found out in ``PastRuns``. Here its pipes and sockets are opened again.
extension Daemon {
    /// Goes on where an earlier daemon was.
    func restore(_ loaded: DesiredStateStore.Loaded) {
        let contents = JournalContents(past.lines, generation: store.generation)
        past.lines = []
        // What a dead daemon was about to write, and did not, must not become part of what is written from here on.
        journal.append(.begin(generation: store.generation))
        journal.append(.done(generation: store.generation))
        let runs = PastRuns(contents, in: tree.proc, inherited, keeperReports, tree.scope)
        var restoration = Restoration(loaded.state, isDesiredCurrent: loaded.isCurrent)
        var takenOver = 0
        for (process, checkpoint) in contents.processes.sorted(by: { $0.key < $1.key }) {
            let found = runs.find(checkpoint)
            let app = loaded.state.apps.first { $0.definition.name == checkpoint.name.app }
            if found.isThere, let run = checkpoint.run {
                adopt(found, run, checkpoint, app?.definition ?? AppDefinition(lostWith: checkpoint))
                takenOver += 1
            } else if let run = checkpoint.run, let app {
                takeOverPipes(of: run.id, found, checkpoint, app.definition)
            }
            if options.isContainer, case .ended(let observation) = found.fate, !checkpoint.hasEnded {
                containerExits.append(observation.exit)
            }
            restoration.processes[process] = RestoredProcess(
                checkpoint: checkpoint,
                fate: found.fate,
                isTold: contents.isTold(checkpoint)
            )
        }
        if !loaded.isCurrent, takenOver > 0 {
            log(
                "the newest state file is gone: what runs and is not in an older one runs on",
                isWarning: true
            )
        }
        handle(.restored(restoration))
        closeUnclaimedDescriptors()
        if takenOver > 0 {
            log("took over \(takenOver) \(takenOver == 1 ? "run" : "runs") of an earlier daemon")
        }
    }

    private func adopt(
        _ found: PastRuns.Found,
        _ run: Run,
        _ checkpoint: ProcessCheckpoint,
        _ app: AppDefinition
    ) {
        let plan = LaunchPlan(
            process: checkpoint.id,
            name: checkpoint.name,
            app: app,
            restarts: checkpoint.restarts
        )
        let live = LiveRun(
            id: run.id,
            plan: plan,
            pid: found.pid,
            pidfd: found.pidfd ?? Descriptor(-1),
            startTicks: found.startTicks,
            pipes: found.pipes,
            notify: keptNotifySocket(run.id) ?? makeNotifySocket(run.id, plan),
            userID: app.user?.userID ?? CurrentProcess.userID,
            startedAt: run.launchedAt
        )
        // After an upgrade in place children are children still.
        live.isAdopted = tree.proc.stat(found.pid)?.parentProcessID != CurrentProcess.processID
        live.group = tree.scope?.group(of: run.id)
        runs[run.id] = live
        if case .lives = found.fate {
            tree.add(main: found.pid, of: run.id)
            watch(live)
        } else {
            // What it left behind is all there is of it.
            live.hasExited = true
            live.lostMain = true
            live.awaitsEmptyTree = true
            watchStragglers(live)
        }
        let slot = reopenSlot(live, checkpoint.id, app)
        slots[checkpoint.id] = slot
        attach(slot)
        for output in slot.outputs { deriver.setRun(run.id, of: output.path) }
    }

    /// The pipes and sockets of a process that an earlier daemon made, found again in the process itself (M2).
    private func reopenSlot(_ live: LiveRun, _ process: Int, _ app: AppDefinition) -> ProcessSlot {
        let paths = LogPaths(app, instance: live.name.instance, directory: layout.logDirectory)
        let pipes = live.pipes
        func output(
            _ identity: FileStatus.Identity?,
            _ name: String,
            _ path: String?
        ) -> ProcessSlot.Output? {
            guard let identity else { return nil }
            guard let pipe = keptPipe(name, identity) ?? reopenPipe(of: live, identity) else {
                log("logs of \(live.name): not reopened until its next restart", isWarning: true)
                return nil
            }
            return ProcessSlot.Output(stream: newStream(), pipe: pipe, path: path)
        }
        let sockets = keptListeners(of: app) ?? duplicatedListeners(of: live, app)
        return ProcessSlot(
            process: process,
            name: live.name,
            output: output(pipes.output, DescriptorName.output(live.id), paths.output),
            error: pipes.error == pipes.output
                ? nil : output(pipes.error, DescriptorName.error(live.id), paths.error),
            sharesPipe: pipes.output != nil && pipes.error == pipes.output,
            listeners: sockets ?? [],
            addresses: sockets == nil ? [] : app.listen,
            user: app.user,
            runtimeDirectory: ProcessSlot.runtimeDirectory(live.name, layout),
            dataDirectory: ProcessSlot.dataDirectory(live.name, layout),
            pidFile: app.pidFile.map { LogPaths.numbered($0, instance: live.name.instance) },
            logs: app.logs
        )
    }

    /// A run that ended while no daemon ran: what it wrote last is in its pipes, if somebody kept them, and its process goes on
    /// with them.
    private func takeOverPipes(
        of run: RunID,
        _ found: PastRuns.Found,
        _ checkpoint: ProcessCheckpoint,
        _ app: AppDefinition
    ) {
        let paths = LogPaths(app, instance: checkpoint.name.instance, directory: layout.logDirectory)
        let pipes = found.pipes
        let isShared = pipes.output != nil && pipes.error == pipes.output
        func output(
            _ identity: FileStatus.Identity?,
            _ name: String,
            _ path: String?
        ) -> ProcessSlot.Output? {
            guard let identity, let pipe = keptPipe(name, identity) else { return nil }
            return ProcessSlot.Output(stream: newStream(), pipe: pipe, path: path)
        }
        let out = output(pipes.output, DescriptorName.output(run), paths.output)
        let err = isShared ? nil : output(pipes.error, DescriptorName.error(run), paths.error)
        guard out != nil || err != nil else { return }
        let sockets = keptListeners(of: app)
        let slot = ProcessSlot(
            process: checkpoint.id,
            name: checkpoint.name,
            output: out,
            error: err,
            sharesPipe: isShared,
            listeners: sockets ?? [],
            addresses: sockets == nil ? [] : app.listen,
            user: app.user,
            runtimeDirectory: ProcessSlot.runtimeDirectory(checkpoint.name, layout),
            dataDirectory: ProcessSlot.dataDirectory(checkpoint.name, layout),
            pidFile: app.pidFile.map { LogPaths.numbered($0, instance: checkpoint.name.instance) },
            logs: app.logs
        )
        slot.keptRun = run
        slots[checkpoint.id] = slot
        attach(slot)
        for output in slot.outputs {
            deriver.setRun(run, of: output.path)
            pump.endRun(output.stream, run)
            pump.drain(output.stream, run.rawValue)
        }
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
    private func duplicatedListeners(of live: LiveRun, _ app: AppDefinition) -> [Descriptor]? {
        var sockets: [Descriptor] = []
        for (index, address) in app.listen.enumerated() {
            let number = InheritedDescriptors.firstNumber + Int32(index)
            let copy = try? ProcessHandle.duplicateDescriptor(pidfd: live.pidfd.rawValue, number)
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
    private func reopenPipe(of live: LiveRun, _ identity: FileStatus.Identity) -> OutputPipe? {
        for member in tree.members(of: live) {
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
            // Not reaped yet: whoever has to may be slow.
            if let status = tree.proc.statusOfZombie(live.pid, startTicks: live.startTicks) {
                return ProcessExit(status)
            }
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

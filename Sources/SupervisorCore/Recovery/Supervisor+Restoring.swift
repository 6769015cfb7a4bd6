import Shared

/// Going on where an earlier daemon was.
extension Supervisor {
    /// Registers what should run, goes on with what runs, and ends what should not.
    mutating func restore(_ restoration: Restoration) {
        let desired = restoration.desired
        // No number of a run is given out again, also not one of a run that is forgotten.
        for restored in restoration.processes.values {
            for run in [restored.checkpoint.latestRun, restored.checkpoint.run?.id] {
                if let run { outbox.reserve(run) }
            }
        }
        for app in desired.apps where apps[app.definition.name] == nil {
            apps[app.definition.name] = AppRecord(definition: app.definition)
            appOrder.append(app.definition.name)
            for process in app.processes where indices[process.id] == nil {
                let name = ProcessName(app: app.definition.name, instance: process.instance)
                _ = insertProcess(id: process.id, name)
                restore(process, restoration.processes[process.id])
            }
        }
        for (process, restored) in restoration.processes.sorted(by: { $0.key < $1.key }) {
            guard indices[process] == nil, restored.isLeftOver else { continue }
            restoreUnlisted(restored, isDeleted: restoration.isDesiredCurrent)
        }
        nextProcessID = max(nextProcessID, desired.nextProcessID)
        machines.sort { $0.id < $1.id }
        indices = Dictionary(uniqueKeysWithValues: machines.enumerated().map { ($1.id, $0) })
    }

    private mutating func restore(_ process: DesiredState.Process, _ restored: RestoredProcess?) {
        guard let restored else {
            on(process.id) { machine, _, out in
                if process.isWanted {
                    machine.start(.daemonStarted, &out)
                } else if let reason = process.stopReason {
                    machine.enter(.stopped(reason), out)
                }
            }
            return
        }
        on(process.id) { machine, app, out in
            machine.restore(restored, isWanted: process.isWanted, app, &out)
        }
        guard let index = indices[process.id] else { return }
        let machine = machines[index]
        if let pending = restored.checkpoint.pendingStop, pending.fits(isWanted: process.isWanted) {
            setPendingStop(pending, of: process.id)
        } else if !process.isWanted, !machine.isAtRest {
            // Its stop was written down and not begun; what depends on it goes first.
            let next = AfterStop.stay(.requested(.daemon))
            setPendingStop(PendingStop(cause: .stopRequested(.daemon), next: next), of: process.id)
        }
    }

    /// A process that lives and that the desired state does not know.
    private mutating func restoreUnlisted(_ restored: RestoredProcess, isDeleted: Bool) {
        let checkpoint = restored.checkpoint
        let name = checkpoint.name
        // What was on its way out goes, whether or not its definition is known.
        let isDeleted = isDeleted || !checkpoint.state.isUp || restored.fate == .neverExecuted
        if apps[name.app] == nil {
            apps[name.app] = AppRecord(
                definition: AppDefinition(lostWith: checkpoint),
                isDefinitionLost: true
            )
            appOrder.append(name.app)
        }
        let process = insertProcess(id: checkpoint.id, name)
        on(process) { machine, app, out in
            machine.restore(restored, isWanted: !isDeleted, app, &out)
        }
        guard isDeleted, let index = indices[process] else { return }
        if machines[index].isBeingRemoved { return }
        let cause = checkpoint.pendingStop?.cause ?? .deleteRequested(.daemon)
        setPendingStop(PendingStop(cause: cause, next: .remove), of: process)
    }
}

extension RestoredProcess {
    /// Whether something of it still runs.
    fileprivate var isLeftOver: Bool {
        switch fate {
        case .lives: true
        case .ended(let observation): observation.stragglers > 0
        case .neverExecuted: false
        }
    }
}

extension Supervisor.PendingStop {
    /// Whether the stop goes together with what the desired state says of the process.
    fileprivate func fits(isWanted: Bool) -> Bool {
        switch next {
        case .relaunch, .judge: isWanted
        case .stay(.shutdown): false
        case .stay: !isWanted
        case .remove: false
        }
    }
}

extension AppDefinition {
    /// What is known of an app whose definition is not: enough to end its run as it was to be ended.
    ///
    /// - Parameter checkpoint: One of its processes.
    public init(lostWith checkpoint: ProcessCheckpoint) {
        let name = checkpoint.name.app
        self.init(name: name, command: AppCommand(executable: "/"), workingDirectory: "/")
        restart.isEnabled = false
        instances = checkpoint.name.instance + 1
        if let run = checkpoint.run { stop = run.stop }
    }
}

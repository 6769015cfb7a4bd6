public import Shared

/// One process as others may see it.
public struct ProcessStatus: Hashable, Sendable {
    /// Its number.
    public var id: Int
    /// Its name.
    public var name: ProcessName
    /// Its namespace.
    public var namespace: String
    /// Where it is in its life.
    public var state: ProcessState
    /// Since when.
    public var since: MonotonicInstant
    /// Whether it should run.
    public var isWanted: Bool
    /// Whether it is online within its limits, or at rest because somebody asked for it or because it was done.
    public var isAsWanted: Bool {
        switch state {
        case .online(let run): run.memory.exhausted == nil
        case .stopped(.ended(let exit)): exit.isSuccess
        case .stopped(.neverStarted), .stopped(.requested), .stopped(.stopExitCode), .stopped(.shutdown): true
        case .waitingForDependencies, .launching, .stopping, .ending, .waitingRestart, .errored: false
        }
    }
    /// How many times it was launched again.
    public var restarts: Int
    /// Why it is not well; `nil` when it is.
    public var reason: String?
    /// What comes next and when, where something is planned.
    public var next: (action: String, at: MonotonicInstant)? {
        switch state {
        case .waitingRestart(let until, let reason): ("start (\(reason))", until)
        case .launching(let run): run.readyBy.map { ("give up waiting for readiness", $0) }
        case .stopped, .waitingForDependencies, .online, .stopping, .ending, .errored: nil
        }
    }

    /// The main process.
    public var pid: Int32? { state.run?.pid }
    /// How long the present run lasts; `nil` without one.
    public func uptime(at now: MonotonicInstant) -> Duration? {
        state.run.flatMap { $0.pid == nil ? nil : now - $0.launchedAt }
    }
}

/// What others may read.
extension Supervisor {
    /// The present status of processes, by number; the only source of status, everywhere.
    ///
    /// - Parameters:
    ///   - ids: The processes; `nil` for all.
    ///   - now: The time, for the waits told in reasons.
    /// - Returns: One entry for each process that exists.
    public func snapshot(of ids: [Int]? = nil, at now: MonotonicInstant) -> [ProcessStatus] {
        let chosen = ids.map { $0.compactMap { indices[$0] }.map { machines[$0] } } ?? machines
        return chosen.map { machine in
            ProcessStatus(
                id: machine.id,
                name: machine.name,
                namespace: apps[machine.name.app]?.definition.namespace ?? "default",
                state: machine.state,
                since: machine.since,
                isWanted: machine.isWanted,
                restarts: machine.restarts,
                reason: reason(machine, at: now)
            )
        }
    }

    /// The last ends of a process, oldest first.
    public func exits(of process: Int) -> [ExitRecord] {
        indices[process].map { machines[$0].exits } ?? []
    }

    /// The last notices of a process, oldest first.
    public func trail(of process: Int) -> [LifecycleNotice] {
        indices[process].map { machines[$0].trail } ?? []
    }

    /// The definition of an app.
    public func definition(of app: AppName) -> AppDefinition? {
        apps[app]?.definition
    }

    /// How many processes there are.
    public var processCount: Int { machines.count }

    /// The apps in the order of their registration.
    public var appNames: [AppName] { appOrder }

    /// The apps that depend on `app` directly.
    public func dependants(of app: AppName) -> [AppName] {
        appOrder.filter { name in
            apps[name]?.definition.dependencies.contains { $0.app == app } ?? false
        }
    }

    /// The process whose present run this is.
    public func process(of run: RunID) -> Int? {
        runs[run]
    }

    /// The process with a name.
    public func process(named name: ProcessName) -> Int? {
        instances(of: name.app).first { machines[$0].name == name }.map { machines[$0].id }
    }

    /// What should run: what the state file has to hold.
    public var desiredState: DesiredState {
        let entries = appOrder.compactMap { name -> DesiredState.App? in
            guard let record = apps[name], !record.isDefinitionLost else { return nil }
            let processes = record.processes.compactMap { indices[$0] }.map { machines[$0] }
                .filter { !$0.isRemoved && !isLeavingForGood($0) }
                .map {
                    DesiredState.Process(
                        id: $0.id,
                        instance: $0.name.instance,
                        isWanted: $0.isWanted,
                        stopReason: $0.isWanted ? nil : stopReason(of: $0)
                    )
                }
            return processes.isEmpty
                ? nil : DesiredState.App(definition: record.definition, processes: processes)
        }
        return DesiredState(apps: entries, nextProcessID: nextProcessID)
    }

    /// Who asked for a process to be stopped; `nil` where nobody did.
    private func stopReason(of machine: ProcessStateMachine) -> StopReason? {
        var reason = machine.stopReason
        if case .stay(let pending)? = pendingStops[machine.id]?.next { reason = pending }
        guard case .requested? = reason else { return nil }
        return reason
    }

    // MARK: - Reasons

    private func reason(_ machine: ProcessStateMachine, at now: MonotonicInstant) -> String? {
        if let pending = pendingStops[machine.id] {
            return "stops after what depends on it (\(pending.cause))"
        }
        switch machine.state {
        case .online: return onlineReason(machine)
        case .stopped(let reason): return stoppedReason(reason, machine)
        case .waitingForDependencies:
            let waits = unmetDependencies(of: machine.name.app)
            return waits.isEmpty ? nil : "waits for \(waits.joined(separator: "; "))"
        case .launching(let run):
            guard let readyBy = run.readyBy else { return nil }
            return "waits for READY=1, \((readyBy - now).shortText) left"
        case .stopping(_, let sequence, let cause, _):
            return sequence.kills > 1 ? "\(cause); survives SIGKILL (uninterruptible)" : "\(cause)"
        case .ending(_, _, let ended, _):
            return "main process ended (\(ended.observation.exit)); ending what it left behind"
        case .waitingRestart(let until, _):
            return "restarts in \((until - now).shortText): \(machine.lastFailure)"
        case .errored(let errored):
            let runs = errored.unstableRuns == 1 ? "1 short run" : "\(errored.unstableRuns) short runs"
            return "gave up after \(runs): \(errored.last)"
        }
    }

    private func onlineReason(_ machine: ProcessStateMachine) -> String? {
        let unmet = (apps[machine.name.app]?.definition.dependencies ?? []).filter {
            $0.condition != .completed
        }
        .compactMap { dependency -> String? in
            guard apps[dependency.app] != nil else { return "\(dependency.app) is not known" }
            let broken = instances(of: dependency.app).map { machines[$0] }.first {
                !$0.fulfils(dependency.condition)
            }
            return broken.map { "\($0.name) is \($0.state.shortReason)" }
        }
        guard unmet.isEmpty else { return "depends on what is not there: \(unmet.joined(separator: "; "))" }
        if apps[machine.name.app]?.isDefinitionLost == true {
            return "its definition was lost with the state file; start it from its file again"
        }
        if machine.state.run?.isReadinessUncertain == true {
            return "readiness unknown: it may have said so while no daemon ran"
        }
        if let verdict = machine.state.run?.memory.exhausted {
            let perHour = apps[machine.name.app]?.definition.memory.restartsPerHour ?? 0
            return
                "\(verdict); not restarted: \(perHour) memory \(perHour == 1 ? "restart" : "restarts") within the hour"
        }
        guard let run = machine.state.run, let heap = run.heap?.used,
            let soft = apps[machine.name.app]?.definition.memory.soft, heap > soft
        else { return nil }
        return "heap of \(heap) above the soft limit of \(soft)"
    }

    /// How long the last run lasted, where it is known.
    private func lasted(_ machine: ProcessStateMachine) -> String {
        machine.exits.last.map { " after \($0.ended.uptime.shortText)" } ?? ""
    }

    private func stoppedReason(_ reason: StopReason, _ machine: ProcessStateMachine) -> String? {
        switch reason {
        case .neverStarted: nil
        case .ended(let exit):
            exit.isSuccess
                ? "completed\(lasted(machine))" : "ended with \(exit)\(lasted(machine)); autorestart is off"
        case .stopExitCode(let code):
            "ended with exit code \(code)\(lasted(machine)), which is one of stop_exit_codes"
        case .requested, .shutdown: "\(reason)"
        }
    }
}

import Shared

/// Order: who waits for whom, at the start and at the end.
extension Supervisor {
    // MARK: - Starting

    /// Makes a process run, and what it depends on.
    mutating func start(_ process: Int, _ reason: LaunchReason) {
        guard let index = indices[process] else { return }
        if let requester = reason.requester {
            startDependencies(of: machines[index].name.app, requester)
        }
        dropPendingStop(process, reason.requester)
        guard pendingStops[process] == nil else {
            on(process) { machine, _, _ in machine.wish(true) }
            return
        }
        on(process) { machine, _, out in machine.start(reason, &out) }
    }

    /// Takes a stop back that has not begun; a restart stays a restart, and a run that a new definition replaces is
    /// replaced.
    private mutating func dropPendingStop(_ process: Int, _ requester: Requester?) {
        guard let pending = pendingStops[process] else { return }
        if case .relaunch = pending.next { return }
        guard let requester, let index = indices[process], machines[index].isOutdated else {
            setPendingStop(nil, of: process)
            return
        }
        let cause = EndCause.configurationChanged(requester)
        let next = AfterStop.relaunch(.configurationChanged(requester))
        setPendingStop(PendingStop(cause: cause, next: next), of: process)
    }

    /// Makes run what an app depends on, directly or not: what nobody wanted so far, and what ended or was given up
    /// without being what is asked of it, for it does not come back by itself.
    mutating func startDependencies(of app: AppName, _ requester: Requester) {
        for (dependency, conditions) in dependencies(of: app) where !isDefinitionLost(dependency) {
            for needed in apps[dependency]?.processes ?? [] {
                // What somebody deletes or scales away is not kept by a wish for something else.
                if case .remove = pendingStops[needed]?.next { continue }
                dropPendingStop(needed, requester)
                on(needed) { machine, _, out in
                    let isMissing = machine.hasComeToRest && !conditions.allSatisfy { machine.fulfils($0) }
                    guard !machine.isWanted || isMissing, !machine.isBeingRemoved else { return }
                    machine.start(.neededBy(app, requester), &out)
                }
            }
        }
    }

    /// All apps that `app` depends on, directly or not, each once, with what is asked of it.
    private func dependencies(of app: AppName) -> [(app: AppName, conditions: Set<DependencyCondition>)] {
        var order: [AppName] = []
        var conditions: [AppName: Set<DependencyCondition>] = [:]
        var open = apps[app]?.definition.dependencies ?? []
        while let next = open.popLast() {
            guard next.app != app, let record = apps[next.app] else { continue }
            let isNew = conditions[next.app] == nil
            conditions[next.app, default: []].insert(next.condition)
            guard isNew else { continue }
            order.append(next.app)
            open += record.definition.dependencies
        }
        return order.map { ($0, conditions[$0] ?? []) }
    }

    /// Launches waiting processes whose dependencies are there; returns whether there was one.
    mutating func launchReady() -> Bool {
        guard !waiting.isEmpty else { return false }
        var launched = false
        for process in waiting.sorted() {
            guard let index = indices[process], pendingStops[process] == nil else { continue }
            let waits = unmetDependencies(of: machines[index].name.app)
            if waits.isEmpty, shutdownBy == nil {
                on(process) { machine, app, out in machine.launch(app, &out) }
                launched = true
            } else if saidWaits[process] != waits, !waits.isEmpty {
                saidWaits[process] = waits
                on(process) { machine, _, out in machine.noteWait(for: waits, &out) }
            }
        }
        return launched
    }

    /// What an app still waits for, one phrase for each dependency.
    func unmetDependencies(of app: AppName) -> [String] {
        guard let dependencies = apps[app]?.definition.dependencies else { return [] }
        return dependencies.compactMap { dependency in
            unmetReason(dependency)
        }
    }

    /// What an app waits for in vain: a dependency that has come to rest and does not start again by itself.
    func hopelessDependency(of app: AppName) -> String? {
        apps[app]?.definition.dependencies.lazy.compactMap { dependency -> String? in
            let isHopeless = instances(of: dependency.app).contains { index in
                let machine = machines[index]
                return pendingStops[machine.id] == nil && machine.hasComeToRest
                    && !machine.fulfils(dependency.condition)
            }
            return isHopeless ? unmetReason(dependency) : nil
        }
        .first
    }

    private func unmetReason(_ dependency: AppDependency) -> String? {
        let wanted = "\(dependency.app) to be \(dependency.condition.rawValue)"
        guard let record = apps[dependency.app] else { return "\(wanted), which is not known" }
        for process in record.processes {
            guard let index = indices[process] else { continue }
            let machine = machines[index]
            if pendingStops[process] != nil { return "\(wanted), which is about to stop" }
            guard !machine.fulfils(dependency.condition) else { continue }
            return "\(wanted), which is \(machine.state.shortReason)"
        }
        return nil
    }

    // MARK: - Stopping

    /// Stops processes, dependants before what they depend on.
    mutating func stop(_ processes: [Int], _ cause: EndCause, then next: (Int) -> AfterStop) {
        for process in processes {
            var wish = next(process)
            if let earlier = pendingStops[process] {
                wish = wish.keepingRemoval(of: earlier.next)
            }
            setPendingStop(PendingStop(cause: cause, next: wish), of: process)
        }
    }

    /// Begins the stops whose turn has come; returns whether there was one.
    mutating func beginDueStops() -> Bool {
        guard !pendingStops.isEmpty else { return false }
        var began = false
        let held = appsHeldByDependants()
        for process in pendingStops.keys.sorted(by: >) {
            guard let index = indices[process], let pending = pendingStops[process] else { continue }
            guard !held.contains(machines[index].name.app) else { continue }
            setPendingStop(nil, of: process)
            on(process) { machine, _, out in machine.stop(pending.cause, then: pending.next, &out) }
            began = true
        }
        return began
    }

    /// The apps that something depends on that is still on its way out.
    private func appsHeldByDependants() -> Set<AppName> {
        var held: Set<AppName> = []
        for record in apps.values where !record.definition.dependencies.isEmpty {
            guard record.processes.contains(where: { holdsDependencies($0) }) else { continue }
            held.formUnion(record.definition.dependencies.map(\.app))
        }
        return held
    }

    private func holdsDependencies(_ process: Int) -> Bool {
        guard let index = indices[process] else { return false }
        guard let pending = pendingStops[process] else { return machines[index].isLeaving }
        // One that has no run is gone already, whatever waits for it.
        return machines[index].state.run != nil || pending.next == .remove
    }

    // MARK: - Shutdown

    /// Stops everything in order; the second time at once.
    mutating func beginShutdown(by requester: Requester) {
        guard shutdownBy == nil else {
            outbox.publish(.shutdownBegan(requester, urgent: true))
            let pending = pendingStops
            pendingStops = [:]
            dirty.formUnion(pending.keys)
            for (process, stop) in pending.sorted(by: { $0.key < $1.key }) {
                on(process) { machine, _, out in machine.stop(stop.cause, then: stop.next, &out) }
            }
            for process in machines.map(\.id) {
                on(process) { machine, _, out in machine.hurry(&out) }
            }
            return
        }
        shutdownBy = requester
        outbox.publish(.shutdownBegan(requester, urgent: false))
        // What an operator has stopped or deleted already goes on as it was asked for.
        let running = machines.filter { machine in
            if case .stay = pendingStops[machine.id]?.next { return false }
            return machine.isWanted || (machine.state.run != nil && !machine.isStoppingForGood)
        }
        stop(running.map(\.id), .shutdown(requester)) { _ in .stay(.shutdown) }
    }
}

extension ProcessStateMachine {
    /// Whether it fulfils what a dependant asks for.
    func fulfils(_ condition: DependencyCondition) -> Bool {
        switch condition {
        case .started:
            switch state {
            case .launching(let run): run.pid != nil
            case .online: true
            case .stopped(.ended(let exit)): exit.isSuccess
            case .stopped, .waitingForDependencies, .stopping, .ending, .waitingRestart, .errored: false
            }
        case .ready:
            if case .online = state { true } else { false }
        case .completed:
            if case .stopped(.ended(let exit)) = state { exit.isSuccess } else { false }
        }
    }

    /// Whether nothing runs and nothing is planned: without a request it stays as it is.
    var hasComeToRest: Bool {
        switch state {
        case .stopped, .errored: true
        case .waitingForDependencies, .launching, .online, .stopping, .ending, .waitingRestart: false
        }
    }

    /// Whether it is being stopped and nothing follows.
    var isStoppingForGood: Bool {
        switch state {
        case .stopping(_, _, _, .stay), .ending(_, _, _, .stay): true
        case .stopping, .ending: isBeingRemoved
        case .stopped, .waitingForDependencies, .launching, .online, .waitingRestart, .errored: false
        }
    }

    /// Whether it is being stopped because somebody or something asked for it, so that what it depends on has to wait.
    var isLeaving: Bool {
        switch state {
        case .stopping(_, _, _, let next), .ending(_, _, _, let next):
            switch next {
            case .stay, .remove, .relaunch: true
            case .judge: false
            }
        case .stopped, .waitingForDependencies, .launching, .online, .waitingRestart, .errored: false
        }
    }
}

extension LaunchReason {
    /// Who asked, where somebody did.
    var requester: Requester? {
        switch self {
        case .requested(let requester), .restartRequested(let requester),
            .configurationChanged(let requester),
            .neededBy(_, let requester):
            requester
        case .daemonStarted: .daemon
        case .runEnded, .launchFailed, .memory, .readinessTimeout, .watchdog: nil
        }
    }
}

extension ProcessState {
    /// The state in a few words, for those who wait for it.
    var shortReason: String {
        switch self {
        case .stopped(let reason): "\(reason)" == "completed" ? "completed" : "stopped (\(reason))"
        case .waitingForDependencies: "waiting itself"
        case .launching: "starting"
        case .online: "online"
        case .stopping, .ending: "stopping"
        case .waitingRestart: "waiting to restart"
        case .errored: "given up"
        }
    }
}

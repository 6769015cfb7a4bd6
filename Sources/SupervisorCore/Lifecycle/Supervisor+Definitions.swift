import Shared

/// Definitions: taking them over, changing how many instances there are, restoring them.
extension Supervisor {
    // MARK: - Scale

    mutating func scale(
        _ app: AppName,
        _ target: InstanceTarget,
        _ request: ControlRequest,
        _ id: RequestID,
        _ requester: Requester
    ) {
        guard let record = apps[app] else {
            let suggestion = nearestName(to: app.rawValue)
            outbox.effects.append(
                .reply(id, .failure(.unknownProcess(selection: app.rawValue, suggestion: suggestion)))
            )
            return
        }
        guard !record.isDefinitionLost else {
            let reason = "the definition of \(app) is gone; start it from its file again"
            outbox.effects.append(.reply(id, .failure(.invalidRequest(reason))))
            return
        }
        let present = wantedCount(record)
        let wanted: Int
        switch target {
        case .exactly(let count): wanted = count
        case .change(let change): wanted = present &+ change
        }
        guard (1...SupervisorLimits.maximumInstances).contains(wanted) else {
            let limit = SupervisorLimits.maximumInstances
            let reason =
                "\(app) cannot have \(wanted) instances; 1 to \(limit) are possible (delete removes an app)"
            outbox.effects.append(.reply(id, .failure(.invalidRequest(reason))))
            return
        }
        var definition = record.definition
        definition.instances = wanted
        let (goals, outcomes) = resize(definition, request, requester)
        persist()
        answerWhenReached(id, request, goals: goals, outcomes: outcomes)
    }

    /// How many instances are there and are not about to be removed.
    private func wantedCount(_ record: AppRecord) -> Int {
        record.processes.count { process in
            indices[process].map { !isLeavingForGood(machines[$0]) } ?? false
        }
    }

    /// Whether a process is about to be forgotten: its newest wish counts, also while that waits for its turn.
    func isLeavingForGood(_ machine: ProcessStateMachine) -> Bool {
        switch pendingStops[machine.id]?.next {
        case .remove: true
        case .relaunch, .judge: false
        // A stop does not undo a deletion.
        case .stay, nil: machine.isBeingRemoved
        }
    }

    /// Brings the number of instances to what the definition says.
    private mutating func resize(
        _ definition: AppDefinition,
        _ request: ControlRequest,
        _ requester: Requester
    ) -> ([Int: PendingRequests.Goal], [ProcessOutcome]) {
        var goals: [Int: PendingRequests.Goal] = [:]
        var outcomes: [ProcessOutcome] = []
        let newRun = outbox.upcomingRun
        apps[definition.name]?.definition = definition
        apps[definition.name]?.isDefinitionLost = false
        let surplus = instances(of: definition.name).filter {
            machines[$0].name.instance >= definition.instances
        }
        let leaving = surplus.map { machines[$0].id }
        goals.merge(goneGoals(leaving, .deleted)) { first, _ in first }
        stop(leaving, .scaledDown(requester)) { _ in .remove }
        for process in leaving {
            forgetWish(process)
        }
        // An instance that was about to be removed is wanted again.
        for index in instances(of: definition.name) where machines[index].name.instance < definition.instances
        {
            let machine = machines[index]
            let isLeaving = pendingStops[machine.id]?.next == .remove || machine.isBeingRemoved
            guard isLeaving else { continue }
            let (goal, outcome) = startForAnswer(machine.id, request, from: newRun, requester)
            goals[machine.id] = goal
            outcomes += outcome.map { [$0] } ?? []
        }
        for process in addInstances(of: definition.name, upTo: definition.instances) {
            guard let index = indices[process] else { continue }
            goals[process] = goal(machines[index], waits: request.waits, from: newRun, .started)
            start(process, .requested(requester))
        }
        if goals.isEmpty, outcomes.isEmpty {
            outcomes = instances(of: definition.name).map { outcome(machines[$0], .unchanged) }
        }
        return (goals, outcomes)
    }

    // MARK: - Apply

    mutating func apply(
        _ definitions: [AppDefinition],
        prunedSource: String?,
        _ request: ControlRequest,
        _ id: RequestID,
        _ requester: Requester
    ) {
        let kept = Set(definitions.map(\.name))
        let dropped = appOrder.filter { name in
            prunedSource != nil && !kept.contains(name) && apps[name]?.definition.source == prunedSource
        }
        if let reason = objection(to: definitions, without: dropped) {
            outbox.effects.append(.reply(id, .failure(.invalidRequest(reason))))
            return
        }
        var goals: [Int: PendingRequests.Goal] = [:]
        var outcomes: [ProcessOutcome] = []
        if !dropped.isEmpty {
            let leaving = dropped.flatMap { apps[$0]?.processes ?? [] }
            goals = goneGoals(leaving, .deleted)
            stop(leaving, .deleteRequested(requester)) { _ in .remove }
            for process in leaving {
                forgetWish(process)
            }
        }
        // All are registered before the first starts, so that each finds what it depends on.
        let old = definitions.map { apps[$0.name]?.definition }
        for (definition, before) in zip(definitions, old) where before == nil {
            register(definition)
        }
        for (definition, before) in zip(definitions, old) {
            let (moreGoals, moreOutcomes) = apply(definition, replacing: before, request, requester)
            goals.merge(moreGoals) { first, _ in first }
            outcomes += moreOutcomes
        }
        persist()
        answerWhenReached(id, request, goals: goals, outcomes: outcomes)
    }

    private mutating func apply(
        _ definition: AppDefinition,
        replacing old: AppDefinition?,
        _ request: ControlRequest,
        _ requester: Requester
    ) -> ([Int: PendingRequests.Goal], [ProcessOutcome]) {
        let newRun = outbox.upcomingRun
        var goals: [Int: PendingRequests.Goal] = [:]
        var outcomes: [ProcessOutcome] = []
        if let old {
            let change = ConfigurationChange(from: old, to: definition)
            announce(change, to: definition)
            (goals, outcomes) = resize(definition, request, requester)
            outcomes.removeAll { $0.result == .unchanged }
            let settled = Set(outcomes.map(\.id)).union(goals.keys)
            for index in instances(of: definition.name) where !settled.contains(machines[index].id) {
                let process = machines[index].id
                let machine = machines[index]
                if machine.state.run != nil, machine.isWanted, change.needsRestart {
                    goals[process] = goal(machine, waits: request.waits, from: newRun, .restarted)
                    relaunch([process], .configurationChanged(requester), .configurationChanged(requester))
                } else if machine.isWanted, machine.state.isUp, pendingStops[process] == nil {
                    let result: ProcessOutcome.Result = change.fields.isEmpty ? .unchanged : .changed
                    if case .online = machine.state, !request.waits || endOfTrial(machine) == nil {
                        outcomes.append(outcome(machine, result))
                    } else {
                        let run = machine.latestRun ?? newRun
                        goals[process] = goal(machine, waits: request.waits, from: run, result)
                    }
                } else if !machine.isWanted, !definition.startsAutomatically {
                    outcomes.append(outcome(machine, change.fields.isEmpty ? .unchanged : .changed))
                } else {
                    let (goal, outcome) = startForAnswer(process, request, from: newRun, requester)
                    goals[process] = goal
                    outcomes += outcome.map { [$0] } ?? []
                }
            }
            return (goals, outcomes)
        }
        for index in instances(of: definition.name) {
            let machine = machines[index]
            guard definition.startsAutomatically else {
                outcomes.append(outcome(machine, .registered, "autostart is off"))
                continue
            }
            goals[machine.id] = goal(machine, waits: request.waits, from: newRun, .started)
            start(machine.id, .requested(requester))
        }
        return (goals, outcomes)
    }

    /// Puts a changed definition in force for all its processes, also those that are on their way out: they may be
    /// wanted again.
    private mutating func announce(_ change: ConfigurationChange, to definition: AppDefinition) {
        guard !change.isEmpty else { return }
        apps[definition.name]?.definition = definition
        for index in instances(of: definition.name) {
            on(machines[index].id) { machine, app, out in
                machine.note(.configurationChanged(fields: change.fields), nil, &out)
                machine.adjust(to: app, &out)
                machine.isOutdated = machine.isOutdated || (change.needsRestart && machine.state.run != nil)
            }
        }
    }

    /// Why definitions cannot be taken over as they are; `nil` when they can.
    private func objection(to definitions: [AppDefinition], without dropped: [AppName]) -> String? {
        var graph = apps.mapValues { $0.definition.dependencies.map(\.app) }
        for name in dropped {
            graph[name] = nil
        }
        var seen: Set<AppName> = []
        for definition in definitions {
            guard seen.insert(definition.name).inserted else {
                return "app \(definition.name) is there twice"
            }
            graph[definition.name] = definition.dependencies.map(\.app)
        }
        for definition in definitions {
            for dependency in definition.dependencies where graph[dependency.app] == nil {
                return
                    "\(definition.name) depends on \(dependency.app), which is not known; start both together"
            }
        }
        var total = machines.count
        for definition in definitions {
            guard (1...SupervisorLimits.maximumInstances).contains(definition.instances) else {
                let limit = SupervisorLimits.maximumInstances
                return
                    "\(definition.name) cannot have \(definition.instances) instances; 1 to \(limit) are possible"
            }
            total += max(0, definition.instances - (apps[definition.name]?.processes.count ?? 0))
        }
        if total > SupervisorLimits.maximumProcesses {
            return "\(total) processes are more than the limit of \(SupervisorLimits.maximumProcesses)"
        }
        guard let cycle = StartOrder.cycle(in: graph) else { return nil }
        return "dependency cycle: \(cycle.map(\.rawValue).joined(separator: " → "))"
    }
}

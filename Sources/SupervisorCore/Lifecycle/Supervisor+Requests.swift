import Shared

/// Requests: what is asked becomes wishes and goals; what is reached becomes answers.
extension Supervisor {
    /// Takes a request in; it is answered now or later, once.
    mutating func accept(_ request: ControlRequest, _ id: RequestID, from requester: Requester) {
        if shutdownBy != nil {
            if case .shutdown = request.action {
                beginShutdown(by: requester)
                answerWhenReached(id, request, goals: goneGoals(machines.map(\.id), .stopped), outcomes: [])
            } else {
                outbox.effects.append(.reply(id, .failure(.shuttingDown)))
            }
            return
        }
        switch request.action {
        case .start(let selections):
            select(selections, id) { $0.start($1, request, id, requester) }
        case .apply(let definitions, let prunedSource):
            apply(definitions, prunedSource: prunedSource, request, id, requester)
        case .stop(let selections):
            select(selections, id) { $0.stop($1, request, id, requester) }
        case .restart(let selections):
            select(selections, id) { $0.restart($1, request, id, requester) }
        case .delete(let selections, let isForced):
            select(selections, id) { $0.delete($1, isForced: isForced, request, id, requester) }
        case .scale(let app, let target): scale(app, target, request, id, requester)
        case .reset(let selections):
            select(selections, id) { supervisor, processes in
                for process in processes {
                    supervisor.on(process) { machine, _, _ in machine.reset() }
                }
                supervisor.answer(id, processes, .reset)
            }
        case .signal(let selections, let signal):
            select(selections, id) { $0.signal($1, signal, id, requester) }
        case .shutdown:
            beginShutdown(by: requester)
            answerWhenReached(id, request, goals: goneGoals(machines.map(\.id), .stopped), outcomes: [])
        }
    }

    // MARK: - Selections

    /// The processes that a selection names, by number; nothing for a selection that matches nothing.
    public func processes(matching selection: ProcessSelection) -> [Int] {
        let found = machines.filter { machine in
            let namespace = apps[machine.name.app]?.definition.namespace ?? "default"
            return selection.matches(machine.name, id: machine.id, namespace: namespace)
        }
        if found.isEmpty, case .name(let text) = selection {
            return processes(matching: .namespace(text))
        }
        return found.map(\.id)
    }

    /// Resolves selections to numbers, each once and ascending.
    ///
    /// - Throws: ``ControlFailure/unknownProcess(selection:suggestion:)`` for the first that matches nothing.
    public func processes(matching selections: [ProcessSelection]) throws(ControlFailure) -> [Int] {
        var found: Set<Int> = []
        for selection in selections {
            let matches = processes(matching: selection)
            guard !matches.isEmpty || selection == .all else {
                throw .unknownProcess(selection: "\(selection)", suggestion: nearestName(to: "\(selection)"))
            }
            found.formUnion(matches)
        }
        return found.sorted()
    }

    private mutating func select(
        _ selections: [ProcessSelection],
        _ id: RequestID,
        _ action: (inout Supervisor, [Int]) -> Void
    ) {
        do throws(ControlFailure) {
            action(&self, try processes(matching: selections))
        } catch {
            outbox.effects.append(.reply(id, .failure(error)))
        }
    }

    func nearestName(to text: String) -> String? {
        NearestName.find(text, among: appOrder.map(\.rawValue))
    }

    // MARK: - Actions

    private mutating func start(
        _ processes: [Int],
        _ request: ControlRequest,
        _ id: RequestID,
        _ requester: Requester
    ) {
        var goals: [Int: PendingRequests.Goal] = [:]
        var outcomes: [ProcessOutcome] = []
        let newRun = outbox.upcomingRun
        for process in processes {
            if let refusal = refusal(toLaunch: process) {
                outcomes.append(refusal)
                continue
            }
            let (goal, outcome) = startForAnswer(process, request, from: newRun, requester)
            goals[process] = goal
            outcomes += outcome.map { [$0] } ?? []
        }
        persist()
        answerWhenReached(id, request, goals: goals, outcomes: outcomes)
    }

    /// Starts a process, and says what the request has to wait for, or what it can be told at once.
    mutating func startForAnswer(
        _ process: Int,
        _ request: ControlRequest,
        from newRun: RunID,
        _ requester: Requester
    ) -> (PendingRequests.Goal?, ProcessOutcome?) {
        start(process, .requested(requester))
        guard let index = indices[process] else { return (nil, nil) }
        let machine = machines[index]
        var run = newRun
        if pendingStops[process] == nil {
            switch machine.state {
            case .online:
                guard request.waits, endOfTrial(machine) != nil else {
                    return (nil, outcome(machine, .alreadyRunning))
                }
                let run = machine.latestRun ?? newRun
                return (goal(machine, waits: true, from: run, .alreadyRunning), nil)
            case .launching:
                guard request.waits else { return (nil, outcome(machine, .alreadyRunning)) }
                run = machine.latestRun ?? newRun
            case .stopped, .waitingForDependencies, .stopping, .ending, .waitingRestart, .errored: break
            }
        }
        return (goal(machine, waits: request.waits, from: run, .started), nil)
    }

    private mutating func stop(
        _ processes: [Int],
        _ request: ControlRequest,
        _ id: RequestID,
        _ requester: Requester
    ) {
        var goals: [Int: PendingRequests.Goal] = [:]
        var outcomes: [ProcessOutcome] = []
        for process in processes {
            guard let index = indices[process] else { continue }
            let machine = machines[index]
            if case .stopped = machine.state {
                if case .relaunch = pendingStops[process]?.next {
                    setPendingStop(nil, of: process)
                }
                on(process) { machine, _, out in
                    machine.stop(.stopRequested(requester), then: .stay(.requested(requester)), &out)
                }
                outcomes.append(outcome(machine, .alreadyStopped))
            } else {
                goals[process] = PendingRequests.Goal(name: machine.name, target: .gone, result: .stopped)
            }
        }
        stop(goals.keys.sorted(), .stopRequested(requester)) { _ in .stay(.requested(requester)) }
        for process in processes {
            forgetWish(process)
        }
        persist()
        answerWhenReached(id, request, goals: goals, outcomes: outcomes)
    }

    /// Notes at once that a process is not wanted, also while its stop waits for its turn.
    mutating func forgetWish(_ process: Int) {
        on(process) { machine, _, _ in machine.wish(false) }
    }

    private mutating func restart(
        _ processes: [Int],
        _ request: ControlRequest,
        _ id: RequestID,
        _ requester: Requester
    ) {
        var goals: [Int: PendingRequests.Goal] = [:]
        let newRun = outbox.upcomingRun
        let refusals = processes.compactMap { refusal(toLaunch: $0) }
        let refused = Set(refusals.map(\.id))
        let launched = processes.filter { !refused.contains($0) }
        for process in launched {
            guard let index = indices[process] else { continue }
            goals[process] = goal(machines[index], waits: request.waits, from: newRun, .restarted)
        }
        relaunch(launched, .restartRequested(requester), .restartRequested(requester))
        persist()
        answerWhenReached(id, request, goals: goals, outcomes: refusals)
    }

    /// Why a process cannot be launched: nobody knows any more what it is.
    private func refusal(toLaunch process: Int) -> ProcessOutcome? {
        guard let index = indices[process], isDefinitionLost(machines[index].name.app) else { return nil }
        let reason = "its definition is gone; start it from its file again"
        return outcome(machines[index], .failed, reason)
    }

    /// Whether an app is only known by what still runs of it.
    func isDefinitionLost(_ app: AppName) -> Bool { apps[app]?.isDefinitionLost ?? false }

    /// Stops what runs and starts it again; starts what does not run.
    mutating func relaunch(_ processes: [Int], _ cause: EndCause, _ reason: LaunchReason) {
        for process in processes {
            on(process) { machine, _, _ in
                machine.forgive()
                machine.wish(true)
            }
        }
        let running = processes.filter { process in
            indices[process].map { machines[$0].state.run != nil } ?? false
        }
        stop(running, cause) { _ in .relaunch(reason) }
        // A relaunch waits for what it depends on as a start does, so it brings it up as a start does.
        if let requester = reason.requester {
            for process in running {
                guard let index = indices[process] else { continue }
                startDependencies(of: machines[index].name.app, requester)
            }
        }
        for process in processes where !running.contains(process) {
            start(process, reason)
        }
    }

    private mutating func delete(
        _ processes: [Int],
        isForced: Bool,
        _ request: ControlRequest,
        _ id: RequestID,
        _ requester: Requester
    ) {
        if !isForced, let (app, dependants) = neededApp(among: processes) {
            outbox.effects.append(.reply(id, .failure(.hasDependants(app: app, dependants: dependants))))
            return
        }
        stop(processes, .deleteRequested(requester)) { _ in .remove }
        for process in processes {
            forgetWish(process)
        }
        persist()
        answerWhenReached(id, request, goals: goneGoals(processes, .deleted), outcomes: [])
    }

    /// The first app that a deletion would leave nothing of while others that stay depend on it, and those.
    private func neededApp(among processes: [Int]) -> (app: AppName, dependants: [AppName])? {
        let deleted = Set(processes)
        func stays(_ app: AppName) -> Bool {
            instances(of: app).contains { index in
                let machine = machines[index]
                return !deleted.contains(machine.id) && pendingStops[machine.id]?.next != .remove
                    && !machine.isBeingRemoved
            }
        }
        for process in processes {
            guard let index = indices[process] else { continue }
            let app = machines[index].name.app
            guard !stays(app) else { continue }
            let dependants = dependants(of: app).filter(stays)
            if !dependants.isEmpty { return (app, dependants) }
        }
        return nil
    }

    private mutating func signal(
        _ processes: [Int],
        _ signal: UnixSignal,
        _ id: RequestID,
        _ requester: Requester
    ) {
        var outcomes: [ProcessOutcome] = []
        for process in processes {
            guard let index = indices[process] else { continue }
            let machine = machines[index]
            if let run = machine.state.run, run.pid != nil, !machine.hasEnded {
                on(process) { machine, _, out in machine.noteSignal(signal, requester, &out) }
                outbox.signal(run.id, signal, .main)
                outcomes.append(outcome(machine, .signaled, "\(signal)"))
            } else {
                outcomes.append(outcome(machine, .failed, "does not run"))
            }
        }
        outbox.effects.append(.reply(id, .outcomes(outcomes)))
    }

    // MARK: - Answers

    /// Writes the desired state down before any answer is given.
    mutating func persist() {
        outbox.effects.append(.persist)
    }

    func outcome(
        _ machine: ProcessStateMachine,
        _ result: ProcessOutcome.Result,
        _ message: String? = nil
    ) -> ProcessOutcome {
        ProcessOutcome(process: machine.name, id: machine.id, result: result, message: message)
    }

    func goal(
        _ machine: ProcessStateMachine,
        waits: Bool,
        from run: RunID,
        _ result: ProcessOutcome.Result
    ) -> PendingRequests.Goal {
        PendingRequests.Goal(
            name: machine.name,
            target: waits ? .online(run) : .launched(run),
            result: result
        )
    }

    func goneGoals(_ processes: [Int], _ result: ProcessOutcome.Result) -> [Int: PendingRequests.Goal] {
        var goals: [Int: PendingRequests.Goal] = [:]
        for process in processes {
            guard let index = indices[process] else { continue }
            goals[process] = PendingRequests.Goal(name: machines[index].name, target: .gone, result: result)
        }
        return goals
    }

    private mutating func answer(_ id: RequestID, _ processes: [Int], _ result: ProcessOutcome.Result) {
        let outcomes = processes.compactMap { process in
            indices[process].map { outcome(machines[$0], result) }
        }
        outbox.effects.append(.reply(id, .outcomes(outcomes)))
    }

    /// Answers now where nothing is open, otherwise when the last goal is reached or the deadline passes.
    mutating func answerWhenReached(
        _ id: RequestID,
        _ request: ControlRequest,
        goals: [Int: PendingRequests.Goal],
        outcomes: [ProcessOutcome]
    ) {
        let entry = PendingRequests.Entry(goals: goals, outcomes: outcomes)
        guard !goals.isEmpty else {
            outbox.effects.append(.reply(id, .outcomes(entry.sortedOutcomes)))
            return
        }
        requests.add(id, entry)
        outbox.arm(.request(id), after: request.timeout)
        changed.formUnion(goals.keys)
    }

    /// Answers requests whose goals the present event reached.
    mutating func answerReached() {
        guard !requests.entries.isEmpty else { return }
        // What waits may have nothing to wait for any more.
        for process in changed.union(waiting).sorted() {
            for (id, goal) in requests.goals(of: process) {
                guard let index = indices[process] else { continue }
                guard let outcome = reached(goal, machines[index], waitsForStop: pendingStops[process] != nil)
                else {
                    if let end = endOfTrial(machines[index]), let run = machines[index].state.run {
                        outbox.effects.append(.arm(.trial(run.id), at: end))
                    }
                    continue
                }
                guard let entry = requests.resolve(id, process, outcome) else { continue }
                outbox.disarm(.request(id))
                outbox.effects.append(.reply(id, .outcomes(entry.sortedOutcomes)))
            }
        }
    }

    /// The deadline of a request has passed.
    mutating func expire(_ id: RequestID) {
        guard let entry = requests.remove(id) else { return }
        let waiting = entry.goals.sorted { $0.key < $1.key }.map(\.value.name)
        outbox.effects.append(
            .reply(id, .failure(.timedOut(outcomes: entry.sortedOutcomes, waiting: waiting)))
        )
    }

    /// The client went away; what it asked for is done all the same.
    mutating func abandon(_ id: RequestID) {
        guard requests.remove(id) != nil else { return }
        outbox.disarm(.request(id))
    }
}

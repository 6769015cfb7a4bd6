public import Shared

/// All processes, all policy: takes an event and the time, returns effects.
///
/// Opens no file, reads no clock, draws no random number, starts no task. The daemon runs its effects; the simulator of the
/// tests runs them on virtual time. Requests are in `Supervisor+Requests.swift`, order and dependencies in
/// `Supervisor+Order.swift`, what others may read in `Supervisor+Snapshot.swift`.
public struct Supervisor: Sendable {
    /// An app and its processes.
    struct AppRecord: Sendable {
        // Boxed: it has 800 bytes, and a dictionary has room for up to twice as many as it holds.
        @Boxed var definition: AppDefinition
        /// Numbers of the processes, by instance.
        var processes: [Int] = []
        /// Whether the definition is a stand-in for one that was lost; never written down.
        var isDefinitionLost = false
    }

    /// A stop that waits for its turn.
    struct PendingStop: Hashable, Sendable {
        var cause: EndCause
        var next: AfterStop
    }

    var apps: [AppName: AppRecord] = [:]
    /// The apps in the order in which they were registered.
    var appOrder: [AppName] = []
    /// The processes by ascending number.
    var machines: [ProcessStateMachine] = []
    /// Where a process is in ``machines``.
    var indices: [Int: Int] = [:]
    /// Whose run it is.
    ///
    /// Only the present run of each process is here: what belongs to another one is ignored.
    var runs: [RunID: Int] = [:]
    var nextProcessID = 0
    /// Stops that wait until what depends on the process is gone.
    var pendingStops: [Int: PendingStop] = [:]
    /// Processes in ``ProcessState/waitingForDependencies(_:)``.
    var waiting: Set<Int> = []
    /// What each waiting process was last said to wait for.
    var saidWaits: [Int: [String]] = [:]
    /// Processes that the present event changed.
    var changed: Set<Int> = []
    /// Processes whose durable part changed since it was last written down.
    var dirty: Set<Int> = []
    var requests = PendingRequests()
    var outbox: Outbox
    var logAlerts = LogAlerts()
    var shutdownBy: Requester?
    /// Whether everything is being stopped for good.
    public var isShuttingDown: Bool { shutdownBy != nil }
    var hasFinishedShutdown = false
    /// Events that came for runs that are over.
    public private(set) var lateEvents = 0

    /// Makes a supervisor without apps.
    ///
    /// - Parameters:
    ///   - seed: The seed of the generator for jitter.
    ///   - firstRun: The number of the first run; higher than any that an earlier daemon gave out.
    public init(seed: UInt64, firstRun: UInt64) {
        outbox = Outbox(seed: seed, firstRun: firstRun)
    }

    /// Takes an event and decides what follows.
    ///
    /// - Parameters:
    ///   - event: What happened.
    ///   - now: When; never earlier than the call before.
    /// - Returns: What to do, in order.
    public mutating func handle(_ event: SupervisorEvent, at now: MonotonicInstant) -> [SupervisorEffect] {
        outbox.now = now
        switch event {
        case .request(let id, let request, let requester): accept(request, id, from: requester)
        case .requestAbandoned(let id): abandon(id)
        case .spawned(let run, let pid):
            onRun(run) { machine, app, out in machine.spawned(pid: pid, app, &out) }
        case .spawnFailed(let run, let failure):
            onRun(run) { machine, app, out in machine.spawnFailed(failure, app, &out) }
        case .exited(let run, let observation):
            onRun(run) { machine, app, out in machine.exited(observation, app, &out) }
        case .treeEmptied(let run):
            onRun(run) { machine, app, out in machine.treeEmptied(app, &out) }
        case .reported(let run, let report):
            onRun(run) { machine, app, out in machine.reported(report, app, &out) }
        case .sampled(let run, let sample):
            onRun(run) { machine, app, out in machine.sampled(sample, app, &out) }
        case .residentMeasured(let run, let resident):
            onRun(run) { machine, _, out in machine.reportMemory(resident: resident, &out) }
        case .timerFired(let timer): timerFired(timer)
        case .logNoticed(let process, let notice): tell(notice, of: process)
        case .restored(let restoration): restore(restoration)
        case .shutdownRequested(let requester): beginShutdown(by: requester)
        }
        settle()
        return outbox.take()
    }

    /// Tells of an upgrade of the daemon in place.
    ///
    /// - Parameters:
    ///   - kind: ``LifecycleNotice/Kind-swift.enum/upgraded(from:to:)`` or its failure.
    ///   - now: The present time.
    /// - Returns: What follows.
    public mutating func noteUpgrade(
        _ kind: LifecycleNotice.Kind,
        at now: MonotonicInstant
    ) -> [SupervisorEffect] {
        outbox.now = now
        outbox.publish(kind)
        return outbox.take()
    }

    private mutating func timerFired(_ timer: TimerID) {
        switch timer {
        case .readiness(let run), .stopStep(let run), .watchdog(let run), .trial(let run),
            .memorySample(let run), .memoryReport(let run):
            onRun(run) { machine, app, out in machine.timerFired(timer, app, &out) }
        case .restart(let process):
            on(process) { machine, app, out in machine.timerFired(timer, app, &out) }
        case .request(let id): expire(id)
        }
    }

    /// Publishes what happened to a log, once for each trouble; of a process that is there it is kept for `why`.
    private mutating func tell(_ notice: LogNotice, of process: Int?) {
        guard let told = logAlerts.admit(notice, at: outbox.now) else { return }
        guard let process, let index = indices[process] else {
            outbox.publish(.log(told))
            return
        }
        machines[index].note(.log(told), machines[index].state.run?.id, &outbox)
    }

    // MARK: - Changing one process

    /// Changes the process whose present run this is; counts and drops what is late.
    mutating func onRun(
        _ run: RunID,
        _ change: (inout ProcessStateMachine, AppDefinition, inout Outbox) -> Void
    ) {
        guard let process = runs[run] else {
            lateEvents += 1
            return
        }
        on(process, change)
    }

    /// Changes a process and notes what that means for the indices.
    mutating func on(
        _ process: Int,
        _ change: (inout ProcessStateMachine, AppDefinition, inout Outbox) -> Void
    ) {
        guard let index = indices[process], let app = apps[machines[index].name.app] else { return }
        let checkpoint = machines[index].checkpoint
        let before = machines[index].state.run?.id
        change(&machines[index], app.definition, &outbox)
        let machine = machines[index]
        let after = machine.state.run?.id
        if machine.checkpoint != checkpoint { dirty.insert(process) }
        if before != after {
            if let before { runs[before] = nil }
            if let after { runs[after] = process }
        }
        if case .waitingForDependencies = machine.state {
            waiting.insert(process)
        } else if waiting.remove(process) != nil {
            saidWaits[process] = nil
        }
        changed.insert(process)
    }

    // MARK: - Registering and forgetting

    /// Adds an app with all its instances, stopped.
    mutating func register(_ definition: AppDefinition) {
        apps[definition.name] = AppRecord(definition: definition)
        appOrder.append(definition.name)
        addInstances(of: definition.name, upTo: definition.instances)
    }

    /// Adds instances until there are `count`; returns the numbers of the new processes.
    @discardableResult
    mutating func addInstances(of app: AppName, upTo count: Int) -> [Int] {
        var added: [Int] = []
        let present = Set(instances(of: app).map { machines[$0].name.instance })
        for instance in 0..<max(0, count) where !present.contains(instance) {
            let id = nextProcessID
            nextProcessID += 1
            added.append(insertProcess(id: id, ProcessName(app: app, instance: instance)))
        }
        return added
    }

    /// Adds one process under a number; returns the number.
    mutating func insertProcess(id: Int, _ name: ProcessName) -> Int {
        nextProcessID = max(nextProcessID, id < .max ? id + 1 : id)
        var machine = ProcessStateMachine(id: id, name: name, isWanted: false, at: outbox.now)
        machine.note(.registered, nil, &outbox)
        indices[id] = machines.count
        machines.append(machine)
        let processes = (apps[name.app]?.processes ?? []) + [id]
        let sorted = processes.sorted { instanceNumber($0) < instanceNumber($1) }
        apps[name.app]?.processes = sorted
        changed.insert(id)
        dirty.insert(id)
        return id
    }

    private func instanceNumber(_ process: Int) -> Int {
        indices[process].map { machines[$0].name.instance } ?? .max
    }

    /// Forgets processes that ended for good; returns whether there was one.
    private mutating func forgetRemoved() -> Bool {
        let removed = changed.filter { id in indices[id].map { machines[$0].isRemoved } ?? false }
        guard !removed.isEmpty else { return false }
        for id in removed.sorted() {
            guard let index = indices[id] else { continue }
            let name = machines[index].name
            machines[index].note(.deleted, nil, &outbox)
            outbox.effects.append(.retire(process: id))
            let remaining = apps[name.app]?.processes.filter { $0 != id } ?? []
            apps[name.app]?.processes = remaining
            if remaining.isEmpty {
                apps[name.app] = nil
                appOrder.removeAll { $0 == name.app }
            }
            setPendingStop(nil, of: id)
            waiting.remove(id)
            saidWaits[id] = nil
        }
        machines.removeAll { removed.contains($0.id) }
        indices = Dictionary(uniqueKeysWithValues: machines.enumerated().map { ($1.id, $0) })
        requests.resolve(removed: removed) { outbox.effects.append($0) }
        return true
    }

    /// Where the processes of an app are in ``machines``.
    func instances(of app: AppName) -> [Int] {
        apps[app]?.processes.compactMap { indices[$0] } ?? []
    }

    // MARK: - Settling

    /// Lets everything follow that the event made possible: stops whose turn has come, launches whose dependencies are
    /// there, answers whose goals are reached, the end of a shutdown.
    private mutating func settle() {
        var goesOn = true
        while goesOn {
            goesOn = beginDueStops()
            goesOn = forgetRemoved() || goesOn
            goesOn = launchReady() || goesOn
        }
        answerReached()
        changed.removeAll(keepingCapacity: true)
        finishShutdownIfDone()
    }

    private mutating func finishShutdownIfDone() {
        guard shutdownBy != nil, !hasFinishedShutdown, pendingStops.isEmpty else { return }
        guard machines.allSatisfy({ $0.state.run == nil }) else { return }
        hasFinishedShutdown = true
        outbox.effects.append(.finishShutdown)
    }
}

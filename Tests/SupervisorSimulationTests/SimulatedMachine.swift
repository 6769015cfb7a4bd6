import Shared

@testable import SupervisorCore

/// A machine on virtual time: runs effects, plays the children and the clients, and lets the oracle watch.
///
/// Everything random comes from one seed, so that a seed is a whole history.
struct SimulatedMachine {
    /// Something that is going to happen.
    struct Planned {
        var at: MonotonicInstant
        var order: UInt64
        var happening: Happening
    }

    /// What can happen by itself.
    enum Happening {
        /// The main process of a run ends.
        case end(RunID, ProcessExit)
        /// What a run left behind is gone.
        case emptyTree(RunID)
        /// A process of a run says something.
        case report(RunID, WorkerReport)
        /// A client does something.
        case client
        /// A client goes away.
        case abandon(RequestID)
        /// The operator ends the day.
        case shutdown
    }

    var core: Supervisor
    var oracle = Oracle()
    var random: SplitMix64
    private(set) var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    private(set) var steps = 0
    var children: [RunID: SimulatedChild] = [:]
    /// Runs that are over; what still comes for them must be ignored.
    var finished: [RunID] = []
    var nextRequest: UInt64 = 1
    /// How much longer children asked to be given once the shutdown had begun.
    var extended: Duration = .zero
    /// Which spawns fail, counted from 0; `nil` leaves it to chance.
    var failsSpawn: ((Int) -> Bool)?
    private(set) var spawns = 0
    /// Whether children become ready, live on and end when they are asked to.
    var isWellBehaved = false
    /// The words of all notices so far.
    private(set) var words: Set<String> = []
    /// What the daemon wrote, for the one that comes after it.
    var disk = SimulatedDisk()
    /// In how many of 1000 events the daemon is killed.
    var mortality = 0
    /// How many daemons died so far.
    var deaths = 0
    private var planned: [Planned] = []
    private var nextOrder: UInt64 = 0
    private var nextPid: Int32 = 100
    private var history: [(MonotonicInstant, SupervisorEvent, [SupervisorEffect])] = []
    /// Events that the effects of the present one cause at once, as system calls do.
    private var immediate: [SupervisorEvent] = []
    private var nextImmediate = 0
    /// Reports that wait in sockets that somebody kept.
    private var waitingReports: [(RunID, WorkerReport)] = []

    init(seed: UInt64) {
        random = SplitMix64(state: seed)
        core = Supervisor(seed: seed, firstRun: 1)
    }

    // MARK: - Time

    /// Plans something.
    mutating func plan(_ happening: Happening, after wait: Duration) {
        planned.append(Planned(at: now + wait, order: nextOrder, happening: happening))
        nextOrder += 1
    }

    /// Lets the next thing happen; false when nothing is left.
    mutating func step() throws -> Bool {
        let index = planned.indices.min {
            (planned[$0].at, planned[$0].order) < (planned[$1].at, planned[$1].order)
        }
        let timer = oracle.timers.min { ($0.value.at, $0.value.order) < ($1.value.at, $1.value.order) }
        if let timer, index.map({ timer.value.at <= planned[$0].at }) ?? true {
            now = max(now, timer.value.at)
            try send(.timerFired(timer.key))
            return true
        }
        guard let index else { return false }
        let next = planned.remove(at: index)
        now = max(now, next.at)
        try happen(next.happening)
        return true
    }

    /// Lets everything happen that is due in a while.
    mutating func live(for duration: Duration) throws {
        let end = now + duration
        while let next = nextInstant, next <= end {
            guard try step() else { break }
        }
        now = max(now, end)
    }

    /// Lets time pass without a daemon: nothing is heard, no timer fires.
    mutating func liveWithoutDaemon(for duration: Duration) {
        let end = now + duration
        while let index = planned.indices.min(by: {
            (planned[$0].at, planned[$0].order) < (planned[$1].at, planned[$1].order)
        }), planned[index].at <= end {
            let next = planned.remove(at: index)
            now = max(now, next.at)
            switch next.happening {
            case .end(let run, let exit):
                guard children[run]?.isAlive == true else { break }
                children[run]?.isAlive = false
                children[run]?.ended = exit
            case .emptyTree(let run): children[run]?.stragglers = 0
            case .report(let run, let report):
                if children[run]?.isAlive == true, random.chance(50) { waitingReports.append((run, report)) }
            case .client: plan(.client, after: end - now + .milliseconds(1))
            case .abandon, .shutdown: break
            }
        }
        now = max(now, end)
    }

    private var nextInstant: MonotonicInstant? {
        let timer = oracle.timers.values.map(\.at).min()
        let happening = planned.map(\.at).min()
        return [timer, happening].compactMap { $0 }.min()
    }

    /// Asks the core as a client that stays.
    mutating func ask(_ action: ControlRequest.Action, waits: Bool) throws {
        let id = RequestID(rawValue: nextRequest)
        nextRequest += 1
        try send(.request(id, ControlRequest(action, waits: waits, timeout: .seconds(20)), from: .daemon))
    }

    private mutating func happen(_ happening: Happening) throws {
        switch happening {
        case .end(let run, let exit): try end(run, exit)
        case .emptyTree(let run):
            guard children[run] != nil else { return }
            children[run]?.stragglers = 0
            try send(.treeEmptied(run))
        case .report(let run, let report):
            if children[run]?.isAlive == true || random.chance(10) {
                try send(.reported(run, report))
            }
        case .client: try actAsClient()
        case .abandon(let id): try send(.requestAbandoned(id))
        case .shutdown: try send(.shutdownRequested(.daemon))
        }
    }

    /// The main process of a run ends.
    mutating func end(_ run: RunID, _ exit: ProcessExit) throws {
        guard let child = children[run], child.isAlive else { return }
        children[run]?.isAlive = false
        children[run]?.ended = exit
        try send(.exited(run, ExitObservation(exit: exit, stragglers: child.stragglers)))
    }

    // MARK: - The core

    /// Gives the core an event, checks what it answers, and carries it out.
    mutating func send(_ event: SupervisorEvent) throws {
        immediate.append(event)
        guard immediate.count == nextImmediate + 1 else { return }
        while nextImmediate < immediate.count {
            let event = immediate[nextImmediate]
            nextImmediate += 1
            steps += 1
            let isFatal = mortality > 0 && random.below(1000) < mortality
            let before = isFatal ? oracle : nil
            try oracle.note(event, core, at: now)
            let effects = core.handle(event, at: now)
            if history.count >= 100 { history.removeFirst(50) }
            history.append((now, event, effects))
            try oracle.check(effects, core, at: now)
            let death = isFatal ? random.below(effects.count + 2) : nil
            guard try carryOut(effects, diesAt: death) else {
                immediate.removeAll()
                nextImmediate = 0
                return try replaceDaemon(before)
            }
        }
        immediate.removeAll(keepingCapacity: true)
        nextImmediate = 0
        disk.flush()
        if disk.isOverdue { disk.rewrite(journalLines()) }
        oracle.observe(core)
    }

    /// Does what the daemon does with the effects of one event, as far as it comes; false when it died.
    private mutating func carryOut(_ effects: [SupervisorEffect], diesAt death: Int?) throws -> Bool {
        if effects.contains(where: \.isPersist) {
            disk.append(.begin(generation: disk.generation + 1))
        }
        for line in core.takeJournalLines() { disk.append(line) }
        var told: [RunID] = []
        for (index, effect) in effects.enumerated() {
            if index == death { return false }
            if effect.isIrreversible { disk.flush() }
            if effect.isPersist {
                if death != nil, random.chance(30) { return false }
                disk.save(core.desiredState)
                if death != nil, random.chance(30) { return false }
                disk.append(.done(generation: disk.generation))
            }
            if case .signal(let run, _, _) = effect { told.append(run) }
            try run(effect)
        }
        if death == effects.count { return false }
        for run in told {
            if let mark = core.stopMark(of: run) { disk.append(.told(run, mark)) }
        }
        return death == nil
    }

    /// Forgets what the dead daemon knew and gives its successor what waits in the sockets.
    mutating func takeWaitingReports() -> [(RunID, WorkerReport)] {
        defer { waitingReports = [] }
        return waitingReports
    }

    /// Notes a thing for people that read the trace.
    mutating func trace(_ event: SupervisorEvent, _ effects: [SupervisorEffect]) {
        history.append((now, event, effects))
    }

    private mutating func run(_ effect: SupervisorEffect) throws {
        switch effect {
        case .spawn(let run, let plan): try spawn(run, plan)
        case .signal(let run, let signal, let scope): deliver(signal, to: run, scope)
        case .release(let run):
            children[run] = nil
            finished.append(run)
        case .sampleMemory(let run):
            guard var child = children[run], child.isAlive else { break }
            child.memory = min(child.memory + child.growth, 400)
            children[run] = child
            let size = ByteCount.mebibytes(child.memory)
            immediate.append(.sampled(run, MemorySample(tree: size)))
        case .measureResident(let run):
            guard let child = children[run], child.isAlive else { break }
            immediate.append(.residentMeasured(run, .mebibytes(child.memory)))
        case .requestCleanup(let run):
            children[run]?.memory /= 2
        case .publish(let notice): words.insert(notice.kind.word)
        case .arm, .disarm, .reply, .persist, .retire, .finishShutdown: break
        }
    }

    private mutating func spawn(_ run: RunID, _ plan: LaunchPlan) throws {
        defer { spawns += 1 }
        if let other = children.first(where: {
            $0.value.process == plan.process && $0.value.forbidsSuccessor(of: plan.app)
        }) {
            throw Violation("\(plan.name) runs twice: \(other.key) is there, and \(run) is spawned")
        }
        var child = isWellBehaved ? SimulatedChild.wellBehaved : SimulatedChild(of: plan.app, &random)
        guard !(failsSpawn?(spawns) ?? child.failsToSpawn) else {
            let failure = SpawnFailure(
                stage: "clone",
                errorName: "EAGAIN",
                message: "cannot start \(plan.name)"
            )
            immediate.append(.spawnFailed(run, failure))
            return
        }
        nextPid &+= 1
        child.process = plan.process
        child.pid = nextPid
        child.includesTree = plan.app.stop.includesTree
        children[run] = child
        disk.append(
            .executed(
                ExecutedRun(run: run, pid: nextPid, startTicks: UInt64(nextPid), output: "1:2", error: nil)
            )
        )
        immediate.append(.spawned(run, pid: nextPid))
        child.script(run, &self)
    }

    private mutating func deliver(_ signal: UnixSignal, to run: RunID, _ scope: SignalScope) {
        guard let child = children[run] else { return }
        switch signal {
        case .kill:
            if child.isAlive {
                plan(.end(run, .signaled(.kill, coreDumped: false)), after: .milliseconds(child.deathDelay))
            }
            if scope == .tree, child.stragglers > 0 {
                if child.isAlive {
                    children[run]?.stragglers = 0
                } else {
                    plan(.emptyTree(run), after: .milliseconds(child.deathDelay))
                }
            }
        case .terminate:
            guard child.isAlive, !child.ignoresTerminate else { return }
            plan(.end(run, .exited(code: 0)), after: .milliseconds(child.politeDelay))
            if child.asksForMoreTime {
                var report = WorkerReport()
                report.isStopping = true
                report.extendsTimeout = .seconds(2)
                extended += .seconds(2)
                plan(.report(run, report), after: .milliseconds(1))
            }
        default: break
        }
    }

    // MARK: - Telling

    /// The last 50 steps, for people.
    var trace: String {
        history.suffix(50).map { at, event, effects in
            let lines = effects.map { "        \(Self.short($0))" }
            return (["\(Double(at.nanoseconds) / 1e9) s  \(Self.short(event))"] + lines).joined(
                separator: "\n"
            )
        }
        .joined(separator: "\n")
    }

    private static func short(_ event: SupervisorEvent) -> String {
        switch event {
        case .request(let id, let request, _):
            if case .apply(let definitions, let pruned) = request.action {
                return
                    "request \(id.rawValue): apply \(definitions.map(\.name)), pruned \(pruned ?? "nothing")"
            }
            return "request \(id.rawValue): \(request.action), waits: \(request.waits), \(request.timeout)"
        case .restored(let restoration):
            let fates = restoration.processes.sorted { $0.key < $1.key }.map { process, restored in
                "\(process): \(restored.checkpoint.state.word), \(restored.fate), told: \(restored.isTold)"
            }
            let wishes = restoration.desired.apps.flatMap(\.processes).map { "\($0.id): \($0.isWanted)" }
            return "ANOTHER DAEMON wants \(wishes), finds \(fates)"
        case .reported(let run, let report): return "reported \(run): ready \(report.isReady)"
        default: return "\(event)"
        }
    }

    private static func short(_ effect: SupervisorEffect) -> String {
        switch effect {
        case .spawn(let run, let plan): "spawn \(run) of \(plan.name) (\(plan.process))"
        case .publish(let notice): "\(notice.process.map { "\($0)" } ?? "daemon"): \(notice.kind.message)"
        default: "\(effect)"
        }
    }
}

extension SplitMix64 {
    /// A number below `bound`.
    mutating func below(_ bound: Int) -> Int {
        Int(next() % UInt64(max(1, bound)))
    }

    /// True in so many of 100 cases.
    mutating func chance(_ percent: Int) -> Bool {
        below(100) < percent
    }

    /// One of several.
    mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }
}

import Shared

@testable import SupervisorCore

/// A rule of the core that did not hold.
struct Violation: Error, CustomStringConvertible {
    /// Which rule, and how it was broken.
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Watches every event and effect, and knows nothing of how the core decides.
///
/// It keeps its own books of runs, timers, requests and wishes; the rules are those of section 6 of the architecture. What
/// looks into the core's state is in `Oracle+States.swift`.
struct Oracle {
    /// What the oracle knows of a run.
    struct RunBook {
        var process: Int
        var launchedAt: MonotonicInstant
        var isExecuted = false
        var hasMainEnded = false
        var isReleased = false
        /// Whether it was told to end.
        var isStopped = false
    }

    /// A timer that is armed.
    struct ArmedTimer {
        var at: MonotonicInstant
        /// Which of those at the same instant comes first.
        var order: Int
    }

    private(set) var runs: [RunID: RunBook] = [:]
    /// The run of each process that is not released.
    private(set) var present: [Int: RunID] = [:]
    private(set) var timers: [TimerID: ArmedTimer] = [:]
    private var nextTimer = 0
    /// Requests without an answer, with their deadline.
    private(set) var open: [RequestID: MonotonicInstant] = [:]
    private var closed: Set<RequestID> = []
    /// Processes that somebody stopped and nobody asked for since.
    private(set) var forbidden: Set<Int> = []
    /// Processes that somebody asked for by name and nobody stopped since.
    private(set) var askedFor: Set<Int> = []
    /// Short ends by themselves since somebody last intervened.
    private var shortEnds: [Int: [MonotonicInstant]] = [:]
    private(set) var isShuttingDown = false
    private(set) var hasFinishedShutdown = false
    private var newestRun: RunID?
    /// The most launches again that anybody was told of.
    private var counters: [Int: Int] = [:]
    private var lastSequence: UInt64 = 0

    // MARK: - Before an event

    /// Takes note of an event before the core sees it.
    mutating func note(_ event: SupervisorEvent, _ core: Supervisor, at now: MonotonicInstant) throws {
        switch event {
        case .request(let id, let request, _):
            guard open[id] == nil, !closed.contains(id) else { throw Violation("the simulator reused \(id)") }
            open[id] = now + request.timeout
            if !isShuttingDown {
                note(request.action, core)
            }
        case .requestAbandoned(let id):
            if open.removeValue(forKey: id) != nil {
                closed.insert(id)
            }
        case .spawned(let run, _): runs[run]?.isExecuted = true
        case .spawnFailed(let run, _):
            if let book = runs[run], !book.isReleased {
                noteEnd(run, core, at: now)
                runs[run]?.hasMainEnded = true
            }
        case .exited(let run, _):
            if let book = runs[run], !book.isReleased {
                noteEnd(run, core, at: now)
                runs[run]?.hasMainEnded = true
            }
        case .timerFired(let timer):
            timers[timer] = nil
        case .shutdownRequested: isShuttingDown = true
        case .treeEmptied, .reported, .sampled, .residentMeasured, .restored, .logNoticed: break
        }
    }

    private mutating func note(_ action: ControlRequest.Action, _ core: Supervisor) {
        switch action {
        case .start(let selections): ask(for: selections, core)
        case .restart(let selections): ask(for: selections, core)
        case .stop(let selections), .delete(let selections, _):
            if case .delete(_, isForced: false) = action, leavesDependants(selections, core) { return }
            guard let processes = try? core.processes(matching: selections) else { return }
            forbidden.formUnion(processes)
            askedFor.subtract(processes)
        case .apply(let definitions, _):
            for definition in definitions {
                intervene(withDependencies(of: definition.name, core, definitions))
            }
            askedFor.removeAll()
        case .scale(let app, _):
            intervene(withDependencies(of: app, core))
            askedFor.subtract(core.apps[app]?.processes ?? [])
        case .reset(let selections):
            for process in (try? core.processes(matching: selections)) ?? [] {
                shortEnds[process] = nil
                counters[process] = nil
            }
        case .signal: break
        case .shutdown: isShuttingDown = true
        }
    }

    /// Whether what the next daemon would find has an app that depends on one that it would not find.
    private func leavesDependants(_ selections: [ProcessSelection], _ core: Supervisor) -> Bool {
        guard let deleted = try? core.processes(matching: selections) else { return true }
        let apps = core.desiredState.apps
        let kept = apps.filter { app in !app.processes.allSatisfy { deleted.contains($0.id) } }
        let touched = Set(deleted.compactMap { core.indices[$0] }.map { core.machines[$0].name.app })
        let gone = touched.subtracting(kept.map(\.definition.name))
        return kept.contains { app in app.definition.dependencies.contains { gone.contains($0.app) } }
    }

    private mutating func ask(for selections: [ProcessSelection], _ core: Supervisor) {
        guard let selected = try? core.processes(matching: selections) else { return }
        // What was deleted before a daemon died cannot be launched any more, only ended.
        let processes = selected.filter { process in
            core.indices[process].map { !core.isDefinitionLost(core.machines[$0].name.app) } ?? false
        }
        for process in processes {
            guard let index = core.indices[process] else { continue }
            intervene(withDependencies(of: core.machines[index].name.app, core).subtracting(processes))
        }
        intervene(Set(processes))
        askedFor.formUnion(processes)
    }

    private mutating func intervene(_ processes: Set<Int>) {
        forbidden.subtract(processes)
        for process in processes {
            shortEnds[process] = nil
        }
    }

    private func withDependencies(
        of app: AppName,
        _ core: Supervisor,
        _ changed: [AppDefinition] = []
    ) -> Set<Int> {
        var found: Set<AppName> = []
        var next = [app]
        while let name = next.popLast() {
            guard found.insert(name).inserted else { continue }
            let definition = changed.first { $0.name == name } ?? core.apps[name]?.definition
            next += definition?.dependencies.map(\.app) ?? []
        }
        return Set(found.flatMap { core.apps[$0]?.processes ?? [] })
    }

    private mutating func noteEnd(_ run: RunID, _ core: Supervisor, at now: MonotonicInstant) {
        guard let book = runs[run], !book.isStopped, let index = core.indices[book.process] else { return }
        guard core.machines[index].state.isUp, core.pendingStops[book.process] == nil else { return }
        guard let app = core.apps[core.machines[index].name.app]?.definition else { return }
        if now - book.launchedAt < app.restart.minimumUptime || !book.isExecuted {
            shortEnds[book.process, default: []].append(now)
        }
    }

    // MARK: - After an event

    /// Holds the effects of an event against the rules.
    mutating func check(_ effects: [SupervisorEffect], _ core: Supervisor, at now: MonotonicInstant) throws {
        var releasedNow: [RunID] = []
        for effect in effects {
            switch effect {
            case .spawn(let run, let plan): try checkSpawn(run, plan, core, at: now)
            case .signal(let run, _, let scope): try checkSignal(run, scope)
            case .release(let run):
                guard let book = runs[run] else {
                    throw Violation("released \(run), which was never spawned")
                }
                guard !book.isReleased else { throw Violation("released \(run) twice") }
                guard book.hasMainEnded else {
                    throw Violation("released \(run) while its main process lives")
                }
                runs[run]?.isReleased = true
                present[book.process] = nil
                releasedNow.append(run)
            case .arm(let timer, let at): try checkArm(timer, at)
            case .disarm(let timer): timers[timer] = nil
            case .reply(let id, _):
                guard open.removeValue(forKey: id) != nil else {
                    throw Violation(closed.contains(id) ? "answered \(id) again" : "answered unknown \(id)")
                }
                closed.insert(id)
            case .publish(let notice):
                guard notice.sequence == lastSequence + 1 else {
                    throw Violation("notice \(notice.sequence)")
                }
                lastSequence = notice.sequence
            case .persist: break
            case .requestCleanup(let run), .sampleMemory(let run), .measureResident(let run):
                guard runs[run]?.isReleased == false else { throw Violation("asked released \(run)") }
            case .retire(let process):
                guard present[process] == nil else { throw Violation("retired \(process), which has a run") }
            case .finishShutdown:
                guard !hasFinishedShutdown else { throw Violation("finished the shutdown twice") }
                guard present.isEmpty else { throw Violation("finished the shutdown with runs \(present)") }
                guard open.isEmpty else { throw Violation("finished the shutdown without answering \(open)") }
                hasFinishedShutdown = true
            }
        }
        for run in releasedNow {
            if let left = timers.keys.first(where: { $0.run == run }) {
                throw Violation("\(left) outlives its run")
            }
        }
        for (id, deadline) in open where deadline < now {
            throw Violation("request \(id.rawValue) is past its deadline without an answer")
        }
        try checkStates(core, at: now)
        try checkCounters(core)
    }

    /// Notes what clients can see between two turns of the loop.
    mutating func observe(_ core: Supervisor) {
        for machine in core.machines { counters[machine.id] = machine.restarts }
    }

    /// Holds what clients saw against what they see now.
    func checkCounters(_ core: Supervisor) throws {
        for machine in core.machines {
            guard machine.restarts >= counters[machine.id] ?? 0 else {
                throw Violation(
                    "\(machine.name) had \(counters[machine.id] ?? 0) restarts and has \(machine.restarts)"
                )
            }
        }
    }

    // MARK: - The death of the daemon

    /// The number that the next daemon begins with.
    var nextRun: UInt64 { (newestRun?.rawValue ?? 0) + 1 }

    /// Nobody answers what was open, no timer is armed, and what runs has to be found.
    ///
    /// - Parameter before: What was known before an event of which nothing is left; `nil` when it is on record.
    mutating func daemonDied(goingBackTo before: Oracle?) {
        closed.formUnion(open.keys)
        open = [:]
        timers = [:]
        runs = [:]
        present = [:]
        lastSequence = 0
        isShuttingDown = false
        guard let before else { return }
        forbidden = before.forbidden
        askedFor = before.askedFor
        shortEnds = before.shortEnds
        counters = before.counters
    }

    /// The next daemon found a run.
    mutating func found(_ run: Run, of checkpoint: ProcessCheckpoint, _ fate: RunFate) {
        let hasEnded = if case .ended = fate { true } else { false }
        let isStopping = if case .stopping = checkpoint.state { true } else { false }
        runs[run.id] = RunBook(
            process: checkpoint.id,
            launchedAt: run.launchedAt,
            isExecuted: true,
            hasMainEnded: hasEnded,
            isReleased: false,
            isStopped: isStopping
        )
        present[checkpoint.id] = run.id
        newestRun = max(newestRun ?? run.id, run.id)
    }

    private mutating func checkSpawn(
        _ run: RunID,
        _ plan: LaunchPlan,
        _ core: Supervisor,
        at now: MonotonicInstant
    ) throws {
        guard run > newestRun ?? RunID(rawValue: 0) else { throw Violation("gave \(run) out again") }
        newestRun = run
        if let other = present[plan.process] {
            throw Violation("spawned \(plan.name) a second time: \(other) is not released")
        }
        guard !isShuttingDown else { throw Violation("spawned \(plan.name) during the shutdown") }
        guard !forbidden.contains(plan.process) else {
            throw Violation("spawned \(plan.name), which was stopped and not asked for since")
        }
        let policy = plan.app.restart
        let counted = (shortEnds[plan.process] ?? []).filter { now - $0 <= policy.window }
        if let limit = policy.maximumUnstableRuns, counted.count >= max(1, limit) {
            throw Violation("spawned \(plan.name) after \(counted.count) short runs of \(limit)")
        }
        try checkDependencies(of: plan.app, core)
        runs[run] = RunBook(process: plan.process, launchedAt: now)
        present[plan.process] = run
    }

    private mutating func checkSignal(_ run: RunID, _ scope: SignalScope) throws {
        guard let book = runs[run] else { throw Violation("signalled \(run), which was never spawned") }
        guard !book.isReleased else { throw Violation("signalled \(run) after its release") }
        guard book.isExecuted else { throw Violation("signalled \(run) before it was executed") }
        guard !book.hasMainEnded || scope == .tree else {
            throw Violation("signalled the main process of \(run), which has ended")
        }
        runs[run]?.isStopped = true
    }

    private mutating func checkArm(_ timer: TimerID, _ at: MonotonicInstant) throws {
        if let run = timer.run {
            guard runs[run]?.isReleased == false else {
                throw Violation("armed \(timer) for a run that is over")
            }
        }
        if case .request(let id) = timer {
            guard open[id] != nil else { throw Violation("armed \(timer) for an answered request") }
        }
        timers[timer] = ArmedTimer(at: at, order: nextTimer)
        nextTimer += 1
    }
}

extension TimerID {
    /// The run that the timer belongs to; `nil` where it belongs to none.
    var run: RunID? {
        switch self {
        case .readiness(let run), .stopStep(let run), .watchdog(let run), .trial(let run),
            .memorySample(let run), .memoryReport(let run):
            run
        case .restart, .request: nil
        }
    }
}

import Shared

@testable import SupervisorCore

/// Rules on the core's own state: nothing is stuck, nothing is left over.
extension Oracle {
    /// Holds the state of every process against what is known of runs and timers.
    func checkStates(_ core: Supervisor, at now: MonotonicInstant) throws {
        for machine in core.machines {
            try checkState(machine, core)
            if let run = machine.state.run {
                guard present[machine.id] == run.id else {
                    throw Violation("\(machine.name) is \(machine.state.word) with \(run.id), not its run")
                }
                guard core.runs[run.id] == machine.id else { throw Violation("\(run.id) cannot be found") }
            } else if let run = present[machine.id] {
                throw Violation("\(machine.name) is \(machine.state.word) and has \(run)")
            }
        }
        guard core.runs.count == present.count else { throw Violation("index of runs \(core.runs)") }
        for timer in timers.keys {
            switch timer {
            case .restart(let process):
                guard let index = core.indices[process],
                    case .waitingRestart = core.machines[index].state
                else { throw Violation("\(timer) is armed and nothing waits for it") }
            case .request(let id):
                guard open[id] != nil else { throw Violation("\(timer) is armed and nobody waits for it") }
            case .readiness, .stopStep, .watchdog, .trial, .memorySample, .memoryReport: break
            }
        }
        for id in open.keys where timers[.request(id)] == nil {
            throw Violation("request \(id.rawValue) has neither answer nor deadline")
        }
        guard Set(core.requests.entries.keys) == Set(open.keys) else {
            throw Violation(
                "pending requests \(core.requests.entries.keys) are not the open ones \(open.keys)"
            )
        }
        if core.shutdownBy != nil, core.pendingStops.isEmpty, present.isEmpty, !hasFinishedShutdown {
            throw Violation("everything has ended and the shutdown has not finished")
        }
    }

    /// Every state names the one thing that it waits for; that thing must be on its way.
    private func checkState(_ machine: ProcessStateMachine, _ core: Supervisor) throws {
        func requireTimer(_ timer: TimerID) throws {
            guard timers[timer] != nil else {
                throw Violation("\(machine.name) is \(machine.state.word) and \(timer) is not armed")
            }
        }
        switch machine.state {
        case .stopped, .errored: break
        case .waitingForDependencies:
            guard core.pendingStops[machine.id] == nil, core.shutdownBy == nil else { break }
            guard !core.unmetDependencies(of: machine.name.app).isEmpty else {
                throw Violation("\(machine.name) waits for nothing")
            }
        case .launching(let run):
            if run.pid != nil {
                try requireTimer(.readiness(run.id))
            }
        case .online(let run):
            // A run that waits for its replacement may be older than the watchdog.
            if core.apps[machine.name.app]?.definition.watchdog != nil, !machine.isOutdated {
                try requireTimer(.watchdog(run.id))
            }
            if core.apps[machine.name.app]?.definition.memory.isActive == true {
                try requireTimer(.memorySample(run.id))
            }
        case .stopping(let run, _, _, _):
            if run.pid != nil {
                try requireTimer(.stopStep(run.id))
            }
        case .ending(let run, _, _, _): try requireTimer(.stopStep(run.id))
        case .waitingRestart(let until, _):
            guard timers[.restart(process: machine.id)]?.at == until else {
                throw Violation("\(machine.name) restarts at \(until) and its timer says otherwise")
            }
        }
        if core.pendingStops[machine.id] != nil {
            try checkHeld(machine, core)
        }
    }

    /// A stop may wait for its turn only while something that depends on the process is on its way out.
    private func checkHeld(_ machine: ProcessStateMachine, _ core: Supervisor) throws {
        let isHeld = core.apps.values.contains { record in
            record.definition.dependencies.contains { $0.app == machine.name.app }
                && record.processes.contains { core.pendingStops[$0] != nil || present[$0] != nil }
        }
        guard isHeld else {
            throw Violation("the stop of \(machine.name) waits for nothing; pending \(core.pendingStops)")
        }
    }

    /// A dependant is launched only when what it depends on is there.
    func checkDependencies(of app: AppDefinition, _ core: Supervisor) throws {
        for dependency in app.dependencies {
            for process in core.apps[dependency.app]?.processes ?? [] {
                guard let index = core.indices[process] else { continue }
                let state = core.machines[index].state
                let isThere =
                    switch (dependency.condition, state) {
                    case (.started, .launching(let run)): run.pid != nil
                    case (.started, .online), (.ready, .online): true
                    case (.started, .stopped(.ended(let exit))), (.completed, .stopped(.ended(let exit))):
                        exit.isSuccess
                    default: false
                    }
                guard isThere else {
                    throw Violation(
                        "launched \(app.name) while \(core.machines[index].name) is \(state.word)"
                    )
                }
            }
        }
    }

    /// What should run is what was asked for last, and the next daemon finds it.
    func checkDesiredState(_ core: Supervisor, at now: MonotonicInstant) throws {
        for machine in core.machines {
            if forbidden.contains(machine.id), machine.isWanted {
                throw Violation("\(machine.name) is wanted although it was stopped")
            }
            if askedFor.contains(machine.id), !machine.isWanted {
                throw Violation("\(machine.name) is not wanted although it was asked for")
            }
        }
        let desired = core.desiredState
        var next = Supervisor(seed: 1, firstRun: 1)
        let effects = next.handle(.restored(Restoration(desired)), at: now)
        guard next.desiredState == desired else {
            throw Violation("the desired state does not survive a restore")
        }
        for effect in effects {
            if case .spawn(_, let plan) = effect {
                let entry = desired.apps.first { $0.definition.name == plan.name.app }
                let wish = entry?.processes.first { $0.id == plan.process }
                guard wish?.isWanted == true else {
                    throw Violation("restored \(plan.name), which is not wanted")
                }
            }
        }
    }
}

import Shared
import SupervisorCore

/// Longer stories, and looks behind.
extension Scene {
    /// A name for where a test needs any.
    var anyApp: AppName { app("any").name }

    /// Lets the newest spawn of a process fail.
    mutating func fail(_ name: String, errorName: String = "ENOENT") {
        guard let run = run(name) else { return }
        let message = "cannot execute /bin/\(name): no such file or directory"
        send(.spawnFailed(run, SpawnFailure(stage: "exec", errorName: errorName, message: message)))
    }

    /// Tells that nothing of the tree of the newest run is left.
    mutating func emptyTree(_ name: String) {
        guard let run = run(name) else { return }
        send(.treeEmptied(run))
    }

    /// Gives a measurement of the newest run.
    mutating func measure(_ name: String, tree: ByteCount) {
        guard let run = run(name) else { return }
        wait(.seconds(5))
        send(.sampled(run, MemorySample(tree: tree)))
    }

    /// Sends a report of the newest run.
    mutating func report(_ name: String, _ fill: (inout WorkerReport) -> Void) {
        guard let run = run(name) else { return }
        var report = WorkerReport()
        fill(&report)
        send(.reported(run, report))
    }

    /// What should run, by name.
    var wishes: [String: Bool] {
        var wishes: [String: Bool] = [:]
        for entry in supervisor.desiredState.apps {
            for process in entry.processes {
                wishes["\(ProcessName(app: entry.definition.name, instance: process.instance))"] =
                    process.isWanted
            }
        }
        return wishes
    }

    /// How many armed timers belong to the newest run of a process or to the process.
    func timersOf(_ name: String) -> Int {
        timers.keys.count { timer in
            switch timer {
            case .readiness(let run), .stopStep(let run), .watchdog(let run), .trial(let run),
                .memorySample(let run), .memoryReport(let run):
                run == self.run(name)
            case .restart(let process): process == id(name)
            case .request: false
            }
        }
    }

    /// Brings `api`, which depends on a ready `db`, into a named state.
    mutating func put(_ name: String, into state: String) {
        let database = app("db", readyWithin: .seconds(10))
        var policy = RestartPolicy()
        policy.maximumUnstableRuns = state == "errored" ? 1 : 16
        let api = app(name, needs: [("db", .ready)]) { $0.restart = policy }
        guard state != "waiting" else {
            ask(.apply([database, api], prunedSource: nil))
            return
        }
        guard state != "launching" else {
            bringUp(database)
            ask(.apply([api], prunedSource: nil))
            return
        }
        bringUp(database, api)
        switch state {
        case "backoff", "errored": exit(name, code: 1)
        case "stopping": ask(.stop(choose(name)))
        case "ending": exit(name, code: 1, stragglers: 1)
        case "stopped":
            ask(.stop(choose(name)))
            exit(name)
        default: break
        }
    }

    /// Ends whatever a process still has.
    mutating func letEnd(_ name: String) {
        for _ in 0..<3 {
            guard let state = status(name)?.state else { return }
            switch state {
            case .launching(let run) where run.pid == nil: execute(name)
            case .stopping(let run, _, _, _) where run.pid == nil: execute(name)
            case .stopping: exit(name)
            case .ending: emptyTree(name)
            case .stopped, .waitingForDependencies, .launching, .online, .waitingRestart, .errored: break
            }
        }
    }
}

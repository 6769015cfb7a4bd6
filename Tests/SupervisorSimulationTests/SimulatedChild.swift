import Shared

@testable import SupervisorCore

/// What a child is going to do, drawn when it is spawned.
struct SimulatedChild {
    /// The process it runs for, its number, and whether its tree belongs to it.
    var process = -1
    var pid: Int32 = 0
    var includesTree = true
    var isAlive = true
    /// How it ended.
    var ended: ProcessExit?
    /// Processes that it leaves behind.
    var stragglers = 0
    var failsToSpawn: Bool
    var ignoresTerminate: Bool
    var asksForMoreTime: Bool
    /// Milliseconds from SIGTERM to the end.
    var politeDelay: Int
    /// Milliseconds from SIGKILL to the end; long in uninterruptible sleep.
    var deathDelay: Int
    /// Milliseconds to `READY=1`; `nil` hangs.
    var readyAfter: Int?
    /// Milliseconds to an end by itself; `nil` lives on.
    var endsAfter: Int?
    var exit: ProcessExit
    /// Mebibytes now, and more of them with each sample.
    var memory: Int64 = 50
    var growth: Int64
    /// Whether it sends `WATCHDOG=1`, and its heap.
    var reports: Bool

    /// Whether a successor would be a second one; what a run leaves behind may stay where the app says so, by now or then.
    func forbidsSuccessor(of app: AppDefinition) -> Bool {
        isAlive || (stragglers > 0 && includesTree && app.stop.includesTree)
    }

    init(of app: AppDefinition, _ random: inout SplitMix64) {
        failsToSpawn = random.chance(8)
        ignoresTerminate = random.chance(15)
        asksForMoreTime = random.chance(8)
        politeDelay = random.below(300)
        deathDelay = random.chance(5) ? 7000 : random.below(20)
        readyAfter = random.chance(12) ? nil : random.below(1500)
        endsAfter = random.chance(45) ? random.below(random.chance(50) ? 400 : 8000) : nil
        exit =
            random.pick([
                .exited(code: 0), .exited(code: 1), .exited(code: 7), .signaled(.kill, coreDumped: false),
                .signaled(.segmentationFault, coreDumped: true), .unknown,
            ]) ?? .unknown
        stragglers = random.chance(20) ? 1 + random.below(3) : 0
        growth = random.chance(20) ? 60 : 0
        reports = random.chance(70)
    }

    private init() {
        failsToSpawn = false
        ignoresTerminate = false
        asksForMoreTime = false
        politeDelay = 5
        deathDelay = 1
        readyAfter = 10
        exit = .exited(code: 0)
        growth = 0
        reports = false
    }

    /// One that becomes ready, lives on and ends when it is asked to.
    static let wellBehaved = SimulatedChild()

    /// Plans what it does by itself.
    func script(_ run: RunID, _ machine: inout SimulatedMachine) {
        if let readyAfter {
            var report = WorkerReport()
            report.isReady = true
            report.heapUsed = reports ? .mebibytes(memory) : nil
            machine.plan(.report(run, report), after: .milliseconds(readyAfter))
        }
        if reports {
            for beat in 1...3 {
                var report = WorkerReport()
                report.isAlive = true
                report.heapUsed = .mebibytes(memory * Int64(beat))
                machine.plan(.report(run, report), after: .milliseconds(900 * beat))
            }
        }
        if let endsAfter {
            machine.plan(.end(run, exit), after: .milliseconds(endsAfter))
        }
    }
}

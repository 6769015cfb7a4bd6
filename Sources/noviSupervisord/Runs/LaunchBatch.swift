import LinuxSystem
import Shared
import SupervisorCore
import Synchronization

/// A run whose program is about to be executed.
struct PreparedLaunch {
    let run: RunID
    let plan: LaunchPlan
    let notify: NotifySocket?
    let group: ControlGroup?
    let prepared: Launcher.Prepared
}

/// Executes the programs of several runs at once.
///
/// Whoever clones waits until the child has executed its program, most of a millisecond: as many threads wait as there are
/// processors. They end with the batch, so that all children are the main thread's again.
struct LaunchBatch {
    /// A batch that is worth a thread.
    static let worthwhile = 3
    private static let maximumThreads = 4

    private final class Work: @unchecked Sendable {
        // Safe to share: each place is written by the one thread that took its number.
        let launches: [Launcher.Prepared]
        let results: UnsafeMutablePointer<Result<SpawnedProcess, SpawnError>?>
        private let next = Atomic<Int>(0)

        init(_ launches: [Launcher.Prepared]) {
            self.launches = launches
            results = .allocate(capacity: launches.count)
            results.initialize(repeating: nil, count: launches.count)
        }

        deinit {
            results.deinitialize(count: launches.count)
            results.deallocate()
        }

        func run() {
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < launches.count else { return }
                results[index] = Result { () throws(SpawnError) in try Launcher.execute(launches[index]) }
            }
        }
    }

    /// Executes programs.
    ///
    /// - Returns: What became of each, in their order.
    static func execute(_ launches: [Launcher.Prepared]) -> [Result<SpawnedProcess, SpawnError>] {
        let work = Work(launches)
        let helpers = launches.count < worthwhile ? 0 : min(processors, maximumThreads, launches.count) - 1
        let threads = (0..<helpers).map { _ in JoinableThread() }
        for thread in threads { thread.start { work.run() } }
        work.run()
        for thread in threads { thread.join() }
        return launches.indices.compactMap { work.results[$0] }
    }

    private static let processors = ProcFilesystem.processorCount()
}

extension SupervisorEffect {
    var isSpawn: Bool {
        if case .spawn = self { true } else { false }
    }

    /// Whether it needs the process of a run, or ends what was prepared for it.
    func concerns(_ launch: PreparedLaunch) -> Bool {
        switch self {
        case .signal(let run, _, _), .release(let run), .requestCleanup(let run), .sampleMemory(let run),
            .measureResident(let run):
            run == launch.run
        case .retire(let process): process == launch.plan.process
        case .finishShutdown: true
        case .spawn, .arm, .disarm, .reply, .publish, .persist: false
        }
    }
}

extension Daemon {
    /// Makes ready what a run needs; its program is executed with those of others (``launchPrepared()``).
    func prepareLaunch(_ run: RunID, _ plan: LaunchPlan) {
        do throws(SpawnFailure) {
            let slot = try slot(for: plan)
            let notify = makeNotifySocket(run, plan)
            let group = makeGroup(for: run, of: plan.name)
            do throws(SpawnFailure) {
                let prepared = try launcher.prepare(run, plan, slot, notify: notify, in: group)
                preparedLaunches.append(
                    PreparedLaunch(run: run, plan: plan, notify: notify, group: group, prepared: prepared)
                )
            } catch {
                try? group?.remove()
                throw error
            }
        } catch {
            followUps.append(.spawnFailed(run, error))
        }
    }

    /// Executes the programs of the runs that are ready.
    func launchPrepared() {
        guard !preparedLaunches.isEmpty else { return }
        let launches = preparedLaunches
        preparedLaunches = []
        journal.flush()
        let startedAt = now()
        let results = LaunchBatch.execute(launches.map(\.prepared))
        for (launch, result) in zip(launches, results) {
            switch result {
            case .success(let child):
                watch(child, launch, startedAt)
                followUps.append(.spawned(launch.run, pid: child.pid))
            case .failure(let error):
                try? launch.group?.remove()
                followUps.append(.spawnFailed(launch.run, launcher.failure(error, launch.plan.app)))
            }
        }
    }
}

public import Shared

/// All of one process that must outlive the daemon: where it is in its life, what was counted, what is still to come.
///
/// The daemon writes it to the run journal before it does what the same decision asks for, and the next one goes on from
/// it (``Restoration``). What is asked of the kernel or of the run itself again, such as its memory, is not in it.
public struct ProcessCheckpoint: Hashable, Sendable {
    /// The number of the process.
    public let id: Int
    /// The name of the process.
    public let name: ProcessName
    /// Where it is in its life.
    public var state: ProcessState
    /// Since when.
    public var since: MonotonicInstant
    /// How many times it was launched again.
    public var restarts: Int
    /// Failures that count.
    public var history: RestartHistory
    /// Its last ends, oldest first.
    public var exits: [ExitRecord]
    /// The newest run so far.
    public var latestRun: RunID?
    /// Whether the present run is to be replaced because its definition changed.
    public var isOutdated: Bool
    /// Whether the present wait to restart is the one that the limit on all starts asked for.
    public var hasStartReserved: Bool
    /// A stop that waits for its turn.
    var pendingStop: Supervisor.PendingStop?

    /// Whether the main process of the run had ended, while what it left behind was being ended.
    public var hasEnded: Bool {
        if case .ending = state { true } else { false }
    }

    /// The present run, or one that was about to be executed.
    public var run: Run? { state.run }
}

extension ProcessStateMachine {
    /// What must outlive the daemon.
    var checkpoint: ProcessCheckpoint {
        ProcessCheckpoint(
            id: id,
            name: name,
            state: state.durable,
            since: since,
            restarts: restarts,
            history: history,
            exits: exits,
            latestRun: latestRun,
            isOutdated: isOutdated,
            hasStartReserved: hasStartReserved
        )
    }
}

extension ProcessState {
    /// The state without what the run reports again and again.
    fileprivate var durable: ProcessState {
        switch self {
        case .launching(let run): .launching(run.durable)
        case .online(let run): .online(run.durable)
        case .stopping(let run, let sequence, let cause, let next):
            .stopping(run.durable, sequence, cause, then: next)
        case .ending(let run, let sequence, let ended, let next):
            .ending(run.durable, sequence, ended, then: next)
        case .stopped, .waitingForDependencies, .waitingRestart, .errored: self
        }
    }
}

extension Run {
    fileprivate var durable: Run {
        var run = Run(id: id, launchedAt: launchedAt, reason: reason, stop: stop)
        run.pid = pid
        run.readyBy = readyBy
        run.hasSaidReady = hasSaidReady
        run.isReadinessUncertain = isReadinessUncertain
        return run
    }
}

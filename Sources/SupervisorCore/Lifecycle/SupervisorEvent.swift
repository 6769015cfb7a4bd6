public import Shared

/// Everything that can happen to the core.
///
/// The daemon makes these of kernel readiness and of messages.
public enum SupervisorEvent: Sendable {
    /// A client asks for a change; it gets exactly one answer.
    case request(RequestID, ControlRequest, from: Requester)
    /// The client went away; nobody waits for the answer any more.
    case requestAbandoned(RequestID)
    /// The program of a run was executed.
    case spawned(RunID, pid: Int32)
    /// The program of a run could not be executed; there is no process.
    case spawnFailed(RunID, SpawnFailure)
    /// The main process of a run ended. It is not reaped yet.
    case exited(RunID, ExitObservation)
    /// No process of the run's tree is left.
    case treeEmptied(RunID)
    /// A timer that the core armed has come.
    case timerFired(TimerID)
    /// A process of the run sent a report.
    case reported(RunID, WorkerReport)
    /// A measurement that the core asked for.
    case sampled(RunID, MemorySample)
    /// Something happened to a log: of a process, by its number, or of nobody in particular.
    case logNoticed(process: Int?, LogNotice)
    /// The resident memory of the run's main process, which the core asked for; no limit is judged by it.
    case residentMeasured(RunID, ByteCount)
    /// What should run and what an earlier daemon left, once at the start.
    case restored(Restoration)
    /// A signal or the end of a container asks the daemon to stop everything; the second time it is urgent.
    case shutdownRequested(Requester)
}

/// The identity of one request of one client.
public struct RequestID: Hashable, Sendable {
    /// The number.
    public let rawValue: UInt64

    /// Makes an identity of its number.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

/// Why a program could not be executed.
public struct SpawnFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The step that failed, such as `exec`, `chdir`, `setuid`, `rlimit`, `clone`, `log file` or `listen`.
    public var stage: String
    /// The name of the error number, such as `ENOENT`.
    public var errorName: String
    /// What was attempted, on what, and why it failed.
    public var message: String

    /// Makes a failure of its parts.
    public init(stage: String, errorName: String, message: String) {
        self.stage = stage
        self.errorName = errorName
        self.message = message
    }

    /// The message.
    public var description: String { message }
}

/// What the daemon saw when the main process of a run ended.
public struct ExitObservation: Hashable, Sendable {
    /// How it ended.
    public var exit: ProcessExit
    /// How many processes of its tree are left.
    public var stragglers: Int
    /// Whether the kernel's count of OOM kills rose since the last look, which explains a SIGKILL.
    public var followsOOMKill: Bool

    /// Makes an observation.
    public init(exit: ProcessExit, stragglers: Int = 0, followsOOMKill: Bool = false) {
        self.exit = exit
        self.stragglers = stragglers
        self.followsOOMKill = followsOOMKill
    }
}

/// The memory of a run's process tree.
public struct MemorySample: Hashable, Sendable {
    /// Proportional set size where it was measured, otherwise resident size (M30).
    public var tree: ByteCount

    /// Makes a sample.
    public init(tree: ByteCount) {
        self.tree = tree
    }
}

/// Which wait a timer ends.
public enum TimerID: Hashable, Sendable {
    /// The time in which a run must become ready.
    case readiness(RunID)
    /// The next step of a stop sequence.
    case stopStep(RunID)
    /// The wait before the next launch of a process, by its number.
    case restart(process: Int)
    /// The longest silence of a run.
    case watchdog(RunID)
    /// The time that a run without readiness must live before those who wait are told that it is online.
    case trial(RunID)
    /// The next look at a run's memory.
    case memorySample(RunID)
    /// The next memory line of a run (row A1).
    case memoryReport(RunID)
    /// The deadline of a request.
    case request(RequestID)
}

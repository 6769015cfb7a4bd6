public import Shared

/// One thing that happened, for the journal, `events`, `why` and the log of the daemon.
public struct LifecycleNotice: Hashable, Sendable {
    /// Counts up from 1 for the life of the daemon.
    public var sequence: UInt64
    /// When it happened.
    public var at: MonotonicInstant
    /// The process it happened to; `nil` for the daemon itself.
    public var process: ProcessName?
    /// The number of the process.
    public var processID: Int?
    /// The run it happened to.
    public var run: RunID?
    /// What happened.
    public var kind: Kind

    /// What happened.
    public enum Kind: Hashable, Sendable {
        case registered
        case deleted
        case configurationChanged(fields: [String])
        case waitingForDependencies([String])
        case launched(pid: Int32, LaunchReason)
        case adopted(pid: Int32, age: Duration)
        case foundEnded
        case launchFailed(SpawnFailure)
        case online(after: Duration)
        case signaled(UnixSignal, Requester)
        case exited(ProcessExit, uptime: Duration, EndCause, followsOOMKill: Bool)
        case stragglersEnded(count: Int)
        case waitingToRestart(after: Duration, failures: Int, limit: Int?)
        case gaveUp(unstableRuns: Int, window: Duration)
        case stopping(EndCause)
        case killed(after: Duration)
        case unkillable
        case cleanupRequested(measured: ByteCount, limit: ByteCount)
        case memoryRestartsExhausted(MemoryVerdict, perHour: Int)
        case memoryReport(used: ByteCount, total: ByteCount, external: ByteCount, resident: ByteCount)
        case failureReported(errorNumber: Int32)
        case ignored(String)
        case shutdownBegan(Requester, urgent: Bool)
        case upgraded(from: String, to: String)
        case upgradeFailed(program: String?, reason: String)
        case log(LogNotice)
    }
}

/// Why a run was launched.
public enum LaunchReason: Hashable, Sendable {
    /// Somebody asked for a start.
    case requested(Requester)
    /// Somebody asked for a restart.
    case restartRequested(Requester)
    /// The definition changed.
    case configurationChanged(Requester)
    /// An app that depends on it was started.
    case neededBy(AppName, Requester)
    /// The run before ended by itself.
    case runEnded(ProcessExit)
    /// The run before could not be executed.
    case launchFailed
    /// The run before used too much memory.
    case memory(MemoryVerdict)
    /// The run before was not ready in time.
    case readinessTimeout
    /// The run before was silent too long.
    case watchdog
    /// The daemon started and found it in the desired state.
    case daemonStarted
}

/// Why a run ended.
public enum EndCause: Hashable, Sendable {
    /// Nobody asked for it.
    case itself
    /// Somebody asked for a stop.
    case stopRequested(Requester)
    /// Somebody asked for a restart.
    case restartRequested(Requester)
    /// Somebody deleted the process.
    case deleteRequested(Requester)
    /// Fewer instances were asked for.
    case scaledDown(Requester)
    /// The definition changed.
    case configurationChanged(Requester)
    /// Too much memory.
    case memory(MemoryVerdict)
    /// No `READY=1` in time.
    case readinessTimeout(Duration)
    /// No `WATCHDOG=1` in time.
    case watchdog(Duration)
    /// Somebody had it sent a signal a moment before.
    case signaled(UnixSignal, Requester)
    /// The daemon is shutting down.
    case shutdown(Requester)
}

/// What was measured, and against which limit.
public struct MemoryVerdict: Hashable, Sendable {
    /// What was measured.
    public enum Subject: String, Hashable, Sendable {
        case heap
        case tree
    }

    /// What was measured.
    public var subject: Subject
    /// The last measurement.
    public var measured: ByteCount
    /// The limit.
    public var limit: ByteCount

    /// Makes a verdict.
    public init(subject: Subject, measured: ByteCount, limit: ByteCount) {
        self.subject = subject
        self.measured = measured
        self.limit = limit
    }
}

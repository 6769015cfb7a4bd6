public import Shared

/// Everything that the core can ask for.
///
/// The daemon makes system calls and messages of these, in order.
public enum SupervisorEffect: Sendable {
    /// Execute a program; answered by `spawned` or `spawnFailed`.
    case spawn(RunID, LaunchPlan)
    /// Send a signal to the main process, or to the whole tree, of a run that lives or left processes behind.
    case signal(RunID, UnixSignal, SignalScope)
    /// The run is over: reap it, drain its output and forget it.
    case release(RunID)
    /// Fire a timer at an instant; a timer of the same name is replaced.
    case arm(TimerID, at: MonotonicInstant)
    /// Forget a timer.
    case disarm(TimerID)
    /// Answer a request.
    case reply(RequestID, ControlResponse)
    /// Tell the world.
    case publish(LifecycleNotice)
    /// Write the desired state to disk before anything else is said.
    case persist
    /// Ask the worker to give memory back.
    case requestCleanup(RunID)
    /// Measure the memory of a run; answered by `sampled`.
    case sampleMemory(RunID)
    /// Measure the resident memory of a run's main process for the memory line; answered by `residentMeasured`.
    case measureResident(RunID)
    /// A process was forgotten: close its sockets and log files.
    case retire(process: Int)
    /// Everything has ended.
    case finishShutdown
}

/// Who gets a signal.
public enum SignalScope: Hashable, Sendable {
    /// The main process alone.
    case main
    /// Every process of the tree.
    case tree
}

/// What is executed for one run.
public struct LaunchPlan: Sendable {
    /// The number of the process.
    public var process: Int
    /// The name of the process.
    public var name: ProcessName
    /// The app.
    public var app: AppDefinition
    /// How many times the process was launched again so far.
    public var restarts: Int

    /// Makes a plan.
    public init(process: Int, name: ProcessName, app: AppDefinition, restarts: Int) {
        self.process = process
        self.name = name
        self.app = app
        self.restarts = restarts
    }
}

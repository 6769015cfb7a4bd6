public import Shared

/// A change that a client asks for.
public struct ControlRequest: Sendable {
    /// What is asked.
    public enum Action: Sendable {
        /// Start known processes.
        case start([ProcessSelection])
        /// Take over definitions; apps of `prunedSource` that are not among them are deleted.
        case apply([AppDefinition], prunedSource: String?)
        /// Stop processes, dependants first.
        case stop([ProcessSelection])
        /// Stop and start processes.
        case restart([ProcessSelection])
        /// Stop processes and forget them; an app that others depend on only together with them, or by force.
        case delete([ProcessSelection], isForced: Bool = false)
        /// Change the number of instances.
        case scale(AppName, InstanceTarget)
        /// Forget restart counters and failures.
        case reset([ProcessSelection])
        /// Send a signal to main processes.
        case signal([ProcessSelection], UnixSignal)
        /// Stop everything, then the daemon.
        case shutdown
    }

    /// What is asked.
    public var action: Action
    /// Whether the answer waits until what was started is online.
    public var waits: Bool
    /// The time after which the answer comes in any case.
    public var timeout: Duration

    /// Makes a request.
    public init(_ action: Action, waits: Bool = false, timeout: Duration = .seconds(60)) {
        self.action = action
        self.waits = waits
        self.timeout = timeout
    }
}

/// How many instances are wanted.
public enum InstanceTarget: Hashable, Sendable {
    /// So many.
    case exactly(Int)
    /// So many more or, below zero, fewer.
    case change(Int)
}

/// The one answer to a request.
public enum ControlResponse: Hashable, Sendable {
    /// What became of each process.
    case outcomes([ProcessOutcome])
    /// The request as a whole could not be served.
    case failure(ControlFailure)
}

/// What became of one process.
public struct ProcessOutcome: Hashable, Sendable {
    /// The word for machines.
    public enum Result: String, Hashable, Sendable, CaseIterable {
        case started
        case alreadyRunning = "already_running"
        case stopped
        case alreadyStopped = "already_stopped"
        case restarted
        case deleted
        case signaled
        case reset
        case registered
        case unchanged
        case changed
        case waiting
        case failed
    }

    /// The process.
    public var process: ProcessName
    /// Its number.
    public var id: Int
    /// What became of it.
    public var result: Result
    /// More for people.
    public var message: String?

    /// Makes an outcome.
    public init(process: ProcessName, id: Int, result: Result, message: String? = nil) {
        self.process = process
        self.id = id
        self.result = result
        self.message = message
    }
}

/// Why a request as a whole could not be served.
public enum ControlFailure: Error, Hashable, Sendable {
    /// Nothing matches.
    case unknownProcess(selection: String, suggestion: String?)
    /// The deadline passed.
    case timedOut(outcomes: [ProcessOutcome], waiting: [ProcessName])
    /// The daemon takes no more work.
    case shuttingDown
    /// The app is not deleted, because others that stay depend on it.
    case hasDependants(app: AppName, dependants: [AppName])
    /// The request makes no sense.
    case invalidRequest(String)
}

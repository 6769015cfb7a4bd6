public import Shared

/// Where one process is in its life.
///
/// The words for people are PM2's (``ProcessState/word``).
public enum ProcessState: Hashable, Sendable {
    /// Nothing runs and nothing is planned.
    case stopped(StopReason)
    /// It should run and waits for what it depends on.
    case waitingForDependencies(LaunchReason)
    /// The program is being executed, or has not said yet that it is ready.
    case launching(Run)
    /// It runs.
    case online(Run)
    /// It was told to end.
    case stopping(Run, StopSequence, EndCause, then: AfterStop)
    /// Its main process has ended; what it left behind is being ended.
    case ending(Run, StopSequence, EndedRun, then: AfterStop)
    /// It ended and starts again later.
    case waitingRestart(until: MonotonicInstant, LaunchReason)
    /// It was given up.
    case errored(ErroredReason)

    /// The present run, from the wish to spawn it to its release.
    public var run: Run? {
        switch self {
        case .launching(let run), .online(let run), .stopping(let run, _, _, _), .ending(let run, _, _, _):
            run
        case .stopped, .waitingForDependencies, .waitingRestart, .errored: nil
        }
    }

    /// Whether a run is there that nobody has told to end.
    var isUp: Bool {
        switch self {
        case .launching, .online: true
        case .stopped, .waitingForDependencies, .stopping, .ending, .waitingRestart, .errored: false
        }
    }

    /// PM2's word for the state.
    public var word: String {
        switch self {
        case .stopped: "stopped"
        case .waitingForDependencies, .launching: "launching"
        case .online: "online"
        case .stopping, .ending: "stopping"
        case .waitingRestart: "waiting restart"
        case .errored: "errored"
        }
    }
}

/// One spawn of a process.
public struct Run: Hashable, Sendable {
    /// Its identity.
    public let id: RunID
    /// When the spawn was asked for.
    public let launchedAt: MonotonicInstant
    /// Why.
    public let reason: LaunchReason
    /// How it is stopped.
    public internal(set) var stop: StopPolicy
    /// The main process, once there is one.
    public var pid: Int32?
    /// Until when it must be ready; `nil` when nothing is awaited.
    public var readyBy: MonotonicInstant?
    /// What it last said of itself.
    public var statusText: String?
    /// The state of the link to WhatsApp that it last reported.
    public var whatsAppState: String?
    /// The heap that it last reported.
    public var heap: HeapReport?
    /// Its memory, judged sample by sample.
    public var memory = MemoryWatch()
    /// The signal that somebody last had it sent, by whom and when.
    public var sentSignal: SentSignal?
    /// Whether it has said `READY=1`.
    public var hasSaidReady = false
    /// Whether it may have said so while no daemon was there to hear it (M23).
    public var isReadinessUncertain = false

    /// Makes a run that has not been executed yet.
    public init(id: RunID, launchedAt: MonotonicInstant, reason: LaunchReason, stop: StopPolicy) {
        self.id = id
        self.launchedAt = launchedAt
        self.reason = reason
        self.stop = stop
    }
}

/// A signal that somebody had a run sent.
public struct SentSignal: Hashable, Sendable {
    /// The signal.
    public var signal: UnixSignal
    /// Who asked for it.
    public var requester: Requester
    /// When it was sent.
    public var at: MonotonicInstant

    /// How long after it an end counts as its consequence: a program that ends in order takes its time.
    static let consequence: Duration = .seconds(10)

    /// Whether an end is its doing: it kills by itself, or the program takes it for a wish to end.
    func explains(_ exit: ProcessExit, at now: MonotonicInstant) -> Bool {
        if case .signaled(signal, _) = exit { return true }
        let ends: Set<UnixSignal> = [.terminate, .interrupt, .quit, .hangUp, .kill]
        return ends.contains(signal) && now - at < Self.consequence
    }
}

/// The heap figures of a worker.
public struct HeapReport: Hashable, Sendable {
    /// Live heap.
    public var used: ByteCount
    /// Heap taken from the kernel; `nil` when not reported.
    public var total: ByteCount?
    /// Resident memory outside the heap; `nil` when not reported.
    public var external: ByteCount?
}

/// What is known of a run whose main process has ended.
public struct EndedRun: Hashable, Sendable {
    /// How it ended.
    public var observation: ExitObservation
    /// How long it lasted.
    public var uptime: Duration
    /// Why it ended.
    public var cause: EndCause
    /// Whether it had become ready, where readiness was awaited.
    public var wasReady = true
}

/// What follows a stop; the last wish wins.
public enum AfterStop: Hashable, Sendable {
    /// Stay stopped.
    case stay(StopReason)
    /// Start again at once.
    case relaunch(LaunchReason)
    /// Ask the restart policy, as after a crash.
    case judge(LaunchReason)
    /// Forget the process.
    case remove

    /// This wish after an earlier one: a stop does not undo a deletion, whose first half it is.
    func keepingRemoval(of earlier: AfterStop) -> AfterStop {
        if case .stay = self, case .remove = earlier { return .remove }
        return self
    }
}

/// Why a process was given up.
public struct ErroredReason: Hashable, Sendable {
    /// How many unstable runs there were.
    public var unstableRuns: Int
    /// The window in which they were counted.
    public var window: Duration
    /// What the last of them died of, for people.
    public var last: String
}

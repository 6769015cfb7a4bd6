public import Shared

/// The failures of one process that still count.
public struct RestartHistory: Hashable, Sendable {
    /// When unstable runs ended, oldest first, pruned to the window and bounded by ``maximumEntries``.
    private(set) var unstableEnds: [MonotonicInstant] = []
    /// Unstable runs since the last run that lasted ``Backoff/resetAfter``.
    public private(set) var consecutiveFailures = 0
    /// When memory restarts happened, oldest first, pruned to an hour.
    private(set) var memoryRestarts: [MonotonicInstant] = []

    /// The most entries kept: no policy may ask for more unstable runs than this.
    public static let maximumEntries = 1000

    /// How many of them a checkpoint keeps: a limit above this begins to count anew after the daemon's death.
    static let maximumCheckpointEntries = 256

    /// Makes a history without failures.
    public init() {}

    /// Goes on with a history of an earlier daemon.
    init(
        unstableEnds: [MonotonicInstant],
        consecutiveFailures: Int,
        memoryRestarts: [MonotonicInstant]
    ) {
        self.unstableEnds = unstableEnds
        self.consecutiveFailures = consecutiveFailures
        self.memoryRestarts = memoryRestarts
    }

    /// How many unstable runs ended within the window.
    public var unstableRuns: Int { unstableEnds.count }

    /// Notes that a run ended that nobody asked to end.
    public mutating func recordExit(uptime: Duration, policy: RestartPolicy, at now: MonotonicInstant) {
        if uptime >= policy.backoff.resetAfter {
            consecutiveFailures = 0
        }
        let horizon = now.nanoseconds - policy.window.wholeNanoseconds
        unstableEnds.removeAll { $0.nanoseconds < horizon }
        guard uptime < policy.minimumUptime else { return }
        consecutiveFailures += 1
        unstableEnds.append(now)
        if unstableEnds.count > Self.maximumEntries {
            unstableEnds.removeFirst()
        }
    }

    /// How many memory restarts happened in the hour before `now`.
    public func memoryRestarts(inTheHourBefore now: MonotonicInstant) -> Int {
        memoryRestarts.count { now - $0 < .seconds(3600) }
    }

    /// Notes a restart for memory.
    public mutating func recordMemoryRestart(at now: MonotonicInstant) {
        memoryRestarts.removeAll { now - $0 >= .seconds(3600) }
        memoryRestarts.append(now)
    }

    /// Forgets all failures, as after an operator's start, restart or reset.
    ///
    /// Memory restarts stay counted: they protect the machine, not the operator.
    public mutating func forgive() {
        unstableEnds.removeAll()
        consecutiveFailures = 0
    }
}

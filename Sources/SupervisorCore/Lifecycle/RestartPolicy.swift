public import Shared

/// What follows the end of a run that nobody asked for.
///
/// A run of at least ``minimumUptime`` is *stable*; the first restart after one is immediate. Unstable runs back off:
///
///     unstable runs in a row   1        2        5       8 and more
///     wait                     100 ms   200 ms   1.6 s   12.8 s, then 15 s
///
/// The row ends when a run lasts ``Backoff/resetAfter``. ``maximumUnstableRuns`` unstable runs within ``window`` end in
/// `errored`. (M29; spec/supervision.md, "Crash loop".)
public struct RestartPolicy: Hashable, Sendable {
    /// Whether an exit is followed by a restart at all (PM2's `autorestart`).
    public var isEnabled = true
    /// The uptime from which a run counts as stable.
    public var minimumUptime: Duration = .seconds(1)
    /// How many unstable runs within ``window`` end in `errored`; `nil` never gives up.
    public var maximumUnstableRuns: Int? = 16
    /// The sliding window over which unstable runs are counted.
    public var window: Duration = .seconds(600)
    /// A fixed wait before every restart (PM2's `restart_delay`), instead of ``backoff``; zero means none at all.
    public var fixedDelay: Duration?
    /// The growing wait between unstable runs.
    public var backoff = Backoff()
    /// Exit codes after which the process stays stopped (PM2's `stop_exit_codes`).
    public var stopExitCodes: Set<Int32> = []

    /// Makes the default policy.
    public init() {}

    /// Decides what follows `exit`.
    ///
    /// - Parameters:
    ///   - exit: How the run ended.
    ///   - uptime: How long it lasted.
    ///   - history: Earlier failures, this one already recorded.
    ///   - jitter: A number from 0 up to 1, drawn by the caller.
    /// - Returns: What to do.
    public func decision(
        after exit: ProcessExit,
        uptime: Duration,
        history: RestartHistory,
        jitter: Double
    ) -> RestartDecision {
        if case .exited(let code) = exit, code != 0, stopExitCodes.contains(code) {
            return .leaveStopped(.stopExitCode(code))
        }
        // A success that ends it is a completion, which others may wait for.
        guard isEnabled, !(exit.isSuccess && stopExitCodes.contains(0)) else {
            return .leaveStopped(.ended(exit))
        }
        if let limit = maximumUnstableRuns, history.unstableRuns >= limit, uptime < minimumUptime {
            return .giveUp
        }
        if let fixedDelay {
            return .restart(after: fixedDelay)
        }
        guard uptime < minimumUptime else { return .restart(after: .zero) }
        return .restart(after: backoff.delay(afterFailures: history.consecutiveFailures, jitter: jitter))
    }
}

/// What a ``RestartPolicy`` decided.
public enum RestartDecision: Hashable, Sendable {
    /// Start again after a wait.
    case restart(after: Duration)
    /// Leave it stopped.
    case leaveStopped(StopReason)
    /// Too many unstable runs: `errored`.
    case giveUp
}

/// A wait that grows with each failure in a row.
public struct Backoff: Hashable, Sendable {
    /// The wait after the first failure.
    public var initial: Duration = .milliseconds(100)
    /// What the wait is multiplied by for each further failure, at least 1.
    public var factor: Double = 2
    /// The longest wait.
    public var maximum: Duration = .seconds(15)
    /// How much a wait is shortened at random at the most: 0.1 for up to 10 %.
    public var jitter: Double = 0.1
    /// The uptime after which the row of failures is forgotten.
    public var resetAfter: Duration = .seconds(30)

    /// Makes the default backoff.
    public init() {}

    /// Computes `initial × factorⁿ⁻¹`, at most ``maximum``, less the random part.
    ///
    /// - Parameters:
    ///   - failures: Failures in a row, at least 1.
    ///   - draw: A number from 0 up to 1, drawn by the caller.
    /// - Returns: The wait.
    public func delay(afterFailures failures: Int, jitter draw: Double) -> Duration {
        var wait = Double(initial.wholeNanoseconds)
        let limit = Double(maximum.wholeNanoseconds)
        var remaining = failures - 1
        while remaining > 0, wait < limit, factor > 1 {
            wait *= factor
            remaining -= 1
        }
        wait = min(wait, limit) * (1 - jitter * draw)
        return .nanoseconds(Int64(exactly: wait.rounded(.down)) ?? .max)
    }
}

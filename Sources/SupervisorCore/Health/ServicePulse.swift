public import Shared

/// When the service manager hears that the loop is alive (`WATCHDOG=1`, sd_watchdog_enabled(3)).
///
/// A sign is due after a quarter of the time that it waits, whenever the loop turns anyway; the loop is woken for one only
/// after half of it.
public struct ServicePulse: Hashable, Sendable {
    /// The longest silence that the manager bears.
    public let patience: Duration
    private var last: MonotonicInstant

    /// Makes a pulse.
    ///
    /// - Parameters:
    ///   - patience: What `WATCHDOG_USEC` says.
    ///   - now: The present time; the manager counts from the start.
    public init(patience: Duration, at now: MonotonicInstant) {
        self.patience = patience
        last = now
    }

    /// Reads what a manager says to its service; `nil` when nobody waits for signs of life.
    ///
    /// - Parameters:
    ///   - microseconds: The value of `WATCHDOG_USEC`; `nil` where it is not set.
    ///   - watched: The value of `WATCHDOG_PID`; `nil` where it is not set.
    ///   - pid: Our own process id: a watchdog for somebody else is not for us.
    ///   - now: The present time.
    public init?(microseconds: String?, watched: String?, pid: Int32, at now: MonotonicInstant) {
        guard let number = microseconds.flatMap({ Int64($0) }), number > 0, number < .max / 1000 else {
            return nil
        }
        if let watched, Int32(watched) != pid { return nil }
        self.init(patience: .microseconds(number), at: now)
    }

    /// When the loop must turn for a sign.
    public var deadline: MonotonicInstant { last + patience / 2 }

    /// Whether a sign is due; if so it counts as given.
    public mutating func beats(at now: MonotonicInstant) -> Bool {
        guard now - last >= patience / 4 else { return false }
        last = now
        return true
    }
}

/// How much longer the service manager is asked to wait for an ordered stop (`EXTEND_TIMEOUT_USEC`, sd_notify(3)).
///
/// A stop may take as long as its deadlines say, and no longer: where none is pending the manager's own time-out counts.
public struct StopPatience: Hashable, Sendable {
    private var promised: MonotonicInstant

    /// How much longer than the next deadline the manager is asked to wait.
    public static let margin: Duration = .seconds(15)

    /// Begins with the manager's own patience.
    public init(at now: MonotonicInstant) {
        promised = now
    }

    /// What to ask for now.
    ///
    /// - Parameters:
    ///   - deadline: The next deadline of the stop; `nil` when nothing is pending.
    ///   - now: The present time.
    /// - Returns: How long the manager is asked to wait from now; `nil` when it waits long enough.
    public mutating func request(until deadline: MonotonicInstant?, at now: MonotonicInstant) -> Duration? {
        guard let deadline else { return nil }
        let wanted = deadline + Self.margin
        guard wanted > promised else { return nil }
        promised = wanted
        return wanted - now
    }
}

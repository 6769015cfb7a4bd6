import Shared

/// What one call of ``Supervisor/handle(_:at:)`` collects: the time, the effects, and the few things that are counted or
/// drawn.
struct Outbox: Sendable {
    /// The time of the event.
    var now = MonotonicInstant.zero
    /// The effects so far, in order.
    var effects: [SupervisorEffect] = []
    private var nextRun: UInt64
    private var nextSequence: UInt64 = 1
    private var random: SplitMix64
    private var budget = StartBudget()

    init(seed: UInt64, firstRun: UInt64) {
        nextRun = firstRun
        random = SplitMix64(state: seed)
    }

    /// The identity that the next run will get; every later run has one at least as high.
    var upcomingRun: RunID { RunID(rawValue: nextRun) }

    mutating func newRun() -> RunID {
        defer { nextRun &+= 1 }
        return RunID(rawValue: nextRun)
    }

    /// Makes sure that runs of an earlier daemon keep their identity.
    mutating func reserve(_ run: RunID) {
        nextRun = max(nextRun, run.rawValue &+ 1)
    }

    /// A number from 0 up to 1.
    mutating func jitter() -> Double {
        Double(random.next() >> 11) * 0x1p-53
    }

    /// The wait before an automatic start that is due now; zero unless too many are due at once.
    mutating func reserveStart() -> Duration {
        budget.reserve(at: now)
    }

    mutating func signal(_ run: RunID, _ signal: UnixSignal, _ scope: SignalScope) {
        effects.append(.signal(run, signal, scope))
    }

    mutating func arm(_ timer: TimerID, after wait: Duration) {
        effects.append(.arm(timer, at: now + wait))
    }

    mutating func disarm(_ timer: TimerID) {
        effects.append(.disarm(timer))
    }

    /// Publishes a notice and returns it.
    @discardableResult
    mutating func publish(
        _ kind: LifecycleNotice.Kind,
        process: ProcessName? = nil,
        id: Int? = nil,
        run: RunID? = nil
    ) -> LifecycleNotice {
        let notice = LifecycleNotice(
            sequence: nextSequence,
            at: now,
            process: process,
            processID: id,
            run: run,
            kind: kind
        )
        nextSequence += 1
        effects.append(.publish(notice))
        return notice
    }

    /// Hands the effects over and begins anew.
    mutating func take() -> [SupervisorEffect] {
        defer { effects = [] }
        return effects
    }
}

/// A small generator for jitter (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
struct SplitMix64: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A limit on automatic starts of all processes together: a storm of crashes must not take the machine (F33).
///
/// A burst of 256 goes through at once, so 100 children that die together start together; beyond it 64 a second.
struct StartBudget: Sendable {
    /// How many starts may come at once.
    static let burst: Int64 = 256
    /// The time between two starts once the burst is spent.
    static let interval: Int64 = 1_000_000_000 / 64

    /// When the burst would be whole again, in nanoseconds since boot (the generic cell rate algorithm).
    private var wholeAt: Int64 = 0

    /// Takes one start out of the budget and returns how long it has to wait.
    ///
    /// Only what is due now takes part: a start that is planned for later asks when its time has come.
    mutating func reserve(at now: MonotonicInstant) -> Duration {
        let granted = max(now.nanoseconds, wholeAt - Self.burst * Self.interval)
        wholeAt = max(wholeAt, now.nanoseconds) + Self.interval
        return .nanoseconds(granted - now.nanoseconds)
    }
}

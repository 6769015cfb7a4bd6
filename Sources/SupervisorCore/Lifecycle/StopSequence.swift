public import Shared

/// The steps by which a run is ended, as data: signals and waits, SIGKILL at the end.
///
///     SIGTERM, SIGCONT, wait kill_timeout, SIGKILL, wait 5 s, SIGKILL, wait 5 s, …
///
/// SIGCONT goes with the first signal so that a stopped process hears it (s6's rule). The sequence never runs dry: a
/// process in uninterruptible sleep is asked again until the kernel lets it go.
public struct StopSequence: Hashable, Sendable {
    /// One step.
    public enum Step: Hashable, Sendable {
        /// Send a signal to the scope of the sequence.
        case signal(UnixSignal)
        /// Wait for the end.
        case wait(Duration)
    }

    private var steps: [Step]
    /// How many steps were taken since the start, or since the rest of the policy's was dropped.
    private(set) var position = 0
    /// Who gets the signals.
    public let scope: SignalScope
    /// When the present wait ends; `nil` before the first one.
    var waitsUntil: MonotonicInstant?
    /// How many times SIGKILL was a step so far.
    public private(set) var kills = 0

    /// The wait after each SIGKILL.
    public static let killWait: Duration = .seconds(5)

    /// Makes the steps that a policy asks for.
    public init(_ policy: StopPolicy) {
        steps = [.signal(policy.signal), .signal(.continue), .wait(policy.killTimeout)]
        scope = policy.includesTree ? .tree : .main
    }

    private init(steps: [Step], scope: SignalScope) {
        self.steps = steps
        self.scope = scope
    }

    /// Goes on with a sequence of an earlier daemon.
    init(
        _ policy: StopPolicy,
        scope: SignalScope,
        isImmediate: Bool,
        position: Int,
        kills: Int,
        waitsUntil: MonotonicInstant?
    ) {
        self.init(steps: isImmediate ? [] : Self(policy).steps, scope: scope)
        self.position = position
        self.kills = kills
        self.waitsUntil = waitsUntil
    }

    /// Whether the polite steps were left out or dropped.
    var isImmediate: Bool { steps.isEmpty }

    /// Which signals were the last ones; two marks that differ are two rounds of signals.
    var mark: StopMark { StopMark(position: position, kills: kills) }

    /// Goes back before the last round of signals, which nobody sent.
    mutating func takeLastRoundBack() {
        waitsUntil = nil
        guard kills > 0 else {
            position = 0
            return
        }
        kills -= 1
        position = max(0, position - 2)
    }

    /// SIGKILL at once.
    public static func immediate(scope: SignalScope) -> StopSequence { StopSequence(steps: [], scope: scope) }

    /// The next step; after the last one of the policy SIGKILL and its wait in turn.
    public mutating func next() -> Step {
        if position < steps.count {
            defer { position += 1 }
            return steps[position]
        }
        let afterPolicy = position - steps.count
        position += 1
        guard afterPolicy.isMultiple(of: 2) else { return .wait(Self.killWait) }
        kills += 1
        return .signal(.kill)
    }

    /// Drops what is left of the policy's steps, so that SIGKILL is next.
    public mutating func hurry() {
        guard kills == 0 else { return }
        steps = []
        position = 0
    }
}

/// One round of signals of a stop, for the note that it was sent.
public struct StopMark: Hashable, Sendable {
    /// How many steps were taken.
    public var position: Int
    /// How many times SIGKILL was one of them.
    public var kills: Int

    /// Makes a mark.
    public init(position: Int, kills: Int) {
        self.position = position
        self.kills = kills
    }
}

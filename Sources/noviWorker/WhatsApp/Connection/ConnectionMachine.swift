import Shared

/// The connection to WhatsApp as a value: event and time in, actions out (spec E2).
///
///     stopped → starting → (qr ⇄ qr) → authenticating → syncing → ready
///     any of these ── transient ──→ reconnecting ── 30, 60, 120, 240, 300 s ± 20 % ──→ starting
///     any of these ── logged out ──→ logged_out: waits for a person (a QR code leads on)
///     any of these ── blocked ──→ blocked: left only by a new start
///     any of these ── second conflict, outdated ──→ failed: left only by a new start
///
/// Ten minutes of `ready` forget the failed attempts. An attempt that takes longer than its limit is given up, but not
/// while a QR code waits for a person. After 300 s without `ready` an alert tells so, and the recovery tells how long.
struct ConnectionMachine: Sendable {
    /// The times that the machine goes by.
    struct Timing: Equatable, Sendable {
        /// The wait before the first try, doubled for each further one.
        var firstRetry: Duration = .seconds(30)
        /// The longest wait.
        var longestRetry: Duration = .seconds(300)
        /// How much a wait differs at random, up and down.
        var jitter = 0.2
        /// How long `ready` must last to forget failed attempts.
        var stableTime: Duration = .seconds(600)
        /// The wait before the one retry after a conflict.
        var conflictRetry: Duration = .seconds(60)
        /// How long an attempt may take (whatsappTimeout: 30, 60 or 120 s).
        var attemptLimit: Duration
        /// How long the link may be down before an alert.
        var downAlert: Duration = .seconds(300)
    }

    /// Where the connection is.
    enum State: Equatable, Sendable {
        case stopped
        case starting
        case qr
        case authenticating
        case syncing
        case ready
        case reconnecting(attempt: Int, at: MonotonicInstant)
        case loggedOut
        case blocked
        case failed

        /// The word that the worker's socket tells.
        var word: String {
            switch self {
            case .stopped: "stopped"
            case .starting: "starting"
            case .qr: "qr"
            case .authenticating: "authenticating"
            case .syncing: "syncing"
            case .ready: "ready"
            case .reconnecting: "reconnecting"
            case .loggedOut: "logged_out"
            case .blocked: "blocked"
            case .failed: "failed"
            }
        }
    }

    /// What happens to it.
    enum Event: Equatable, Sendable {
        /// The worker starts, or an operator asks for a new try.
        case startRequested
        /// The worker stops.
        case stopRequested
        /// The provider shows a QR code.
        case qrShown
        /// The session was accepted.
        case authenticated
        /// Chats are being loaded.
        case syncing
        /// Messages flow.
        case ready
        /// The link ended, or an attempt failed.
        case disconnected(DisconnectReason)
        /// The stored session was refused.
        case authenticationFailed(String)
        /// A timer armed by an action came due.
        case timerFired(Timer)
    }

    /// The timers; each is armed at most once at a time.
    enum Timer: Hashable, CaseIterable, Sendable {
        case retry
        case attempt
        case down
    }

    /// What people are told.
    enum Alert: Equatable, Sendable {
        /// A person must scan a QR code or set a token.
        case loggedOut(String)
        /// WhatsApp refuses the account (P1).
        case blocked(String)
        /// Two programs use one number.
        case twoClients(String)
        /// The provider's program must be updated.
        case outdated(String)
        /// Not ready for `downAlert` (P1).
        case down(Duration)
        /// Ready again after an alert.
        case recovered(after: Duration)
    }

    /// What is to be done.
    enum Action: Equatable, Sendable {
        case openProvider
        case closeProvider
        case arm(Timer, at: MonotonicInstant)
        case disarm(Timer)
        case alert(Alert)
    }

    /// The present state.
    private(set) var state = State.stopped

    /// Tries since the link was stable, the present one included; 0 before the first failure.
    private(set) var failedAttempts = 0

    /// The last reason for an end.
    private(set) var lastReason: String?

    private let timing: Timing
    private var readySince: MonotonicInstant?
    private var downSince: MonotonicInstant?
    private var hadConflict = false
    private var toldDown = false

    /// Makes a machine that is stopped.
    init(timing: Timing) {
        self.timing = timing
    }

    /// Takes an event.
    ///
    /// - Parameters:
    ///   - event: What happened.
    ///   - now: When.
    ///   - generator: Where jitter comes from.
    /// - Returns: What is to be done, in order.
    mutating func handle(
        _ event: Event,
        at now: MonotonicInstant,
        using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        switch event {
        case .startRequested: start(at: now)
        case .stopRequested: stop()
        case .qrShown: progress(to: .qr, at: now)
        case .authenticated: progress(to: .authenticating, at: now)
        case .syncing: progress(to: .syncing, at: now)
        case .ready: becomeReady(at: now)
        case .authenticationFailed(let reason): end(.loggedOut(reason), at: now, using: &generator)
        case .disconnected(let reason): end(reason, at: now, using: &generator)
        case .timerFired(.retry): retry(at: now)
        case .timerFired(.attempt): attemptTookTooLong(at: now, using: &generator)
        case .timerFired(.down): tellDown(at: now)
        }
    }

    private mutating func start(at now: MonotonicInstant) -> [Action] {
        switch state {
        case .stopped, .loggedOut, .blocked, .failed:
            failedAttempts = 0
            hadConflict = false
            return open(at: now)
        case .reconnecting:
            return [.disarm(.retry)] + open(at: now)
        case .starting, .qr, .authenticating, .syncing, .ready:
            return []
        }
    }

    private mutating func stop() -> [Action] {
        guard state != .stopped else { return [] }
        state = .stopped
        readySince = nil
        downSince = nil
        toldDown = false
        return Timer.allCases.map { .disarm($0) } + [.closeProvider]
    }

    private mutating func open(at now: MonotonicInstant) -> [Action] {
        state = .starting
        return noteDown(at: now) + [.arm(.attempt, at: now + timing.attemptLimit), .openProvider]
    }

    /// The provider got further.
    ///
    /// Some providers come back by themselves, so this leads out of `reconnecting`, too.
    private mutating func progress(to new: State, at now: MonotonicInstant) -> [Action] {
        guard acceptsProgress else { return [] }
        let disarm: [Action] = if case .reconnecting = state { [.disarm(.retry)] } else { [] }
        let wasReady = state == .ready
        state = new
        if wasReady { readySince = nil }
        // A QR code waits for a person, who needs no limit.
        let limit: Action = new == .qr ? .disarm(.attempt) : .arm(.attempt, at: now + timing.attemptLimit)
        return disarm + noteDown(at: now) + [limit]
    }

    private var acceptsProgress: Bool {
        switch state {
        case .starting, .qr, .authenticating, .syncing, .ready, .reconnecting, .loggedOut: true
        case .stopped, .blocked, .failed: false
        }
    }

    private mutating func becomeReady(at now: MonotonicInstant) -> [Action] {
        guard acceptsProgress, state != .ready else { return [] }
        state = .ready
        readySince = now
        lastReason = nil
        var actions: [Action] = [.disarm(.retry), .disarm(.attempt), .disarm(.down)]
        if toldDown, let downSince { actions.append(.alert(.recovered(after: now - downSince))) }
        downSince = nil
        toldDown = false
        return actions
    }

    private mutating func end(
        _ reason: DisconnectReason,
        at now: MonotonicInstant,
        using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        switch state {
        case .stopped, .blocked, .failed: return []
        case .loggedOut:
            guard case .blocked = reason else { return [] }
        case .reconnecting:
            // Already waiting; only news that end the waiting count.
            if case .transient = reason { return [] }
            if case .conflict = reason { return [] }
        case .starting, .qr, .authenticating, .syncing, .ready: break
        }
        if let readySince, now - readySince >= timing.stableTime {
            failedAttempts = 0
            hadConflict = false
        }
        readySince = nil
        lastReason = reason.word
        let close: [Action] = [.disarm(.retry), .disarm(.attempt)] + noteDown(at: now) + [.closeProvider]
        switch reason {
        case .transient:
            return close + [wait(jittered(retryDelay, using: &generator), at: now)]
        case .conflict(let word):
            guard hadConflict else {
                hadConflict = true
                return close + [wait(timing.conflictRetry, at: now)]
            }
            state = .failed
            return close + [.alert(.twoClients(word))]
        case .loggedOut(let word):
            state = .loggedOut
            return close + [.alert(.loggedOut(word))]
        case .blocked(let word):
            state = .blocked
            return close + [.alert(.blocked(word))]
        case .outdated(let word):
            state = .failed
            return close + [.alert(.outdated(word))]
        }
    }

    private mutating func wait(_ delay: Duration, at now: MonotonicInstant) -> Action {
        failedAttempts += 1
        state = .reconnecting(attempt: failedAttempts, at: now + delay)
        return .arm(.retry, at: now + delay)
    }

    private mutating func retry(at now: MonotonicInstant) -> [Action] {
        guard case .reconnecting = state else { return [] }
        return open(at: now)
    }

    private mutating func attemptTookTooLong(
        at now: MonotonicInstant,
        using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        switch state {
        case .starting, .authenticating, .syncing:
            end(
                .transient("no link after \(timing.attemptLimit.wholeMilliseconds / 1000) s"),
                at: now,
                using: &generator
            )
        case .stopped, .qr, .ready, .reconnecting, .loggedOut, .blocked, .failed: []
        }
    }

    private mutating func noteDown(at now: MonotonicInstant) -> [Action] {
        guard downSince == nil else { return [] }
        downSince = now
        return [.arm(.down, at: now + timing.downAlert)]
    }

    private mutating func tellDown(at now: MonotonicInstant) -> [Action] {
        guard let downSince, !toldDown, state != .ready, state != .stopped else { return [] }
        toldDown = true
        return [.alert(.down(now - downSince))]
    }

    /// `firstRetry × 2ⁿ` after n failed attempts, at most `longestRetry`.
    private var retryDelay: Duration {
        timing.firstRetry.doubled(times: failedAttempts, atMost: timing.longestRetry)
    }

    private func jittered(_ delay: Duration, using generator: inout some RandomNumberGenerator) -> Duration {
        // One draw of 53 bits: the standard library's range would draw again and again from a generator of tests.
        let unit = Double(generator.next() >> 11) * 0x1p-53
        let factor = 1 + timing.jitter * (2 * unit - 1)
        let nanoseconds = Double(delay.wholeNanoseconds) * factor
        return min(.nanoseconds(Int64(nanoseconds)), timing.longestRetry)
    }
}

extension Duration {
    fileprivate func doubled(times: Int, atMost limit: Duration) -> Duration {
        var delay = self
        for _ in 0..<max(0, times) where delay < limit { delay *= 2 }
        return min(delay, limit)
    }
}

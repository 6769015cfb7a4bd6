public import Shared

/// When the next message may go out: 80 a second for the number, one every six seconds to a person with bursts of 45 that are
/// borrowed from the future (spec E3).
///
/// A generic cell rate algorithm: each sender has the time at which its credit is whole again, and nothing else is kept.
public struct SendPace: Sendable {
    /// The limits.
    public struct Rates: Hashable, Sendable {
        /// Messages a second from our number: 80, 1000 after an upgrade, 20 when it is in the app as well.
        public var numberPerSecond: Int
        /// The time between messages to one person.
        public var pairInterval: Duration
        /// How many messages may go to one person at once.
        public var pairBurst: Int

        /// Makes limits; Meta's usual ones unless given.
        public init(numberPerSecond: Int = 80, pairInterval: Duration = .seconds(6), pairBurst: Int = 45) {
            self.numberPerSecond = max(1, numberPerSecond)
            self.pairInterval = pairInterval
            self.pairBurst = max(1, pairBurst)
        }
    }

    private let rates: Rates
    private var numberFree = MonotonicInstant.zero
    private var numberHeldUntil = MonotonicInstant.zero
    private var pairs: [String: Pair] = [:]

    /// What is known of one recipient.
    private struct Pair {
        /// When its credit is whole again.
        var wholeAt: MonotonicInstant
        /// Until when nothing goes to it.
        var heldUntil: MonotonicInstant

        var forgottenAt: MonotonicInstant { max(wholeAt, heldUntil) }
    }

    /// Makes a pace.
    public init(rates: Rates = Rates()) {
        self.rates = rates
    }

    /// When the next message to a recipient may go out; `now` or earlier means at once.
    public func readyAt(_ recipient: String, now: MonotonicInstant) -> MonotonicInstant {
        var ready = max(now, max(numberFree, numberHeldUntil))
        guard let pair = pairs[recipient] else { return ready }
        let credit = rates.pairInterval * (rates.pairBurst - 1)
        ready = max(ready, pair.heldUntil)
        let borrowed = pair.wholeAt - now
        if borrowed > credit { ready = max(ready, now + (borrowed - credit)) }
        return ready
    }

    /// Takes the right to send one message now; `false` when it is too early.
    public mutating func take(_ recipient: String, now: MonotonicInstant) -> Bool {
        guard readyAt(recipient, now: now) <= now else { return false }
        numberFree = max(numberFree, now) + .nanoseconds(1_000_000_000 / rates.numberPerSecond)
        makeRoom(now)
        let pair = pairs[recipient]
        pairs[recipient] = Pair(
            wholeAt: max(pair?.wholeAt ?? now, now) + rates.pairInterval,
            heldUntil: pair?.heldUntil ?? .zero
        )
        return true
    }

    /// Lets nothing go to a recipient until an instant (131056).
    public mutating func hold(_ recipient: String, until instant: MonotonicInstant, now: MonotonicInstant) {
        makeRoom(now)
        var pair = pairs[recipient] ?? Pair(wholeAt: now, heldUntil: instant)
        pair.heldUntil = max(pair.heldUntil, instant)
        pairs[recipient] = pair
    }

    /// Lets nothing go to anybody until an instant (130429 and such).
    public mutating func holdAll(until instant: MonotonicInstant) {
        numberHeldUntil = max(numberHeldUntil, instant)
    }

    /// How many recipients are remembered.
    public var recipients: Int { pairs.count }

    /// Forgets recipients with whole credit; when all have borrowed, the one that is whole first.
    private mutating func makeRoom(_ now: MonotonicInstant) {
        guard pairs.count >= CloudLimits.pacedRecipients else { return }
        pairs = pairs.filter { $0.value.forgottenAt > now }
        guard pairs.count >= CloudLimits.pacedRecipients,
            let first = pairs.min(by: { $0.value.forgottenAt < $1.value.forgottenAt })
        else { return }
        pairs[first.key] = nil
    }
}

import Shared
import Synchronization

/// Addresses whose limit is used up, and until when.
///
/// What this process need not ask the database again. Bounded.
final class ShutBuckets: Sendable {
    private let buckets = Mutex(
        LeastRecentlyUsed<ContinuousClock.Instant, ContinuousClock.Instant>(capacity: 10_000)
    )

    /// How long a bucket stays shut, in whole seconds; `nil` when it is not known to be.
    func secondsLeft(of bucket: String, now: ContinuousClock.Instant = .now) -> Int? {
        buckets.withLock { $0.value(of: bucket, at: now) }.map {
            Int(now.duration(to: $0).components.seconds) + 1
        }
    }

    /// Notes that a bucket is used up for so many seconds.
    func note(_ bucket: String, seconds: Int, now: ContinuousClock.Instant = .now) {
        let end = now + .seconds(seconds)
        buckets.withLock { $0.set(bucket, end, until: end) }
    }
}

import Dispatch
import Shared

/// The one timer of a pool.
///
/// Unchecked: a dispatch source's calls are safe on any thread (dispatch(3)), although its type does not say so.
final class PoolTimer: @unchecked Sendable {
    private let source: any DispatchSourceTimer

    init(queue: DispatchQueue) {
        source = DispatchSource.makeTimerSource(queue: queue)
        source.schedule(deadline: .distantFuture)
    }

    deinit { source.cancel() }

    /// Says what happens when it rings; once, before the first use.
    func onRing(_ action: @escaping @Sendable () -> Void) {
        source.setEventHandler(handler: action)
        source.activate()
    }

    /// Lets it ring at a time, and not at the one set before.
    func arm(_ time: ContinuousClock.Instant) {
        let wait = max(.zero, time - .now)
        source.schedule(
            deadline: .now() + .nanoseconds(Int(clamping: wait.wholeNanoseconds)),
            leeway: .milliseconds(1)
        )
    }

    /// Lets it never ring again.
    func cancel() {
        source.cancel()
    }
}

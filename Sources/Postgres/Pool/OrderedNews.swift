import Synchronization

/// Tells what becomes known under a lock, outside of it and in its order, one after the other.
///
/// Two threads that each change a state and then tell of it could tell in the wrong order, and who listens would believe the older
/// state for ever.
public final class OrderedNews<News: Sendable>: Sendable {
    private struct State {
        var waiting: [News] = []
        var isTelling = false
    }

    private let state = Mutex(State())
    private let tell: @Sendable (News) -> Void

    /// Makes a line that nothing waits in.
    ///
    /// - Parameter tell: Is called with one after the other, on the thread of whoever calls ``deliver()``.
    public init(_ tell: @escaping @Sendable (News) -> Void) {
        self.tell = tell
    }

    /// Puts news at the end of the line; to be called under the lock that orders them.
    public func add(_ news: News) {
        state.withLock { $0.waiting.append(news) }
    }

    /// Tells what waits, unless another thread does so already; to be called outside that lock.
    public func deliver() {
        var isFirst = true
        while let next = next(isFirst) {
            isFirst = false
            tell(next)
        }
    }

    private func next(_ isFirst: Bool) -> News? {
        state.withLock { state in
            if isFirst {
                guard !state.isTelling else { return nil }
                state.isTelling = true
            }
            guard !state.waiting.isEmpty else {
                state.isTelling = false
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}

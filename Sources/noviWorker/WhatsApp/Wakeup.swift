import Synchronization

/// Wakes one who waits; raised while nobody waits, it is kept for the next wait.
final class Wakeup: Sendable {
    private struct State {
        var isRaised = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Wakes everybody who waits.
    func raise() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isRaised = state.waiting.isEmpty
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until it is raised, at most so long.
    func wait(atMost limit: Duration) async {
        let timer = Task {
            try? await Task.sleep(for: limit)
            if !Task.isCancelled { raise() }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isRaised = state.withLock { state in
                    if state.isRaised || Task.isCancelled {
                        state.isRaised = false
                        return true
                    }
                    state.waiting.append(continuation)
                    return false
                }
                if isRaised { continuation.resume() }
            }
        } onCancel: {
            raise()
        }
        timer.cancel()
    }
}

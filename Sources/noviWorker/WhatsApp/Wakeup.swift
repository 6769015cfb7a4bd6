import Synchronization

/// Wakes one who waits; raised while nobody waits, it is kept for the next wait.
///
/// All waits share one timer, set for the earliest: most of them end long before their limit.
final class Wakeup: Sendable {
    private struct Waiting {
        let continuation: CheckedContinuation<Void, Never>
        let limit: ContinuousClock.Instant
    }

    private struct State {
        var isRaised = false
        var waiting: [Waiting] = []
        var timer: Task<Void, Never>?
        var timerTime: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    deinit { state.withLock { $0.timer?.cancel() } }

    /// Wakes everybody who waits.
    func raise() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isRaised = state.waiting.isEmpty
            return state.waiting
        }
        for one in waiting { one.continuation.resume() }
    }

    /// Waits until it is raised, at most so long.
    func wait(atMost limit: Duration) async {
        let limit = ContinuousClock.now + limit
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isRaised = state.withLock { state in
                    if state.isRaised || Task.isCancelled {
                        state.isRaised = false
                        return true
                    }
                    state.waiting.append(Waiting(continuation: continuation, limit: limit))
                    arm(limit, &state)
                    return false
                }
                if isRaised { continuation.resume() }
            }
        } onCancel: {
            raise()
        }
    }

    private func arm(_ time: ContinuousClock.Instant, _ state: inout State) {
        if let timerTime = state.timerTime, timerTime <= time { return }
        state.timer?.cancel()
        state.timerTime = time
        state.timer = Task { [weak self] in
            try? await Task.sleep(until: time, clock: .continuous)
            if !Task.isCancelled { self?.ring() }
        }
    }

    /// Wakes everybody when somebody's time is over, and sees to those whose is not.
    private func ring() {
        let isOver = state.withLock { state in
            state.timer = nil
            state.timerTime = nil
            guard let earliest = state.waiting.map(\.limit).min() else { return false }
            guard earliest > .now else { return true }
            arm(earliest, &state)
            return false
        }
        if isOver { raise() }
    }
}

import Synchronization

@testable import noviWorker

/// Keeps what a provider gives, and fails as often as it is told.
final class NotedIntake: MessageIntake {
    struct Refusal: Error {}

    private struct State {
        var batches: [([InboundMessage], [MessageStatus])] = []
        var failures = 0
        var attempts = 0
    }

    private let state = Mutex(State())

    /// Has the next attempts fail.
    func fail(_ times: Int) { state.withLock { $0.failures = times } }

    func take(_ messages: [InboundMessage], _ statuses: [MessageStatus]) async throws {
        let fails = state.withLock { state in
            state.attempts += 1
            if state.failures > 0 {
                state.failures -= 1
                return true
            }
            state.batches.append((messages, statuses))
            return false
        }
        if fails { throw Refusal() }
    }

    /// Each successful call.
    var batches: [([InboundMessage], [MessageStatus])] { state.withLock { $0.batches } }
    var messages: [InboundMessage] { batches.flatMap(\.0) }
    var statuses: [MessageStatus] { batches.flatMap(\.1) }
    var attempts: Int { state.withLock { $0.attempts } }

    /// Waits until something holds.
    func wait(until holds: @Sendable (NotedIntake) -> Bool) async throws {
        while !holds(self) { try await Task.sleep(for: .milliseconds(10)) }
    }
}

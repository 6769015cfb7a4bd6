import Shared
import Synchronization

/// Messages that the child has and has not answered for yet.
final class ChildSends: Sendable {
    private struct Wait {
        var continuation: CheckedContinuation<SendOutcome, Never>
        var limit: Task<Void, Never>
    }

    private struct State {
        var waits: [String: Wait] = [:]
        var end: SendOutcome?
    }

    private let state = Mutex(State())

    /// Waits for the answer to a message.
    ///
    /// - Parameters:
    ///   - id: The message's id.
    ///   - limit: After so long nobody knows what became of it.
    ///   - begin: Gives it to the child; `false` when that is impossible now.
    /// - Returns: What the child answered, or that it is not known.
    func outcome(of id: String, limit: Duration, begin: @Sendable () -> Bool) async -> SendOutcome {
        await withCheckedContinuation { continuation in
            let refusal: SendOutcome? = state.withLock { state in
                if let end = state.end { return end }
                guard state.waits[id] == nil else {
                    return .retry(SendProblem(detail: "the same message is being sent already"), hold: .chat)
                }
                let timer = Task {
                    try? await Task.sleep(for: limit)
                    guard !Task.isCancelled else { return }
                    let detail = "no answer from the child within \(limit.wholeMilliseconds) ms"
                    self.resolve(id, .unknown(SendProblem(detail: detail)))
                }
                state.waits[id] = Wait(continuation: continuation, limit: timer)
                return nil
            }
            if let refusal {
                continuation.resume(returning: refusal)
            } else if !begin() {
                let problem = SendProblem(detail: "the child does not read what it is told")
                resolve(id, .retry(problem, hold: .account))
            }
        }
    }

    /// Answers for a message; `false` when nobody waits for it any more.
    @discardableResult
    func resolve(_ id: String, _ outcome: SendOutcome) -> Bool {
        guard let wait = state.withLock({ $0.waits.removeValue(forKey: id) }) else { return false }
        wait.limit.cancel()
        wait.continuation.resume(returning: outcome)
        return true
    }

    /// Answers for all that wait, and from now on for each at once.
    func end(waiting: SendOutcome, later: SendOutcome) {
        let waits = state.withLock { state in
            defer { state.waits = [:] }
            state.end = later
            return Array(state.waits.values)
        }
        for wait in waits {
            wait.limit.cancel()
            wait.continuation.resume(returning: waiting)
        }
    }
}

import Shared
import Synchronization

/// The tails that were asked for lately: a page asks the same every two seconds.
final class LogTails: Sendable {
    private struct Kept {
        var tail: LogTail
        var asked: ContinuousClock.Instant
    }

    private struct State {
        var kept: [Kept] = []
        var isSweeping = false
    }

    private let state = Mutex(State())

    /// The tail for a question, one that was kept if it is of the same files.
    func tail(of files: JSONObject, _ question: LogQuestion) -> LogTail {
        let (tail, begins) = state.withLock { state in
            let now = ContinuousClock.now
            var tail = LogTail(of: files, question)
            if let index = state.kept.firstIndex(where: { $0.tail.question == question }) {
                let kept = state.kept.remove(at: index).tail
                if kept.answer == files { tail = kept }
            }
            state.kept.append(Kept(tail: tail, asked: now))
            if state.kept.count > Limits.logTails { state.kept.removeFirst() }
            defer { state.isSweeping = true }
            return (tail, !state.isSweeping)
        }
        if begins { Task { await sweep() } }
        return tail
    }

    /// Forgets a tail that could not be read.
    func forget(_ tail: LogTail) {
        state.withLock { state in state.kept.removeAll { $0.tail === tail } }
    }

    /// Lets go of files and lines that nobody asks for any more.
    private func sweep() async {
        while true {
            try? await Task.sleep(for: Limits.logTailRest)
            let isDone = state.withLock { state in
                let now = ContinuousClock.now
                state.kept.removeAll { now - $0.asked >= Limits.logTailRest }
                state.isSweeping = !state.kept.isEmpty
                return state.kept.isEmpty
            }
            if isDone { return }
        }
    }
}

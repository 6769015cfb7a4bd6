import LinuxSystem
import Shared
import SupervisorCore

/// What the core is told of a run as soon as what it wrote last is in its logs.
///
/// Its successor writes to the same pipes: where the one ended and the other began can be told only before that (M9).
struct LastWords {
    /// In their order.
    var events: [SupervisorEvent]
    /// Pipes that the pump has not answered for yet.
    var awaited: Int
    /// When the core is told all the same: a stalled disk never stalls control.
    var deadline: MonotonicInstant
}

extension Daemon {
    private static let patienceForLastWords: Duration = .milliseconds(100)

    /// Tells the core of an end once the pump has written what is left in the pipes of the run.
    func awaitLastWords(of live: LiveRun, then event: SupervisorEvent) {
        let outputs = slots[live.process]?.outputs ?? []
        guard !outputs.isEmpty else { return tellEnd(event) }
        var words =
            lastWords[live.id]
            ?? LastWords(events: [], awaited: 0, deadline: now() + Self.patienceForLastWords)
        words.events.append(event)
        words.awaited += outputs.count
        lastWords[live.id] = words
        for output in outputs { pump.endRun(output.stream, live.id) }
    }

    /// Handles the pump's answer.
    func lastWordsWritten(of run: RunID) {
        guard var words = lastWords[run] else { return }
        words.awaited -= 1
        lastWords[run] = words
        if words.awaited == 0 { tellLastWords(of: run) }
    }

    /// Handles ends for which the pump did not answer in time.
    func expireLastWords() {
        guard !lastWords.isEmpty else { return }
        let instant = now()
        for (run, words) in lastWords where words.deadline <= instant { tellLastWords(of: run) }
    }

    /// When the first of them is told without an answer.
    var lastWordsDeadline: MonotonicInstant? { lastWords.values.map(\.deadline).min() }

    private func tellLastWords(of run: RunID) {
        for event in lastWords.removeValue(forKey: run)?.events ?? [] { tellEnd(event) }
    }

    private func tellEnd(_ event: SupervisorEvent) {
        if options.isContainer, case .exited(_, let observation) = event {
            containerExits.append(observation.exit)
        }
        handle(event)
        endContainerIfDone()
    }
}

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
        guard !outputs.isEmpty else { return tellEnds([event]) }
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
    }

    /// Tells the core of all ends whose last words are written.
    func tellEnds() {
        let complete = lastWords.filter { $0.value.awaited == 0 }
        guard !complete.isEmpty else { return }
        for run in complete.keys { lastWords[run] = nil }
        tellEnds(complete.sorted { $0.key < $1.key }.flatMap(\.value.events))
    }

    /// Handles ends for which the pump did not answer in time.
    func expireLastWords() {
        guard !lastWords.isEmpty else { return }
        let instant = now()
        for (run, words) in lastWords where words.deadline <= instant { lastWords[run]?.awaited = 0 }
        tellEnds()
    }

    /// When the first of them is told without an answer.
    var lastWordsDeadline: MonotonicInstant? { lastWords.values.map(\.deadline).min() }

    private func tellEnds(_ events: [SupervisorEvent]) {
        for case .exited(_, let observation) in events where options.isContainer {
            containerExits.append(observation.exit)
        }
        handle(ends: events)
        endContainerIfDone()
    }
}

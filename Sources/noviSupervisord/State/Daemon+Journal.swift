import Shared
import SupervisorCore

/// The run journal, as the loop writes it.
extension Daemon {
    /// All that the journal has to say, for a new one.
    func journalLines() -> [JournalLine] {
        var lines: [JournalLine] = []
        for checkpoint in supervisor.checkpoints {
            lines.append(.process(checkpoint))
            guard let run = checkpoint.run?.id, let live = runs[run] else { continue }
            lines.append(.executed(live.executed))
            if let mark = supervisor.stopMark(of: run) { lines.append(.told(run, mark)) }
        }
        return lines
    }

    /// Writes what the present turn of the loop added.
    func writeJournal() {
        guard journal.isOverdue(living: supervisor.processCount) else { return journal.flush() }
        journal.rewrite(journalLines())
    }
}

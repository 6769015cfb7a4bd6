import Shared

@testable import SupervisorCore

/// What is on the disk of a machine: the desired state and the run journal.
struct SimulatedDisk {
    private(set) var desired = DesiredState()
    private(set) var generation: Int64 = 0
    private var journal: [JournalLine] = []
    private var buffer: [JournalLine] = []
    /// Whether every line that is read is held against its text; reading text takes most of the time.
    var checksText = false

    /// Whether the journal is long enough to be written anew.
    var isOverdue: Bool { journal.count > 40 }

    /// Adds a line that is not written yet.
    mutating func append(_ line: JournalLine) {
        buffer.append(line)
    }

    /// Writes what was added.
    mutating func flush() {
        journal += buffer
        buffer.removeAll(keepingCapacity: true)
    }

    /// Replaces the desired state.
    mutating func save(_ state: DesiredState) {
        generation += 1
        desired = state
    }

    /// The daemon died: what it had not written is gone.
    mutating func loseBuffer() {
        buffer = []
    }

    /// Begins a new journal.
    mutating func rewrite(_ lines: [JournalLine]) {
        buffer = []
        journal = lines
    }

    /// What the next daemon reads.
    func contents() throws -> JournalContents {
        if checksText {
            for line in journal where JournalLine(line.bytes) != line {
                throw Violation("the journal reads otherwise: \(String(decoding: line.bytes, as: UTF8.self))")
            }
        }
        return JournalContents(journal, generation: generation)
    }
}

import Shared

@testable import SupervisorCore

/// What is on the disk of a machine: the desired state, and the run journal as bytes.
struct SimulatedDisk {
    private(set) var desired = DesiredState()
    private(set) var generation: Int64 = 0
    private var journal: [[UInt8]] = []
    private var buffer: [[UInt8]] = []

    /// Adds a line that is not written yet.
    mutating func append(_ line: JournalLine) {
        buffer.append(line.bytes)
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
        journal = lines.map(\.bytes)
    }

    /// What the next daemon reads.
    func contents() throws -> JournalContents {
        let lines = journal.compactMap { JournalLine($0) }
        guard lines.count == journal.count else {
            let bad = journal.first { JournalLine($0) == nil } ?? []
            throw Violation("the journal cannot be read: \(String(decoding: bad, as: UTF8.self))")
        }
        return JournalContents(lines, generation: generation)
    }
}

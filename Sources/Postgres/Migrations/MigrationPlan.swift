/// What the database has of a program's migrations, and what follows from that.
public struct MigrationPlan: Sendable, Equatable {
    /// A migration that the database knows.
    public struct Applied: Sendable, Equatable {
        /// Its version.
        public let version: String
        /// Its name.
        public let name: String
        /// SHA-256 of its way up, in hexadecimal.
        public let checksum: String
        /// When.
        public let appliedAt: UTCInstant
        /// How long it took, in milliseconds.
        public let milliseconds: Int
        /// The role that did it.
        public let appliedBy: String
    }

    /// How a migration stands.
    public enum State: String, Sendable {
        /// The database has it.
        case applied
        /// The database does not have it yet.
        case pending
        /// The database has it, but its file was changed afterwards.
        case changed
        /// The database has it, but this program does not know it: a newer program was here.
        case unknown
    }

    /// One line of the status.
    public struct Entry: Sendable, Equatable {
        /// The version.
        public let version: String
        /// The name.
        public let name: String
        /// How it stands.
        public let state: State
        /// What the database knows.
        public let applied: Applied?
        /// The program's migration.
        public let migration: Migration?
    }

    /// All, in order.
    public let entries: [Entry]

    /// Compares what a program has with what a database has.
    ///
    /// - Parameters:
    ///   - migrations: The program's, each with the checksum of its way up.
    ///   - applied: The database's.
    init(_ migrations: [(migration: Migration, checksum: String)], applied: [Applied]) {
        let known = Dictionary(applied.map { ($0.version, $0) }) { first, _ in first }
        var entries = migrations.map { migration, checksum in
            let applied = known[migration.version]
            let state: State = applied.map { $0.checksum == checksum ? .applied : .changed } ?? .pending
            return Entry(
                version: migration.version,
                name: migration.name,
                state: state,
                applied: applied,
                migration: migration
            )
        }
        let own = Set(migrations.map(\.migration.version))
        for one in applied where !own.contains(one.version) {
            entries.append(
                Entry(version: one.version, name: one.name, state: .unknown, applied: one, migration: nil)
            )
        }
        self.entries = entries.sorted { $0.version < $1.version }
    }

    /// What `up` would do.
    public var pending: [Migration] { entries.filter { $0.state == .pending }.compactMap(\.migration) }

    /// Whether a program with these migrations may work: none is missing.
    ///
    /// Newer ones are no matter, because migrations
    /// only add what older programs can live with.
    public var isCurrent: Bool { entries.allSatisfy { $0.state == .applied || $0.state == .unknown } }

    /// Why `up` must not run; `nil` when it may.
    public var obstacle: MigrationProblem? {
        let changed = entries.filter { $0.state == .changed }.map { "\($0.version)_\($0.name)" }
        guard !changed.isEmpty else { return nil }
        return MigrationProblem(
            "the database has \(changed.joined(separator: ", ")) with another text: put the old file back and write"
                + " what is new into a new migration"
        )
    }

    /// The state in a sentence.
    public var summary: String {
        let pending = pending.count
        if let obstacle { return obstacle.description }
        if pending == 0 { return "all \(entries.count) migrations are applied" }
        return "\(pending) of \(entries.count) migrations are not applied"
    }
}

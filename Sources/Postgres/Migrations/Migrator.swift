import Shared

/// Brings a database's schema to a program's migrations.
///
/// One migrator at a time works on a database (an advisory lock). Each migration is one transaction with its entry in
/// `schema_migrations`, so that one which fails leaves nothing. A migration that waits longer than `lock_timeout` for a
/// table gives way to the traffic and is tried again.
public struct Migrator: Sendable {
    /// What a migrator may and how long it waits.
    public struct Options: Sendable, Equatable {
        /// Whether migrations that destroy may run.
        public var allowsDestructive = false
        /// The most that a migration waits for a lock before it gives way.
        public var lockTimeout: Duration = .seconds(5)
        /// How often a migration that gave way is tried again.
        public var lockAttempts = 5
        /// The most that one migration may take; `nil` for no limit.
        public var timeout: Duration?
        /// The most that another migrator is waited for.
        public var turnTimeout: Duration = .seconds(60)

        /// The usual.
        public init() {}
    }

    /// What was done.
    public struct Step: Sendable, Equatable {
        /// The migration.
        public let migration: Migration
        /// Whether it went up.
        public let isUp: Bool
        /// How long it took.
        public let duration: Duration

        /// Makes a step.
        public init(migration: Migration, isUp: Bool, duration: Duration) {
            self.migration = migration
            self.isUp = isUp
            self.duration = duration
        }
    }

    /// The key of the advisory lock: "novi" in ASCII and a number.
    static let lockKey: Int64 = 0x6e6f_7669_0000_0001

    /// The channel that hears of every change of the schema.
    public static let channel = "novi_schema"

    /// The program's migrations, in order.
    public let migrations: [Migration]

    private let settings: ConnectionSettings
    private let options: Options

    /// Makes a migrator.
    ///
    /// - Throws: ``MigrationProblem`` when two migrations have the same version.
    public init(
        _ migrations: [Migration],
        settings: ConnectionSettings,
        options: Options = Options()
    ) throws(MigrationProblem) {
        self.migrations = migrations.sorted { $0.version < $1.version }
        for (one, next) in zip(self.migrations, self.migrations.dropFirst()) where one.version == next.version
        {
            throw MigrationProblem("\(one.fileStem) and \(next.fileStem) have the same version")
        }
        self.settings = settings
        self.options = options
    }

    /// Compares; changes nothing.
    ///
    /// - Throws: ``DatabaseError``.
    public func plan() async throws -> MigrationPlan {
        try await withConnection { try await plan($0) }
    }

    /// Compares over a connection that is there already.
    public func plan(_ database: some Database) async throws(DatabaseError) -> MigrationPlan {
        let sums = try await database.query(
            """
            SELECT encode(sha256(convert_to(text, 'UTF8')), 'hex') AS checksum
            FROM unnest(\(migrations.map(\.up.text))::text[]) WITH ORDINALITY AS script (text, place) ORDER BY place
            """
        )
        var known: [(migration: Migration, checksum: String)] = []
        for (migration, row) in zip(migrations, sums) { known.append((migration, try row["checksum"])) }
        let table = try await database.query("SELECT to_regclass('schema_migrations') IS NOT NULL AS found")
            .only()
        guard try table.decode("found", as: Bool.self) else { return MigrationPlan(known, applied: []) }
        let rows = try await database.query(
            """
            SELECT version, name, checksum, applied_at, duration_ms, applied_by
            FROM schema_migrations ORDER BY version
            """
        )
        var applied: [MigrationPlan.Applied] = []
        for row in rows {
            applied.append(
                MigrationPlan.Applied(
                    version: try row["version"],
                    name: try row["name"],
                    checksum: try row["checksum"],
                    appliedAt: try row["applied_at"],
                    milliseconds: try row["duration_ms"],
                    appliedBy: try row["applied_by"]
                )
            )
        }
        return MigrationPlan(known, applied: applied)
    }

    /// Applies what is pending, in order.
    ///
    /// - Parameters:
    ///   - last: The last version to apply; `nil` for all.
    ///   - onStep: Is told each step when it is done.
    /// - Returns: What was done.
    /// - Throws: ``DatabaseError``, ``MigrationProblem``; what was applied before stays.
    @discardableResult
    public func up(
        to last: String? = nil,
        onStep: @Sendable (Step) -> Void = { _ in }
    ) async throws -> [Step] {
        try await withTurn { connection in
            try await prepare(connection)
            let plan = try await plan(connection)
            if let obstacle = plan.obstacle { throw obstacle }
            if let last { try checkVersion(last) }
            let pending = plan.pending.filter { migration in last.map { migration.version <= $0 } ?? true }
            try checkDestruction(pending.map { ($0, $0.up) })
            var steps: [Step] = []
            for migration in pending {
                let step = try await apply(migration, migration.up, isUp: true, connection)
                steps.append(step)
                onStep(step)
            }
            return steps
        }
    }

    /// Takes back the last migrations.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - last: Everything after this version instead; `0` for all.
    ///   - onStep: Is told each step when it is done.
    /// - Returns: What was done.
    /// - Throws: ``DatabaseError``, ``MigrationProblem``; what was taken back before stays so.
    @discardableResult
    public func down(
        count: Int = 1,
        to last: String? = nil,
        onStep: @Sendable (Step) -> Void = { _ in }
    ) async throws -> [Step] {
        try await withTurn { connection in
            let entries = try await plan(connection).entries.filter { $0.applied != nil }.reversed()
            if let last, last != "0" { try checkVersion(last) }
            let chosen =
                last.map { last in entries.filter { $0.version > last } } ?? Array(entries.prefix(count))
            var scripts: [(Migration, Migration.Script)] = []
            for entry in chosen {
                guard let migration = entry.migration else {
                    throw MigrationProblem(
                        "\(entry.version)_\(entry.name) was applied by a newer program: take it back with that one"
                    )
                }
                guard let down = migration.down else {
                    throw MigrationProblem("\(migration.fileStem) has no way back")
                }
                scripts.append((migration, down))
            }
            try checkDestruction(scripts)
            var steps: [Step] = []
            for (migration, script) in scripts {
                let step = try await apply(migration, script, isUp: false, connection)
                steps.append(step)
                onStep(step)
            }
            return steps
        }
    }
}

extension Migrator {
    private func checkVersion(_ version: String) throws(MigrationProblem) {
        guard migrations.contains(where: { $0.version == version }) else {
            throw MigrationProblem("there is no migration \(version)")
        }
    }

    private func checkDestruction(_ scripts: [(Migration, Migration.Script)]) throws(MigrationProblem) {
        guard !options.allowsDestructive else { return }
        for (migration, script) in scripts where script.traits.contains(.destructive) {
            throw MigrationProblem(
                "\(migration.fileStem) destroys data (\(script.destructiveWords.joined(separator: ", "))):"
                    + " make a backup, then allow it with --allow-destructive"
            )
        }
    }

    /// One connection without a limit for statements, and the migrators' turn.
    private func withTurn<Value: Sendable>(
        _ body: (DatabaseConnection) async throws -> Value
    ) async throws -> Value {
        try await withConnection { connection in
            try await connection.query(
                "SELECT set_config('lock_timeout', \(String(options.turnTimeout.wholeMilliseconds)), false)"
            )
            do {
                try await connection.query("SELECT pg_advisory_lock(\(Self.lockKey)::bigint)")
            } catch let error as DatabaseError where error.sqlState == .lockNotAvailable {
                throw MigrationProblem(
                    "another migrator is at work and did not end within \(options.turnTimeout)"
                )
            }
            try await connection.query(
                "SELECT set_config('lock_timeout', \(String(options.lockTimeout.wholeMilliseconds)), false)"
            )
            // The lock ends with the connection.
            return try await body(connection)
        }
    }

    private func withConnection<Value: Sendable>(
        _ body: (DatabaseConnection) async throws -> Value
    ) async throws -> Value {
        var settings = settings
        // Tables belong to the login, whose groups have fewer rights.
        settings.role = nil
        settings.statementTimeout = options.timeout ?? .zero
        settings.answerGrace = options.timeout.map { _ in .seconds(5) } ?? .seconds(7 * 86_400)
        let server = ServerConnection(settings) { _ in }
        do {
            try await server.open()
        } catch {
            throw DatabaseError.disconnected(reason: error.reason, outcome: .nothingChanged)
        }
        let connection = DatabaseConnection(server)
        do {
            let value = try await body(connection)
            await server.close()
            return value
        } catch {
            await server.close()
            throw error
        }
    }

    private func prepare(_ connection: DatabaseConnection) async throws {
        try await connection.executeScript(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                version text PRIMARY KEY,
                name text NOT NULL,
                checksum text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now(),
                duration_ms integer NOT NULL DEFAULT 0,
                applied_by text NOT NULL DEFAULT current_user
            )
            """
        )
    }

    private func apply(
        _ migration: Migration,
        _ script: Migration.Script,
        isUp: Bool,
        _ connection: DatabaseConnection
    ) async throws -> Step {
        var attempt = 1
        while true {
            do {
                return try await applyOnce(migration, script, isUp: isUp, connection)
            } catch let error as DatabaseError
                where (error.sqlState == .lockNotAvailable || error.sqlState == .deadlock)
                && attempt < options.lockAttempts
            {
                attempt += 1
                try await Task.sleep(for: .milliseconds(200 * attempt))
            } catch let error as DatabaseError {
                throw MigrationProblem("\(migration.fileStem) failed and was taken back: \(error)")
            }
        }
    }

    private func applyOnce(
        _ migration: Migration,
        _ script: Migration.Script,
        isUp: Bool,
        _ connection: DatabaseConnection
    ) async throws -> Step {
        let begin = ContinuousClock.now
        let body = SQL(trusted: script.text)
        if script.traits.contains(.noTransaction) {
            try await connection.query(body, timeout: nil, isPrepared: false)
            let duration = ContinuousClock.now - begin
            try await note(migration, isUp: isUp, duration, connection)
            return Step(migration: migration, isUp: isUp, duration: duration)
        }
        return try await connection.transaction { connection in
            try await connection.executeScript(body)
            let duration = ContinuousClock.now - begin
            try await note(migration, isUp: isUp, duration, connection)
            return Step(migration: migration, isUp: isUp, duration: duration)
        }
    }

    private func note(
        _ migration: Migration,
        isUp: Bool,
        _ duration: Duration,
        _ connection: DatabaseConnection
    ) async throws(DatabaseError) {
        if isUp {
            try await connection.query(
                """
                INSERT INTO schema_migrations (version, name, checksum, duration_ms) VALUES (\(migration.version),
                \(migration.name), encode(sha256(convert_to(\(migration.up.text), 'UTF8')), 'hex'),
                \(duration.wholeMilliseconds))
                """
            )
        } else {
            try await connection.query("DELETE FROM schema_migrations WHERE version = \(migration.version)")
        }
        try await connection.query("SELECT pg_notify(\(Self.channel), \(migration.version))")
    }
}

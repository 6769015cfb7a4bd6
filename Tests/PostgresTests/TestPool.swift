import Logging
import Postgres
import PostgresFixture
import Testing

/// Makes pools for tests; closes them at the end.
final class TestPool: Sendable {
    let pool: DatabasePool
    let changes: Collected<DatabasePool.Change>
    let times: Collected<Duration>

    private let database: TestDatabase?

    convenience init(
        _ database: TestDatabase,
        limits: DatabasePoolLimits = DatabasePoolLimits(),
        change: (inout ConnectionSettings) -> Void = { _ in }
    ) {
        self.init(database.address(), database: database, limits: limits, change: change)
    }

    init(
        _ address: DatabaseAddress,
        database: TestDatabase? = nil,
        limits: DatabasePoolLimits = DatabasePoolLimits(),
        change: (inout ConnectionSettings) -> Void = { _ in }
    ) {
        var settings = ConnectionSettings(address: address)
        change(&settings)
        let changes = Collected<DatabasePool.Change>()
        self.changes = changes
        self.database = database
        let times = Collected<Duration>()
        self.times = times
        pool = DatabasePool(settings, limits: limits, log: TestPool.log) {
            changes.append($0)
        } onStatement: {
            times.append($0)
        }
        pool.start()
    }

    deinit { pool.close() }

    /// A log that keeps nothing.
    static let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// Waits until a condition holds; fails the test after `limit`.
func eventually(
    _ what: String,
    within limit: Duration = .seconds(60),
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("not within \(limit): \(what)", sourceLocation: sourceLocation)
    throw CancellationError()
}

/// The error that a database threw.
func databaseError(_ body: () async throws -> Void) async -> DatabaseError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? DatabaseError
    }
}

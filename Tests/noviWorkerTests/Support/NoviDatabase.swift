import Postgres
import PostgresFixture

@testable import noviWorker

/// Databases with Novi's schema: made once, then copied for each test.
enum NoviDatabase {
    private static let template = Task { () -> TestDatabase in
        let database = try await PostgresServer.shared().makeDatabase()
        try await Migrator(NoviMigrations.all(), settings: ConnectionSettings(address: database.address()))
            .up()
        return database
    }

    /// A database of one's own, migrated and empty.
    static func make() async throws -> TestDatabase {
        let template = try await template.value
        return try await template.server.makeDatabase(from: template.name)
    }

    /// What `DATABASE_URL` says for a worker of a test.
    static func url(of database: TestDatabase) -> String {
        "postgresql:///\(database.name)?host=\(database.server.folder)&user=postgres"
    }

    /// Databases that live as long as the tests, for programs that outlive their starter's variables.
    private static let lasting = Collected<TestDatabase>()

    /// What `DATABASE_URL` says of a new database that stays until the end.
    static func lastingURL() async throws -> String {
        let database = try await make()
        lasting.append(database)
        return url(of: database)
    }
}

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
}

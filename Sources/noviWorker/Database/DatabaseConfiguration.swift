import Postgres
import WorkerSupport

/// Where Novi's database is, how connections are bounded and how many there are.
///
///     DATABASE_URL                 else the supervisor's own "database" app
///     DATABASE_ROLE                the role that workers take on; novi_app on the own database, else none
///     DATABASE_POOL_MIN, _MAX      2 and 10
///     DATABASE_STATEMENT_TIMEOUT   ms; development 30,000, staging 15,000, production 10,000
///     DATABASE_LOCK_TIMEOUT        ms; 5,000
///     DATABASE_IDLE_TIMEOUT        ms inside a transaction; development 60,000, else 30,000
struct DatabaseConfiguration: Sendable, Equatable {
    /// How connections are made.
    var settings: ConnectionSettings

    /// How many there are (row A84).
    var limits: DatabasePoolLimits

    /// Reads the variables; what is wrong is noted in `reader`.
    init(_ reader: inout VariableReader, environment: WorkerEnvironment) {
        settings = ConnectionSettings(
            address: Self.address(&reader, environment: environment),
            applicationName: "novi-\(environment.app)"
        )
        let isOwn = reader.text("DATABASE_URL") == nil
        settings.role = reader.text("DATABASE_ROLE") ?? (isOwn ? DatabaseCluster.workerGroup : nil)
        limits = DatabasePoolLimits()
        let defaults: (statement: Int64, idle: Int64) =
            switch environment.deployment {
            case .development: (30_000, 60_000)
            case .staging: (15_000, 30_000)
            case .production: (10_000, 30_000)
            }
        func milliseconds(_ name: String, _ fallback: Int64) -> Duration {
            .milliseconds(reader.number(name, in: 1...86_400_000) ?? fallback)
        }
        settings.statementTimeout = milliseconds("DATABASE_STATEMENT_TIMEOUT", defaults.statement)
        settings.lockTimeout = milliseconds("DATABASE_LOCK_TIMEOUT", 5000)
        settings.idleInTransactionTimeout = milliseconds("DATABASE_IDLE_TIMEOUT", defaults.idle)
        if let number = reader.number("DATABASE_POOL_MIN", in: 0...1000) { limits.minimum = Int(number) }
        if let number = reader.number("DATABASE_POOL_MAX", in: 1...1000) { limits.maximum = Int(number) }
        if limits.minimum > limits.maximum {
            reader.report(
                "DATABASE_POOL_MIN is \(limits.minimum), which is more than DATABASE_POOL_MAX, \(limits.maximum)"
            )
        }
    }

    private static func address(
        _ reader: inout VariableReader,
        environment: WorkerEnvironment
    ) -> DatabaseAddress {
        let directory = environment.runtimeDirectory(of: "database")
        let own = DatabaseAddress([
            .init("host", directory), .init("port", String(DatabaseServerConfiguration.port)),
            .init("user", "novi"), .init("dbname", environment.deployment.databaseName),
        ])
        guard let url = reader.text("DATABASE_URL") else { return own }
        do {
            return try DatabaseAddress(connectionString: url)
        } catch {
            reader.report(
                "DATABASE_URL makes no sense: it must look like postgresql://user:password@host:5432/database"
            )
            return own
        }
    }
}

import Logging

/// Where Novi runs (`NOVI_ENV`); it decides names, limits and how much is logged.
///
///     environment    database       worker log
///     development    novi_dev       debug
///     staging        novi_staging   info
///     production     novi_prod      warning
public enum DeploymentEnvironment: String, CaseIterable, Sendable {
    /// A developer's machine; the default.
    case development
    /// The rehearsal.
    case staging
    /// Customers' data.
    case production

    /// The name of Novi's database when `DATABASE_URL` does not name one.
    public var databaseName: String {
        switch self {
        case .development: "novi_dev"
        case .staging: "novi_staging"
        case .production: "novi_prod"
        }
    }

    /// The lowest level that a worker logs; the operational channel is not bound by it.
    var logLevel: Logger.Level {
        switch self {
        case .development: .debug
        case .staging: .info
        case .production: .warning
        }
    }
}

import Postgres
import Shared
import WorkerSupport

/// What the routes work with.
struct APIServices: Sendable {
    /// The database.
    let database: DatabasePool

    /// How strict the API is.
    let settings: APISettings

    /// Where the API runs.
    let deployment: DeploymentEnvironment

    /// Hashes passwords.
    let passwords: PasswordHashing

    /// Keeps what is costly to find out.
    let cache: FreshCache

    /// The worker's log.
    let log: WorkerLog

    /// The WhatsApp worker.
    let bridge: WhatsAppBridge

    /// Metrics of what the routes do.
    let counts: OrderCounts

    /// Signed-in people.
    var sessions: Sessions { Sessions(database: database) }

    /// Who asks.
    var identities: Identities { Identities(database: database, sessionIdle: settings.sessionIdle) }

    /// Limits.
    var limiter: RateLimiter { RateLimiter(database: database, shut: shutBuckets) }

    /// Limits that were reached, kept here.
    let shutBuckets = ShutBuckets()

    /// The session's cookie.
    var cookie: SessionCookie { SessionCookie(deployment) }

    /// Who may send changes.
    var originCheck: OriginCheck { OriginCheck(publicOrigin: settings.publicOrigin) }

    /// Whether a password that somebody else gave must be changed before anything else; a developer is only told.
    var enforcesPasswordChange: Bool { deployment == .production }
}

import Crypto
import Postgres
import Shared

/// Counts requests in the database, so that a limit holds however many API processes there are.
struct RateLimiter: Sendable {
    /// What a request may still do.
    struct Standing: Equatable, Sendable {
        /// How many are allowed in the window.
        let limit: Int
        /// How many are left in it.
        let remaining: Int
        /// Whether this one is within the limit.
        let isAllowed: Bool
        /// When it ends, in whole seconds from now.
        let reset: Int
    }

    /// Where it counts.
    let database: DatabasePool

    /// What was found to be used up.
    let shut: ShutBuckets

    /// 15 minutes (row A58).
    static let windowSeconds = 900

    /// Counts a request.
    ///
    /// - Parameters:
    ///   - name: What kind of request is counted, such as `login`.
    ///   - key: What is counted together, such as an address.
    ///   - limit: How many are allowed.
    ///   - seconds: How long the window is.
    /// - Returns: How many are left, and until when.
    /// - Throws: `DatabaseError`.
    func count(
        _ name: String,
        _ key: String,
        limit: Int,
        seconds: Int = windowSeconds
    ) async throws -> Standing {
        let row = try await database.query(
            """
            SELECT allowed, remaining, \(Self.secondsLeft) AS reset
            FROM take_from_bucket(\(name), \(Self.key(key)), \(limit), \(Self.interval(seconds)))
            """
        ).only()
        return try Standing(row, limit: limit)
    }

    /// Counts a stranger's request.
    ///
    /// Once an address has used its limit up, it is refused without a question to the database until its window ends: a flood from
    /// one address must not become a flood of statements.
    func countAddress(_ client: ClientAddress, limit: Int) async throws -> Standing {
        if let left = shut.secondsLeft(of: client.bucket) {
            return Standing(limit: limit, remaining: 0, isAllowed: false, reset: left)
        }
        let standing = try await count("address", client.bucket, limit: limit)
        if !standing.isAllowed { shut.note(client.bucket, seconds: standing.reset) }
        return standing
    }

    /// A window as PostgreSQL's interval.
    static func interval(_ seconds: Int) -> SQL { "make_interval(secs => \(Double(seconds)))" }

    /// How long the window goes on.
    static let secondsLeft: SQL = "ceil(extract(epoch FROM resets_at - clock_timestamp()))::int"

    /// Whether one more would be allowed, without counting it; `nil` when nothing was counted yet.
    func standing(_ name: String, _ key: String, limit: Int) async throws -> Standing? {
        let row = try await database.read(
            """
            SELECT taken, ceil(extract(epoch FROM resets_at - clock_timestamp()))::int AS reset
            FROM rate_buckets WHERE name = \(name) AND key = \(Self.key(key)) AND resets_at > clock_timestamp()
            """
        ).first
        guard let row else { return nil }
        let taken: Int = try row["taken"]
        return Standing(
            limit: limit,
            remaining: max(0, limit - taken),
            isAllowed: taken < limit,
            reset: max(1, try row["reset"])
        )
    }

    /// Forgets what was counted, such as failures after a success.
    func forget(_ name: String, _ key: String) async throws {
        try await database.execute("DELETE FROM rate_buckets WHERE name = \(name) AND key = \(Self.key(key))")
    }

    /// A key of bounded length.
    private static func key(_ text: String) -> String {
        guard text.unicodeScalars.count > 200 else { return text }
        return Array(SHA256.hash(data: Array(text.utf8))).base64URL
    }
}

extension RateLimiter.Standing {
    /// Reads a row with `allowed`, `remaining` and `reset`.
    init(_ row: DatabaseRow, limit: Int) throws {
        self.init(
            limit: limit,
            remaining: try row["remaining"],
            isAllowed: try row["allowed"],
            reset: max(1, try row["reset"])
        )
    }
}

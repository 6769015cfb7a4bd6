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
            Self.counting(name, keys: "SELECT \(Self.key(key))::text", seconds: seconds)
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

    /// Counts one in the bucket of each key that a query brings, and brings `taken` and `reset` of them.
    ///
    /// The text of the database's function `take_from_bucket`: PostgreSQL plans what is in a function anew at each call, which took
    /// four times as long as the rest.
    ///
    /// - Parameters:
    ///   - name: What kind of request is counted.
    ///   - keys: A query of one column.
    ///   - seconds: How long the window is.
    /// - Returns: The statement.
    static func counting(_ name: String, keys: SQL, seconds: Int = windowSeconds) -> SQL {
        """
        INSERT INTO rate_buckets AS bucket (name, key, taken, resets_at)
        SELECT \(name)::text, asked.key, 1, clock_timestamp() + make_interval(secs => \(Double(seconds)))
        FROM (\(keys)) AS asked (key)
        ON CONFLICT (name, key) DO UPDATE SET
            taken = CASE WHEN bucket.resets_at <= clock_timestamp() THEN 1 ELSE least(bucket.taken, 1000000000) + 1 END,
            resets_at = CASE WHEN bucket.resets_at <= clock_timestamp() THEN EXCLUDED.resets_at ELSE bucket.resets_at END
        RETURNING taken, ceil(extract(epoch FROM resets_at - clock_timestamp()))::int AS reset
        """
    }

    /// Whether one more would be allowed, without counting it; `nil` when nothing was counted yet.
    func standing(_ name: String, _ key: String, limit: Int) async throws -> Standing? {
        let row = try await database.read(
            """
            SELECT taken, ceil(extract(epoch FROM resets_at - clock_timestamp()))::int AS reset
            FROM rate_buckets WHERE name = \(name) AND key = \(Self.key(key)) AND resets_at > clock_timestamp()
            """
        ).first
        guard let row else { return nil }
        let now = try Standing(row, limit: limit)
        return Standing(
            limit: limit,
            remaining: now.remaining,
            isAllowed: now.remaining > 0,
            reset: now.reset
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
    /// Reads a row with `taken` and `reset`.
    init(_ row: DatabaseRow, limit: Int) throws {
        let taken: Int = try row["taken"]
        self.init(
            limit: limit,
            remaining: max(0, limit - taken),
            isAllowed: taken <= limit,
            reset: max(1, try row["reset"])
        )
    }
}

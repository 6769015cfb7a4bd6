import Postgres
import Shared

/// Finds out who asks and counts the request against their limit: one statement for both.
struct Identities: Sendable {
    /// Where sessions, tokens and counts are kept.
    let database: DatabasePool

    /// After how much silence a session ends.
    let sessionIdle: Duration

    /// Who a credential belongs to, and what they may still ask for.
    ///
    /// Notes at most once a minute that it was used.
    ///
    /// - Parameters:
    ///   - credential: What the request shows.
    ///   - limit: How many requests one person has in 15 minutes.
    /// - Returns: `nil` when it is unknown, over, or its owner may not sign in any more; then nothing was counted.
    /// - Throws: `DatabaseError`.
    func identity(
        of credential: Credential,
        limit: Int
    ) async throws -> (identity: Identity, standing: RateLimiter.Standing)? {
        // The person is found before anything is counted, hence MATERIALIZED. Asked twice after a lost connection, it counts twice.
        let row = try await database.read(
            """
            WITH person AS MATERIALIZED (\(selection(credential))),
            bucket AS (\(RateLimiter.counting("user", keys: "SELECT id::text FROM person")))
            SELECT person.*, bucket.taken, bucket.reset FROM person CROSS JOIN bucket
            """
        ).first
        guard let row, let role = Role(rawValue: try row["role"]) else { return nil }
        if try row["is_stale"] { try await noteUse(of: credential) }
        let scopes: [String]? = try row["scopes"]
        let identity = Identity(
            userID: try row["id"],
            name: try row["full_name"],
            email: try row["email"],
            role: role,
            session: credential.sessionHash,
            scopes: scopes.map { $0.compactMap(Permission.init) },
            mustChangePassword: try row["must_change_password"]
        )
        return (identity, try RateLimiter.Standing(row, limit: limit))
    }

    private func selection(_ credential: Credential) -> SQL {
        switch credential {
        case .session(let token):
            """
            SELECT users.id, users.full_name, users.email, users.role, users.must_change_password, NULL::text[] AS scopes,
                   sessions.last_seen_at < now() - interval '1 minute' AS is_stale
            FROM sessions JOIN users ON users.id = sessions.user_id
            WHERE sessions.token_hash = \(DatabaseBytes(token.hash)) AND sessions.expires_at > now()
              AND sessions.last_seen_at > now() - make_interval(secs => \(Double(sessionIdle.components.seconds)))
              AND users.is_active AND users.archived_at IS NULL
            """
        case .token(let token):
            """
            SELECT users.id, users.full_name, users.email, users.role, users.must_change_password, api_tokens.scopes,
                   api_tokens.last_used_at IS NULL OR api_tokens.last_used_at < now() - interval '1 minute' AS is_stale
            FROM api_tokens JOIN users ON users.id = api_tokens.user_id
            WHERE api_tokens.token_hash = \(DatabaseBytes(token.hash)) AND api_tokens.revoked_at IS NULL
              AND (api_tokens.expires_at IS NULL OR api_tokens.expires_at > now())
              AND users.is_active AND users.archived_at IS NULL
            """
        }
    }

    private func noteUse(of credential: Credential) async throws {
        switch credential {
        case .session(let token):
            try await database.execute(
                "UPDATE sessions SET last_seen_at = now() WHERE token_hash = \(DatabaseBytes(token.hash))"
            )
        case .token(let token):
            try await database.execute(
                "UPDATE api_tokens SET last_used_at = now() WHERE token_hash = \(DatabaseBytes(token.hash))"
            )
        }
    }
}

extension Credential {
    /// The hash of the session; `nil` for a token.
    fileprivate var sessionHash: [UInt8]? {
        switch self {
        case .session(let token): token.hash
        case .token: nil
        }
    }
}

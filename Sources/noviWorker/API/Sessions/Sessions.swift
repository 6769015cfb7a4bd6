import Postgres
import Shared

/// The sessions of signed-in people, kept in the database, so that every API process knows them.
struct Sessions: Sendable {
    /// Where they are kept.
    let database: DatabasePool

    /// After how much silence one ends.
    let idle: Duration

    /// Who a token belongs to; `nil` when it is unknown, over, or its owner may not sign in any more.
    ///
    /// Notes at most once a minute that the session was used.
    func identity(of token: SessionToken) async throws -> Identity? {
        let hash = DatabaseBytes(token.hash)
        let found = try await database.read(
            """
            SELECT users.id, users.full_name, users.email, users.role, users.must_change_password,
                   sessions.last_seen_at < now() - interval '1 minute' AS is_stale
            FROM sessions JOIN users ON users.id = sessions.user_id
            WHERE sessions.token_hash = \(hash) AND sessions.expires_at > now()
              AND sessions.last_seen_at > now() - make_interval(secs => \(Double(idle.components.seconds)))
              AND users.is_active AND users.archived_at IS NULL
            """
        ).first
        guard let found else { return nil }
        if try found["is_stale"] {
            try await database.execute("UPDATE sessions SET last_seen_at = now() WHERE token_hash = \(hash)")
        }
        guard let role = Role(rawValue: try found["role"]) else { return nil }
        return Identity(
            userID: try found["id"],
            name: try found["full_name"],
            email: try found["email"],
            role: role,
            session: token.hash,
            mustChangePassword: try found["must_change_password"]
        )
    }

    /// Begins a session.
    func open(user: String, client: ClientAddress, userAgent: String) async throws -> SessionToken {
        let token = SessionToken()
        let address: String? = client.text.isEmpty ? nil : client.text
        try await database.execute(
            """
            INSERT INTO sessions (token_hash, user_id, expires_at, last_seen_at, ip, user_agent)
            VALUES (\(DatabaseBytes(token.hash)), \(user)::uuid,
                    now() + make_interval(secs => \(Double(SessionCookie.maximumAge))), now(), \(address)::inet, \(userAgent))
            """
        )
        return token
    }

    /// Ends a session.
    func close(_ hash: [UInt8]) async throws {
        try await database.execute("DELETE FROM sessions WHERE token_hash = \(DatabaseBytes(hash))")
    }

    /// Ends all sessions of a user but one.
    func closeAll(of user: String, except hash: [UInt8]? = nil) async throws {
        let kept = DatabaseBytes(hash ?? [])
        try await database.execute(
            "DELETE FROM sessions WHERE user_id = \(user)::uuid AND token_hash <> \(kept)"
        )
    }

    /// How many there are that are not over.
    func count() async throws -> Int {
        try await database.query("SELECT count(*) AS count FROM sessions WHERE expires_at > now()").only()[
            "count"
        ]
    }
}

import Postgres
import Shared

/// The sessions of signed-in people, kept in the database, so that every API process knows them.
struct Sessions: Sendable {
    /// Where they are kept.
    let database: DatabasePool

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

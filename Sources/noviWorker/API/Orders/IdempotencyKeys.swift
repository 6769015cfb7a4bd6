import Crypto
import Postgres
import Shared

/// Lets a client repeat a request whose answer it never got, without doing the thing twice (spec C: 24 h).
struct IdempotencyKeys: Sendable {
    /// What a key stands for.
    enum Claim: Sendable {
        /// Nothing yet: do it.
        case new
        /// Done before; the answer of then.
        case done(status: Int, response: JSONObject)
    }

    /// The transaction of the change itself: the key and the change are kept together or not at all.
    let database: any Database

    /// Whose keys these are: two users may choose the same one.
    let scope: String

    /// Claims a key.
    ///
    /// A request with the same key at the same time waits here for the end of the first one's transaction.
    ///
    /// - Parameters:
    ///   - key: The client's key.
    ///   - content: What is asked for.
    /// - Returns: What the key stands for.
    /// - Throws: 409 when the key was used for something else.
    func claim(_ key: String, content: JSONObject) async throws -> Claim {
        let hash = DatabaseBytes(SHA256.hash(data: JSONValue.object(content).serialized()))
        try await database.execute(
            """
            DELETE FROM idempotency_keys
            WHERE scope = \(scope) AND key = \(key) AND expires_at <= now()
            """
        )
        let inserted = try await database.execute(
            """
            INSERT INTO idempotency_keys (scope, key, request_hash) VALUES (\(scope), \(key), \(hash))
            ON CONFLICT DO NOTHING
            """
        )
        guard inserted == 0 else { return .new }
        let row = try await database.query(
            """
            SELECT request_hash, status, response FROM idempotency_keys
            WHERE scope = \(scope) AND key = \(key)
            """
        ).only()
        let known: DatabaseBytes = try row["request_hash"]
        guard known == hash else {
            throw APIFailure.conflict(
                "idempotency_key_reused",
                "this Idempotency-Key was used for another request; make a new one for each order"
            )
        }
        let response: JSONValue = try row["response"]
        return .done(status: try row["status"], response: response.objectValue ?? [:])
    }

    /// Keeps the answer of a key.
    func keep(_ key: String, status: Int, response: JSONObject) async throws {
        try await database.execute(
            """
            UPDATE idempotency_keys SET status = \(status), response = \(JSONValue.object(response))::jsonb
            WHERE scope = \(scope) AND key = \(key)
            """
        )
    }
}

import Postgres
import Shared

/// Writes down who changed what (row A40).
///
/// Rows are only ever added; the database chains them by hashes and refuses changes.
enum AuditLog {
    /// Notes an action, in the transaction of the change itself.
    ///
    /// - Parameters:
    ///   - action: What was done, such as `user.disable`.
    ///   - target: To what.
    ///   - detail: More of it; never a secret.
    ///   - request: Who did it from where.
    ///   - actor: Who did it when the request does not know, such as at a login.
    ///   - database: The transaction.
    /// - Throws: `DatabaseError`.
    static func note(
        _ action: String,
        target: (type: String, id: String)? = nil,
        detail: JSONObject = [:],
        of request: APIRequest,
        actor: (id: String?, name: String)? = nil,
        in database: any Database
    ) async throws {
        let id = actor.map(\.id) ?? request.identity?.userID
        let name = actor?.name ?? request.identity?.email ?? "anonymous"
        let address: String? = request.client.text.isEmpty ? nil : request.client.text
        try await database.execute(
            """
            INSERT INTO audit_log (actor_id, actor, action, target_type, target_id, ip, detail)
            VALUES (\(id)::uuid, \(name), \(action), \(target?.type), \(target?.id), \(address)::inet,
                    \(JSONValue.object(detail))::jsonb)
            """
        )
    }
}

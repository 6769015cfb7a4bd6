import Hummingbird
import Postgres
import Shared

/// Reading the audit log.
struct AuditRoutes: Sendable {
    let services: APIServices

    /// The routes.
    var routes: [Route] {
        [
            Route(
                method: .get,
                path: "/api/audit",
                summary: "Who changed what, newest first",
                tag: "audit",
                access: .permission(.allPermissions),
                parameters: [
                    .query("limit", .integer(1...100), "How many; 20 unless given."),
                    .query(
                        "before",
                        .integer(1...Int64.max),
                        "Only entries with a smaller number: `next` of the page before."
                    ),
                    .query("actor", .line(1...255), "Only by this person (e-mail address)."),
                    .query("action", .line(1...100), "Only this action, such as user.disable."),
                    .query("from", .instant, "Only at or after this time."),
                    .query("to", .instant, "Only before this time."),
                ],
                successes: [.json(.ok, Self.page, "One page.")],
                handler: list
            )
        ]
    }

    private static let page = Schema.object(
        "AuditPage",
        [
            .required(
                "entries",
                .list(
                    .object(
                        "AuditEntry",
                        [
                            .required("id", .integer(1...Int64.max)), .required("at", .timestamp),
                            .required("actorId", .nullable(.uuid)),
                            .required("actor", .nullable(.line(0...255))),
                            .required("action", .line(1...100)),
                            .required("targetType", .nullable(.line(0...50))),
                            .required("targetId", .nullable(.line(0...255))),
                            .required("ip", .nullable(.line(1...50))),
                            .required("detail", .anyObject),
                        ]
                    ),
                    count: 0...100
                )
            ),
            .required(
                "next",
                .nullable(.integer(1...Int64.max)),
                "`before` of the next page; null on the last."
            ),
        ]
    )

    private func list(_ request: APIRequest) async throws -> Response {
        let limit = Int(request.query["limit"]?.integerValue ?? 20)
        var conditions: [SQL] = ["id < \(request.query["before"]?.integerValue ?? Int64.max)"]
        if let actor = request.query["actor"]?.stringValue { conditions.append("actor = \(actor)") }
        if let action = request.query["action"]?.stringValue { conditions.append("action = \(action)") }
        if let from = request.query["from"]?.stringValue.flatMap({ UTCInstant($0) }) {
            conditions.append("at >= \(from)")
        }
        if let to = request.query["to"]?.stringValue.flatMap({ UTCInstant($0) }) {
            conditions.append("at < \(to)")
        }
        let rows = try await services.database.read(
            """
            SELECT id, at, actor_id, actor, action, target_type, target_id, host(ip) AS ip, detail FROM audit_log
            WHERE \(SQL.joined(conditions, separator: " AND ")) ORDER BY id DESC LIMIT \(limit + 1)
            """
        )
        let entries = try rows.prefix(limit).map { try Self.entry($0) }
        let next = rows.count > limit ? entries.last?["id"] : nil
        return .json(["entries": .array(entries), "next": next ?? .null])
    }

    private static func entry(_ row: DatabaseRow) throws -> JSONValue {
        let at: UTCInstant = try row["at"]
        let detail: JSONValue? = try row["detail"]
        func text(_ column: String) throws -> JSONValue {
            let value: String? = try row[column]
            return value.map { .string($0) } ?? .null
        }
        return [
            "id": .integer(try row["id"]), "at": .string(at.description), "actorId": try text("actor_id"),
            "actor": try text("actor"), "action": try text("action"), "targetType": try text("target_type"),
            "targetId": try text("target_id"), "ip": try text("ip"),
            "detail": .object(detail?.objectValue ?? [:]),
        ]
    }
}

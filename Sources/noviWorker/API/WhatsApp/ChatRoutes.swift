import HTTPTypes
import Hummingbird
import Postgres
import Shared

/// Which chat belongs to which business, and what for.
struct ChatRoutes: Sendable {
    let services: APIServices

    private static let kinds = ["sales", "delivery", "direct"]
    private static let columns: SQL =
        "id, business_id, provider, external_id, kind, title, is_active, created_at"

    /// The routes.
    var routes: [Route] {
        [
            Route(
                method: .get,
                path: "/api/whatsapp/chats",
                summary: "Linked chats",
                tag: "whatsapp",
                access: .permission(.manageUsers),
                parameters: Page.parameters + [.query("business", .uuid, "Only those of a business.")],
                successes: [.json(.ok, Page.schema("ChatPage", "chats", Self.chat), "One page.")],
                handler: list
            ),
            Route(
                method: .post,
                path: "/api/whatsapp/chats",
                summary: "Links a chat to a business",
                tag: "whatsapp",
                access: .permission(.manageUsers),
                body: .object(
                    "NewChat",
                    [
                        .required("businessId", .uuid),
                        .required("provider", .choice(ProviderKind.allCases.map(\.rawValue))),
                        .required("externalId", .line(1...255), "The provider's name of the chat."),
                        .required("kind", .choice(Self.kinds)), .optional("title", .plainText(1...255)),
                    ]
                ),
                successes: [.json(.created, Self.chat, "Linked.")],
                refusals: [.notFound, .conflict],
                handler: create
            ),
            Route(
                method: .patch,
                path: "/api/whatsapp/chats/{id}",
                summary: "Changes a linked chat; an inactive one is not listened to",
                tag: "whatsapp",
                access: .permission(.manageUsers),
                parameters: [.path("id", .uuid, "chat")],
                body: .object(
                    "ChatChange",
                    [
                        .optional("kind", .choice(Self.kinds)), .optional("title", .plainText(1...255)),
                        .optional("isActive", .boolean),
                    ],
                    minimumCount: 1
                ),
                successes: [.json(.ok, Self.chat, "Changed.")],
                refusals: [.conflict],
                handler: change
            ),
        ]
    }

    private static let chat = Schema.object(
        "Chat",
        [
            .required("id", .uuid), .required("businessId", .uuid), .required("provider", .line(1...50)),
            .required("externalId", .line(1...255)), .required("kind", .choice(kinds)),
            .required("title", .nullable(.plainText(1...255))), .required("isActive", .boolean),
            .required("createdAt", .timestamp),
        ]
    )

    private struct Chat {
        let json: JSONObject
        let id: String
        let createdAt: UTCInstant

        init(_ row: DatabaseRow) throws {
            id = try row["id"]
            createdAt = try row["created_at"]
            let business: String = try row["business_id"]
            let provider: String = try row["provider"]
            let external: String = try row["external_id"]
            let kind: String = try row["kind"]
            let title: String? = try row["title"]
            let isActive: Bool = try row["is_active"]
            json = [
                "id": .string(id), "businessId": .string(business), "provider": .string(provider),
                "externalId": .string(external), "kind": .string(kind),
                "title": title.map(JSONValue.string) ?? .null, "isActive": .bool(isActive),
                "createdAt": .string("\(createdAt)"),
            ]
        }
    }

    private func list(_ request: APIRequest) async throws -> Response {
        let page = try Page(request)
        let business = request.query["business"]?.stringValue
        let rows = try await services.database.read(
            """
            SELECT \(Self.columns) FROM chats
            WHERE (created_at, id) < (\(page.before), \(page.beforeID)::uuid)
              AND (\(business)::uuid IS NULL OR business_id = \(business)::uuid)
            ORDER BY created_at DESC, id DESC LIMIT \(page.limit + 1)
            """
        )
        let chats = try rows.map { try Chat($0) }
        return page.response("chats", chats, json: { $0.json }, place: { ($0.createdAt, $0.id) })
    }

    private func create(_ request: APIRequest) async throws -> Response {
        let body = request.body
        let business = body["businessId"]?.stringValue ?? ""
        let chat = try await refusing {
            try await services.database.withTransaction { transaction in
                let known = try await transaction.query(
                    "SELECT 1 FROM businesses WHERE id = \(business)::uuid"
                )
                guard known.first != nil else { throw APIFailure.unknown("business") }
                let row = try await transaction.query(
                    """
                    INSERT INTO chats (business_id, provider, external_id, kind, title, registered_by)
                    VALUES (\(business)::uuid, \(body["provider"]?.stringValue), \(body["externalId"]?.stringValue),
                            \(body["kind"]?.stringValue), \(request.cleaned("title")), \(request.identity?.email))
                    RETURNING \(Self.columns)
                    """
                ).only()
                let chat = try Chat(row)
                try await AuditLog.note(
                    "chat.link",
                    target: ("chat", chat.id),
                    detail: ["business": .string(business), "kind": body["kind"] ?? .null],
                    of: request,
                    in: transaction
                )
                return chat
            }
        }
        return .json(chat.json, status: .created)
    }

    private func change(_ request: APIRequest) async throws -> Response {
        let body = request.body
        let id = request.path["id"] ?? ""
        let chat = try await refusing {
            try await services.database.withTransaction { transaction in
                let row = try await transaction.query(
                    """
                    UPDATE chats SET
                        kind = coalesce(\(body["kind"]?.stringValue), kind),
                        title = coalesce(\(request.cleaned("title")), title),
                        is_active = coalesce(\(body["isActive"]?.boolValue)::boolean, is_active)
                    WHERE id = \(id)::uuid RETURNING \(Self.columns)
                    """
                ).first
                guard let row else { throw APIFailure.unknown("chat") }
                var detail: JSONObject = [:]
                for name in ["kind", "isActive"] { detail[name] = body[name] }
                try await AuditLog.note(
                    "chat.change",
                    target: ("chat", id),
                    detail: detail,
                    of: request,
                    in: transaction
                )
                return try Chat(row)
            }
        }
        return .json(chat.json)
    }

    /// Has what contradicts other chats refused in words.
    private func refusing<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as DatabaseError {
            if error.isUniqueViolation(of: "chats_one_of_a_kind") {
                throw APIFailure.conflict(
                    "kind_taken",
                    "the business has an active chat of this kind already; make that one inactive first"
                )
            }
            if error.isUniqueViolation() {
                throw APIFailure.conflict("chat_taken", "the chat is linked to a business already")
            }
            throw error
        }
    }
}

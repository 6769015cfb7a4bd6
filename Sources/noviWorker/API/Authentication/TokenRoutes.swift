import Hummingbird
import Postgres
import Shared

/// Tokens with which programs act for a user: made, listed and revoked by the user.
///
/// The text is told once; the database keeps its SHA-256. A token allows some of what its owner may do, never more.
struct TokenRoutes: Sendable {
    let services: APIServices

    /// The routes.
    var routes: [Route] {
        [
            Route(
                method: .get,
                path: "/auth/tokens",
                summary: "The own API tokens that are good",
                tag: "authentication",
                access: .session,
                successes: [
                    .json(
                        .ok,
                        .object(
                            "TokenList",
                            [.required("tokens", .list(Self.token, count: 0...Self.maximumCount))]
                        ),
                        "Without their texts, which nobody knows any more."
                    )
                ],
                handler: list
            ),
            Route(
                method: .post,
                path: "/auth/tokens",
                summary: "Makes an API token, whose text is told once, here",
                tag: "authentication",
                access: .session,
                body: .object(
                    "NewToken",
                    [
                        .required("name", .plainText(1...100)),
                        .required(
                            "scopes",
                            .list(
                                .choice(Permission.allCases.map(\.rawValue)),
                                count: 1...Permission.allCases.count
                            ),
                            "What it is good for, out of what the user may do."
                        ),
                        .optional("expiresInDays", .integer(1...365), "90 unless given."),
                    ]
                ),
                successes: [
                    .json(
                        .created,
                        .object(
                            "MadeToken",
                            [
                                .required("token", Self.token),
                                .required("secret", .line(1...100), "For `Authorization: Bearer …`."),
                            ]
                        ),
                        "Made."
                    )
                ],
                refusals: [.conflict],
                handler: create
            ),
            Route(
                method: .delete,
                path: "/auth/tokens/{id}",
                summary: "Revokes an API token",
                tag: "authentication",
                access: .session,
                parameters: [.path("id", .uuid, "token")],
                successes: [.empty("Revoked.")],
                handler: revoke
            ),
        ]
    }

    private static let maximumCount = 50

    private static let token = Schema.object(
        "Token",
        [
            .required("id", .uuid), .required("name", .line(1...100)),
            .required("scopes", .list(.choice(Permission.allCases.map(\.rawValue)), count: 0...100)),
            .required("createdAt", .timestamp), .required("lastUsedAt", .nullable(.timestamp)),
            .required("expiresAt", .nullable(.timestamp)),
        ]
    )

    private static let columns: SQL = "id, name, scopes, created_at, last_used_at, expires_at"

    private static func json(_ row: DatabaseRow) throws -> JSONObject {
        let scopes: [String] = try row["scopes"]
        let created: UTCInstant = try row["created_at"]
        let used: UTCInstant? = try row["last_used_at"]
        let end: UTCInstant? = try row["expires_at"]
        return [
            "id": .string(try row["id"]), "name": .string(try row["name"]),
            "scopes": .array(scopes.map { .string($0) }), "createdAt": .string(created.description),
            "lastUsedAt": used.map { .string($0.description) } ?? .null,
            "expiresAt": end.map { .string($0.description) } ?? .null,
        ]
    }

    private func list(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let rows = try await services.database.read(
            """
            SELECT \(Self.columns) FROM api_tokens
            WHERE user_id = \(identity.userID)::uuid AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
            ORDER BY created_at DESC, id LIMIT \(Self.maximumCount)
            """
        )
        return .json(["tokens": .array(try rows.map { .object(try Self.json($0)) })])
    }

    private func create(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let scopes = (request.body["scopes"]?.arrayValue ?? []).compactMap(\.stringValue)
        for scope in scopes where Permission(rawValue: scope).map(identity.allows) != true {
            throw APIFailure.invalid(
                "scopes",
                "must be out of what you may do yourself, which \(scope) is not"
            )
        }
        let token = SessionToken()
        let days = Int(request.body["expiresInDays"]?.wholeNumber ?? 90)
        let made = try await services.database.withTransaction { transaction in
            // Of two at once the second waits, so that both are counted.
            try await transaction.query("SELECT FROM users WHERE id = \(identity.userID)::uuid FOR UPDATE")
            let count: Int = try await transaction.query(
                """
                SELECT count(*) AS count FROM api_tokens
                WHERE user_id = \(identity.userID)::uuid AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
                """
            ).only()["count"]
            guard count < Self.maximumCount else {
                throw APIFailure.conflict(
                    "too_many_tokens",
                    "there are \(count) tokens already; revoke one first"
                )
            }
            let row = try await transaction.query(
                """
                INSERT INTO api_tokens (user_id, name, token_hash, scopes, expires_at)
                VALUES (\(identity.userID)::uuid, \(request.cleaned("name")), \(DatabaseBytes(token.hash)), \(scopes)::text[],
                        now() + make_interval(days => \(days)))
                RETURNING \(Self.columns)
                """
            ).only()
            let made = try Self.json(row)
            try await AuditLog.note(
                "token.create",
                target: ("token", try row["id"]),
                detail: ["scopes": .array(scopes.map { .string($0) })],
                of: request,
                in: transaction
            )
            return made
        }
        return .json(
            ["token": .object(made), "secret": .string(Credential.tokenPrefix + token.text)],
            status: .created
        )
    }

    private func revoke(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let id = request.path["id"] ?? ""
        try await services.database.withTransaction { transaction in
            let count = try await transaction.execute(
                """
                UPDATE api_tokens SET revoked_at = now()
                WHERE id = \(id)::uuid AND user_id = \(identity.userID)::uuid AND revoked_at IS NULL
                """
            )
            guard count == 1 else { throw APIFailure.unknown("token") }
            try await AuditLog.note("token.revoke", target: ("token", id), of: request, in: transaction)
        }
        return Response(status: .noContent)
    }
}

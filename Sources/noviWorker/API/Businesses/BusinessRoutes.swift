import HTTPTypes
import Hummingbird
import Postgres
import Shared

/// Making, seeing and changing businesses.
struct BusinessRoutes: Sendable {
    let services: APIServices

    /// The routes.
    var routes: [Route] {
        [
            Route(
                method: .get,
                path: "/api/businesses",
                summary: "The caller's businesses; all of them for administrators",
                tag: "businesses",
                access: .permission(.readOwnOrders),
                parameters: Page.parameters,
                successes: [
                    .json(.ok, Page.schema("BusinessPage", "businesses", Business.schema), "One page.")
                ],
                handler: list
            ),
            Route(
                method: .post,
                path: "/api/businesses",
                summary: "Makes a business; the caller owns it",
                tag: "businesses",
                access: .permission(.updateOwnOrders),
                body: .object(
                    "NewBusiness",
                    [
                        .required("name", .plainText(1...255)),
                        .optional("timezone", .timeZone, "Africa/Lagos unless given."),
                        .optional("currency", .currency, "NGN unless given."),
                    ]
                ),
                successes: [.json(.created, Business.schema, "Made.", headers: ["Location"])],
                handler: create
            ),
            Route(
                method: .get,
                path: "/api/businesses/{id}",
                summary: "A business",
                tag: "businesses",
                access: .permission(.readOwnOrders),
                parameters: [.businessID],
                successes: [.json(.ok, Business.schema, "The business.")],
                handler: get
            ),
            Route(
                method: .patch,
                path: "/api/businesses/{id}",
                summary: "Changes a business; for its owner",
                tag: "businesses",
                access: .permission(.updateOwnOrders),
                parameters: [.businessID],
                body: .object(
                    "BusinessChange",
                    [
                        .optional("name", .plainText(1...255)), .optional("timezone", .timeZone),
                        .optional("currency", .currency), .optional("isActive", .boolean),
                    ],
                    minimumCount: 1
                ),
                successes: [.json(.ok, Business.schema, "Changed.")],
                handler: change
            ),
        ]
    }

    private func list(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let page = try Page(request)
        let isMember: SQL =
            identity.allows(.readAllOrders) ? "" : "AND business_members.user_id IS NOT NULL"
        let rows = try await services.database.read(
            """
            SELECT \(Business.columns)
            FROM businesses LEFT JOIN business_members
              ON business_members.business_id = businesses.id AND business_members.user_id = \(identity.userID)::uuid
            WHERE (businesses.created_at, businesses.id) < (\(page.before), \(page.beforeID)::uuid) \(isMember)
            ORDER BY businesses.created_at DESC, businesses.id DESC LIMIT \(page.limit + 1)
            """
        )
        let businesses = try rows.map { try Business($0) }
        return page.response("businesses", businesses, json: { $0.json }, place: { ($0.createdAt, $0.id) })
    }

    private func create(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let name = request.cleaned("name") ?? ""
        let timezone = request.body["timezone"]?.stringValue ?? "Africa/Lagos"
        let currency = request.body["currency"]?.stringValue ?? "NGN"
        try await TimeZones.check(timezone, in: services.database)
        let id = try await insert(name, timezone, currency, identity, request)
        let business = try await access.business(id, for: .read, by: identity)
        var response = Response.json(business.json, status: .created)
        response.headers[.location] = "/api/businesses/\(id)"
        return response
    }

    /// Codes are made at random, so one can be taken; then another one is tried.
    private func insert(
        _ name: String,
        _ timezone: String,
        _ currency: String,
        _ identity: Identity,
        _ request: APIRequest
    ) async throws -> String {
        for _ in 0..<20 {
            let id = try await services.database.withTransaction { transaction in
                try await insertOnce(name, timezone, currency, identity, request, in: transaction)
            }
            if let id { return id }
        }
        throw APIFailure.busy
    }

    /// Returns `nil` when the code is taken.
    private func insertOnce(
        _ name: String,
        _ timezone: String,
        _ currency: String,
        _ identity: Identity,
        _ request: APIRequest,
        in transaction: any Database
    ) async throws -> String? {
        let code = BusinessCodes.shortCode(for: name)
        let setup = BusinessCodes.setupIdentifier(for: name, code: code)
        let row = try await transaction.query(
            """
            INSERT INTO businesses (owner_id, name, short_code, setup_identifier, timezone, currency)
            VALUES (\(identity.userID)::uuid, \(name), \(code), \(setup), \(timezone), \(currency))
            ON CONFLICT DO NOTHING RETURNING id
            """
        ).first
        guard let row else { return nil }
        let id: String = try row["id"]
        try await transaction.execute(
            """
            INSERT INTO business_members (business_id, user_id, member_role)
            VALUES (\(id)::uuid, \(identity.userID)::uuid, 'owner')
            """
        )
        try await AuditLog.note(
            "business.create",
            target: ("business", id),
            detail: ["name": .string(name)],
            of: request,
            in: transaction
        )
        return id
    }

    private func get(_ request: APIRequest) async throws -> Response {
        let business = try await access.business(
            request.path["id"] ?? "",
            for: .read,
            by: try request.signedIn()
        )
        return .json(business.json)
    }

    private func change(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let id = request.path["id"] ?? ""
        _ = try await access.business(id, for: .own, by: identity)
        let timezone = request.body["timezone"]?.stringValue
        if let timezone { try await TimeZones.check(timezone, in: services.database) }
        try await services.database.withTransaction { transaction in
            try await transaction.execute(
                """
                UPDATE businesses SET
                    name = coalesce(\(request.cleaned("name")), name),
                    timezone = coalesce(\(timezone), timezone),
                    currency = coalesce(\(request.body["currency"]?.stringValue), currency),
                    is_active = coalesce(\(request.body["isActive"]?.boolValue)::boolean, is_active),
                    updated_at = now()
                WHERE id = \(id)::uuid
                """
            )
            // Summaries have the zone and the currency in them.
            try await OrderChanges.tell(business: id, in: transaction)
            try await AuditLog.note(
                "business.change",
                target: ("business", id),
                detail: Self.detail(request),
                of: request,
                in: transaction
            )
        }
        let business = try await access.business(id, for: .read, by: identity)
        return .json(business.json)
    }

    /// What a change says, as it is kept: raw text can hold what PostgreSQL's jsonb cannot, such as U+0000.
    private static func detail(_ request: APIRequest) -> JSONObject {
        var detail = request.body
        if let name = request.cleaned("name") { detail["name"] = .string(name) }
        return detail
    }

    private var access: BusinessAccess { BusinessAccess(database: services.database) }
}

/// The time zones that the database knows.
enum TimeZones {
    /// Refuses a name that is none.
    static func check(_ name: String, in database: DatabasePool) async throws {
        guard try await exists(name, in: database) else {
            throw APIFailure.invalid("timezone", "is no time zone that is known here, such as Africa/Lagos")
        }
    }

    private static func exists(_ name: String, in database: DatabasePool) async throws -> Bool {
        do {
            _ = try await database.read("SELECT now() AT TIME ZONE \(name)")
            return true
        } catch {
            if error.sqlState?.classCode == "22" { return false }
            throw error
        }
    }
}

extension Route.Parameter {
    /// `{id}` of a business.
    static let businessID = Route.Parameter.path("id", .uuid, "business")
}

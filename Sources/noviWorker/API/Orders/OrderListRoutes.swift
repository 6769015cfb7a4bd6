import HTTPTypes
import Hummingbird
import OrderMessages
import Postgres
import Shared

/// The orders of a business: listed, made, exported, summed up.
struct OrderListRoutes: Sendable {
    let services: APIServices

    /// The routes.
    var routes: [Route] {
        [
            Route(
                method: .get,
                path: "/api/businesses/{id}/orders",
                summary: "The orders of a business, newest first",
                tag: "orders",
                access: .permission(.readOwnOrders),
                parameters: [.businessID] + Page.parameters + OrderFilter.parameters,
                successes: [.json(.ok, Page.schema("OrderPage", "orders", Order.schema), "One page.")],
                handler: list
            ),
            Route(
                method: .post,
                path: "/api/businesses/{id}/orders",
                summary: "Makes an order",
                tag: "orders",
                access: .permission(.updateOwnOrders),
                parameters: [
                    .businessID,
                    .header(
                        "Idempotency-Key",
                        .line(1...255),
                        "A repetition within 24 hours with the same key and body gets the first answer."
                    ),
                ],
                body: Self.newOrder,
                successes: [.json(.created, Order.schema, "Made.", headers: ["ETag", "Location"])],
                refusals: [.conflict],
                handler: create
            ),
            Route(
                method: .get,
                path: "/api/businesses/{id}/orders.csv",
                summary: "The orders of a business as CSV, newest first",
                tag: "orders",
                access: .permission(.readOwnOrders),
                parameters: [.businessID] + OrderFilter.parameters,
                successes: [
                    Route.Success(
                        status: .ok,
                        note:
                            "One line an order; cells that a spreadsheet would take for formulas begin with an apostrophe.",
                        content: .text("text/csv")
                    )
                ],
                handler: export
            ),
            Route(
                method: .get,
                path: "/api/businesses/{id}/summary",
                summary: "Figures of the present day, week or month in the business's time zone",
                tag: "orders",
                access: .permission(.readOwnOrders),
                parameters: [
                    .businessID,
                    .query(
                        "range",
                        .choice(SummaryRange.allCases.map(\.rawValue)),
                        "`day` unless given; weeks begin on Monday."
                    ),
                ],
                successes: [.json(.ok, OrderSummary.schema, "The figures.")],
                handler: summary
            ),
        ]
    }

    private static let newOrder = Schema.object(
        "NewOrder",
        [
            .required("customerName", .plainText(1...255)), .required("customerPhone", .phone),
            .required("address", .plainText(1...1000)), .required("items", OrderItems.schema),
            .optional("totalAmount", .nullable(.amount)), .optional("deliveryDate", .nullable(.date)),
            .optional("notes", .nullable(.plainText(0...2000))),
        ]
    )

    private var access: BusinessAccess { BusinessAccess(database: services.database) }

    // MARK: - Listing

    private func list(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let page = try Page(request)
        let rows = try await Self.rows(
            of: request.path["id"] ?? "",
            OrderFilter(request),
            before: (page.before, page.beforeID),
            limit: page.limit + 1,
            user: identity.userID,
            in: services.database
        )
        // Who may see the business may see them; asked with the page, because most who ask may. An empty page tells nothing of it.
        if let first = rows.first {
            let role: String? = try first["member_role"]
            try BusinessAccess.check(role.flatMap(MemberRole.init), identity, .read)
        } else {
            _ = try await access.business(request.path["id"] ?? "", for: .read, by: identity)
        }
        let orders = try rows.map { try Order($0) }
        return page.response("orders", orders, json: { $0.json }, place: { ($0.createdAt, $0.id) })
    }

    private static func rows(
        of business: String,
        _ filter: OrderFilter,
        before: (UTCInstant, String),
        limit: Int,
        user: String,
        in database: DatabasePool
    ) async throws -> DatabaseRows {
        try await database.read(
            """
            \(Order.selection(for: user))
            AND orders.business_id = \(business)::uuid
            AND (orders.created_at, orders.id) < (\(before.0), \(before.1)::uuid) \(filter.conditions)
            ORDER BY orders.created_at DESC, orders.id DESC LIMIT \(limit)
            """
        )
    }

    // MARK: - Making

    private func create(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let business = try await access.business(request.path["id"] ?? "", for: .change, by: identity)
        guard business.isActive else {
            throw APIFailure.conflict("business_inactive", "this business takes no orders: it is not active")
        }
        let key = request.head.headerFields[.idempotencyKey]
        let (status, body, isNew) = try await services.database.withTransaction(attempts: 3) { transaction in
            let keys = IdempotencyKeys(database: transaction, scope: "orders of \(identity.userID)")
            if let key {
                var content = request.body
                content["businessId"] = .string(business.id)
                if case .done(let status, let response) = try await keys.claim(key, content: content) {
                    return (status, response, false)
                }
            }
            let order = try await insert(request, business, identity, in: transaction)
            if let key { try await keys.keep(key, status: 201, response: order.json) }
            return (201, order.json, true)
        }
        if isNew { services.counts.countCreated() }
        var response = Response.json(body, status: .init(code: status))
        response.headers[.eTag] = "\"\(body["version"]?.integerValue ?? 1)\""
        response.headers[.location] = "/api/orders/\(body["id"]?.stringValue ?? "")"
        return response
    }

    private func insert(
        _ request: APIRequest,
        _ business: Business,
        _ identity: Identity,
        in database: any Database
    ) async throws -> Order {
        let items = OrderItems(request.body["items"] ?? .null)
        let phone = request.body["customerPhone"]?.stringValue ?? ""
        let row = try await database.query(
            """
            INSERT INTO orders (order_id, business_id, customer_name, customer_phone, phone_raw, address, items_text,
                                total_amount, currency, delivery_date, notes, source, submitted_by)
            VALUES (next_order_id(\(business.id)::uuid), \(business.id)::uuid, \(request.cleaned("customerName")), \(PhoneNumber(phone)?.e164),
                    \(String(phone.prefix(100))), \(request.cleaned("address")), \(items.text),
                    \(request.body["totalAmount"].flatMap { Money(amount: $0) }), \(business.currency),
                    \(request.body["deliveryDate"]?.stringValue)::date, \(request.cleaned("notes")), 'api', \(identity.email))
            RETURNING id
            """
        ).only()
        let id: String = try row["id"]
        try await items.write(order: id, in: database)
        try await OrderEvents.note(
            "created",
            order: id,
            business: business.id,
            to: .pending,
            by: identity.actor,
            in: database
        )
        let made = try await database.query(
            "\(Order.selection(for: identity.userID)) AND orders.id = \(id)::uuid"
        ).only()
        return try Order(made)
    }

    // MARK: - Exporting and summing up

    private func export(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let business = try await access.business(request.path["id"] ?? "", for: .read, by: identity)
        let export = OrderExport(
            business: business.id,
            filter: OrderFilter(request),
            user: identity.userID,
            database: services.database,
            rows: Self.rows
        )
        // The first page is read before the answer begins, so that trouble can still be told.
        let first = try await export.firstPage()
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .cacheControl: "no-store",
                .contentDisposition: "attachment; filename=\"orders-\(business.shortCode).csv\"",
            ],
            body: ResponseBody { writer in
                try await export.write(first, to: &writer)
                try await writer.finish(nil)
            }
        )
    }

    private func summary(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let business = try await access.business(request.path["id"] ?? "", for: .read, by: identity)
        let range = SummaryRange(rawValue: request.query["range"]?.stringValue ?? "day") ?? .day
        let key = "summary:\(business.id):\(range.rawValue)"
        if let kept = await services.cache.get(key), let value = try? JSONValue(parsing: kept),
            let body = value.objectValue, let end = body["to"]?.stringValue.flatMap({ UTCInstant($0) }),
            UTCInstant.now() < end
        {
            return .json(body)
        }
        let moment = services.cache.moment
        let body = try await OrderSummary(business: business, range: range).body(in: services.database)
        await services.cache.set(
            key,
            JSONValue.object(body).serialized(),
            for: OrderSummary.lifetime,
            since: moment
        )
        return .json(body)
    }
}

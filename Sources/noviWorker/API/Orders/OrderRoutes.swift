import HTTPTypes
import Hummingbird
import OrderMessages
import Postgres
import Shared

/// One order: seen, changed, moved on, deleted.
struct OrderRoutes: Sendable {
    let services: APIServices

    /// The routes.
    var routes: [Route] { readingRoutes + changingRoutes }

    private var readingRoutes: [Route] {
        [
            Route(
                method: .get,
                path: "/api/orders/{id}",
                summary: "An order, by its UUID or its order id",
                tag: "orders",
                access: .permission(.readOwnOrders),
                parameters: [.orderID],
                successes: [.json(.ok, Order.schema, "The order.", headers: ["ETag"])],
                handler: get
            ),
            Route(
                method: .get,
                path: "/api/orders/{id}/events",
                summary: "What happened to an order, oldest first",
                tag: "orders",
                access: .permission(.readOwnOrders),
                parameters: [.orderID],
                successes: [.json(.ok, Self.eventList, "The history.")],
                handler: events
            ),
        ]
    }

    private var changingRoutes: [Route] {
        [
            Route(
                method: .patch,
                path: "/api/orders/{id}",
                summary: "Changes what an order says; not its state",
                tag: "orders",
                access: .permission(.updateOwnOrders),
                parameters: [.orderID, .ifMatch],
                body: Self.change,
                successes: [.json(.ok, Order.schema, "Changed.", headers: ["ETag"])],
                refusals: [.conflict, .preconditionFailed],
                handler: change
            ),
            Route(
                method: .delete,
                path: "/api/orders/{id}",
                summary: "Deletes an order; for the business's owner and administrators",
                tag: "orders",
                access: .permission(.updateOwnOrders),
                parameters: [.orderID, .ifMatch],
                successes: [.empty("Deleted.")],
                refusals: [.preconditionFailed],
                handler: delete
            ),
            Route(
                method: .post,
                path: "/api/orders/{id}/status",
                summary: "Moves an order on",
                tag: "orders",
                access: .permission(.updateOwnOrders),
                parameters: [.orderID, .ifMatch],
                body: .object("StatusChange", Self.statusFields),
                successes: [.json(.ok, Order.schema, "Moved on.", headers: ["ETag"])],
                refusals: [.conflict, .preconditionFailed],
                handler: changeStatus
            ),
            Route(
                method: .post,
                path: "/api/orders/bulk-status",
                summary: "Moves up to 100 orders on, each for itself",
                tag: "orders",
                access: .permission(.updateOwnOrders),
                body: .object(
                    "BulkStatusChange",
                    [.required("ids", .list(.orderIdentifier, count: 1...100))] + Self.statusFields
                ),
                successes: [.json(.ok, Self.bulkAnswer, "What became of each.")],
                handler: changeStatuses
            ),
        ]
    }

    // MARK: - Reading

    private func get(_ request: APIRequest) async throws -> Response {
        let order = try await find(request.path["id"] ?? "", for: .read, by: try request.signedIn())
        return Self.response(order)
    }

    private func events(_ request: APIRequest) async throws -> Response {
        let order = try await find(request.path["id"] ?? "", for: .read, by: try request.signedIn())
        let rows = try await services.database.read(
            """
            SELECT at, actor, actor_kind, event, from_status, to_status, detail FROM order_events
            WHERE order_id = \(order.id)::uuid ORDER BY id LIMIT 1000
            """
        )
        let events = try rows.map { row -> JSONValue in
            let at: UTCInstant = try row["at"]
            func text(_ column: String) throws -> JSONValue {
                let value: String? = try row[column]
                return value.map { .string($0) } ?? .null
            }
            let detail: JSONValue? = try row["detail"]
            return [
                "at": .string(at.description), "actor": try text("actor"),
                "actorKind": try text("actor_kind"),
                "event": try text("event"), "fromStatus": try text("from_status"),
                "toStatus": try text("to_status"),
                "detail": .object(detail?.objectValue ?? [:]),
            ]
        }
        return .json(["events": .array(events)])
    }

    private func find(
        _ id: String,
        for intent: BusinessAccess.Intent,
        by identity: Identity
    ) async throws -> Order {
        let rows = try await services.database.read(Self.selection(of: id, for: identity))
        return try Self.checked(rows.first, intent, identity)
    }

    private static func selection(of id: String, for identity: Identity) -> SQL {
        let selection = Order.selection(for: identity.userID)
        return UUIDText.isValid(id)
            ? "\(selection) AND orders.id = \(id)::uuid" : "\(selection) AND orders.order_id = \(id)"
    }

    private static func checked(
        _ row: DatabaseRow?,
        _ intent: BusinessAccess.Intent,
        _ identity: Identity
    ) throws -> Order {
        guard let row else { throw APIFailure.unknown("order") }
        let order = try Order(row)
        do {
            try BusinessAccess.check(order.memberRole, identity, intent)
        } catch let failure as APIFailure where failure.status == .notFound {
            throw APIFailure.unknown("order")
        }
        return order
    }

    private static func response(_ order: Order) -> Response {
        var response = Response.json(order.json)
        response.headers[.eTag] = order.entityTag
        return response
    }

    // MARK: - Changing

    /// Locks an order for a change: whoever comes at the same time waits and then sees what became of it.
    private func locked(
        _ id: String,
        for intent: BusinessAccess.Intent,
        by identity: Identity,
        in database: any Database
    ) async throws -> Order {
        let rows = try await database.query("\(Self.selection(of: id, for: identity)) FOR UPDATE OF orders")
        return try Self.checked(rows.first, intent, identity)
    }

    private static func checkMatch(_ request: APIRequest, _ order: Order) throws {
        guard let wanted = request.head.headerFields[.ifMatch], wanted != "*" else { return }
        let tags = wanted.split(separator: ",").map { $0.filter { $0 != " " } }
        guard tags.contains(order.entityTag) else {
            throw APIFailure(
                status: .preconditionFailed,
                code: "changed_meanwhile",
                message: "the order was changed meanwhile: its ETag is \(order.entityTag); read it again",
                headers: [.eTag: order.entityTag]
            )
        }
    }

    private func change(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        let order = try await services.database.withTransaction(attempts: 3) { transaction in
            let order = try await locked(
                request.path["id"] ?? "",
                for: .change,
                by: identity,
                in: transaction
            )
            try Self.checkMatch(request, order)
            guard !order.status.isFinal else {
                throw APIFailure.conflict(
                    "order_final",
                    "a \(order.status.rawValue) order cannot be changed any more"
                )
            }
            try await transaction.execute(Self.update(request, order))
            if let items = request.body["items"] {
                try await OrderItems(items).write(order: order.id, in: transaction)
            }
            try await OrderEvents.note(
                "changed",
                order: order.id,
                business: order.businessID,
                // The names of the fields: what stood in them is personal.
                detail: ["fields": .array(request.body.keys.map { .string($0) })],
                by: identity.actor,
                in: transaction
            )
            return try Order(try await transaction.query(Self.selection(of: order.id, for: identity)).only())
        }
        return Self.response(order)
    }

    private static func update(_ request: APIRequest, _ order: Order) -> SQL {
        var sets: [SQL] = ["updated_at = now()"]
        if let name = request.cleaned("customerName") { sets.append("customer_name = \(name)") }
        if let phone = request.body["customerPhone"]?.stringValue {
            sets.append("customer_phone = \(PhoneNumber(phone)?.e164)")
            sets.append("phone_raw = \(String(phone.prefix(100)))")
        }
        if let address = request.cleaned("address") { sets.append("address = \(address)") }
        if let items = request.body["items"] {
            sets.append("items_text = \(OrderItems(items).text)")
            sets.append("needs_clarification = false")
        }
        if let amount = request.body["totalAmount"] {
            sets.append("total_amount = \(Money(amount: amount))::numeric")
        }
        if let day = request.body["deliveryDate"] { sets.append("delivery_date = \(day.stringValue)::date") }
        if request.body["notes"] != nil { sets.append("notes = \(request.cleaned("notes"))") }
        if request.body["deliveryPerson"] != nil {
            sets.append("delivery_person = \(request.cleaned("deliveryPerson"))")
        }
        return "UPDATE orders SET \(SQL.joined(sets, separator: ", ")) WHERE id = \(order.id)::uuid"
    }

    private func delete(_ request: APIRequest) async throws -> Response {
        let identity = try request.signedIn()
        try await services.database.withTransaction(attempts: 3) { transaction in
            let order = try await locked(request.path["id"] ?? "", for: .own, by: identity, in: transaction)
            try Self.checkMatch(request, order)
            try await transaction.execute(
                """
                UPDATE orders SET deleted_at = now() WHERE id = \(order.id)::uuid
                """
            )
            try await OrderEvents.note(
                "deleted",
                order: order.id,
                business: order.businessID,
                by: identity.actor,
                in: transaction
            )
            try await AuditLog.note(
                "order.delete",
                target: ("order", order.orderID),
                of: request,
                in: transaction
            )
        }
        return Response(status: .noContent)
    }

    private func changeStatus(_ request: APIRequest) async throws -> Response {
        let order = try await moveOn(request.path["id"] ?? "", request)
        return Self.response(order)
    }

    private func changeStatuses(_ request: APIRequest) async throws -> Response {
        var results: [JSONValue] = []
        for id in request.body["ids"]?.arrayValue ?? [] {
            let id = id.stringValue ?? ""
            do {
                let order = try await moveOn(id, request)
                results.append([
                    "id": .string(id), "ok": true, "status": .string(order.status.rawValue), "code": nil,
                    "message": nil,
                ])
            } catch let failure as APIFailure where failure.status.kind == .clientError {
                results.append([
                    "id": .string(id), "ok": false, "status": nil, "code": .string(failure.code),
                    "message": .string(failure.message),
                ])
            }
        }
        return .json(["results": .array(results)])
    }

    private func moveOn(_ id: String, _ request: APIRequest) async throws -> Order {
        let identity = try request.signedIn()
        guard let next = OrderStatus(rawValue: request.body["status"]?.stringValue ?? "") else {
            throw APIFailure.invalid("status", "is not known")
        }
        let reason = request.cleaned("reason")
        let person = request.cleaned("deliveryPerson")
        return try await services.database.withTransaction(attempts: 3) { transaction in
            let order = try await locked(id, for: .change, by: identity, in: transaction)
            try Self.checkMatch(request, order)
            guard order.status.canBecome(next) else {
                throw APIFailure.conflict("status_not_possible", order.status.refusal(of: next))
            }
            try await transaction.execute(
                """
                UPDATE orders SET status = \(next.rawValue),
                    delivery_person = coalesce(\(person), delivery_person),
                    cancel_reason = CASE WHEN \(next == .cancelled)::boolean THEN \(reason)::text ELSE cancel_reason END
                WHERE id = \(order.id)::uuid
                """
            )
            try await OrderEvents.note(
                "status",
                order: order.id,
                business: order.businessID,
                from: order.status,
                to: next,
                detail: reason.map { ["reason": .string($0)] } ?? [:],
                by: identity.actor,
                in: transaction
            )
            return try Order(try await transaction.query(Self.selection(of: order.id, for: identity)).only())
        }
    }
}

extension Schema {
    /// A UUID or an order id such as `QWE-20260610-001`.
    static let orderIdentifier = Schema.text(
        TextRule(
            length: 16...36,
            pattern: "^([A-Z0-9]{3}-[0-9]{8}-[0-9]{3,7}|\(UUIDText.pattern.dropFirst().dropLast()))$"
        ) { text in
            UUIDText.isValid(text) || isOrderID(text)
                ? nil : "must be a UUID or an order id such as QWE-20260610-001"
        }
    )

    private static func isOrderID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 3, parts[1].utf8.count == 8,
            (3...7).contains(parts[2].utf8.count)
        else {
            return false
        }
        let isDigit: (UInt8) -> Bool = { (0x30...0x39).contains($0) }
        return parts[0].utf8.allSatisfy { isDigit($0) || (0x41...0x5A).contains($0) }
            && parts[1].utf8.allSatisfy(isDigit) && parts[2].utf8.allSatisfy(isDigit)
    }
}

extension Route.Parameter {
    /// `{id}` of an order.
    fileprivate static let orderID = Route.Parameter.path("id", .orderIdentifier, "order")

    /// The version that a change is meant for.
    fileprivate static let ifMatch = Route.Parameter.header(
        "If-Match",
        .line(1...100),
        "The ETag that the change is meant for; when the order is another by now, nothing is changed (412)."
    )
}

import Postgres
import Shared

/// An order as callers see it.
struct Order: Sendable {
    /// The UUID.
    let id: String
    /// `QWE-20260610-001`.
    let orderID: String
    let businessID: String
    let businessName: String
    let status: OrderStatus
    /// Counts changes; its `ETag`.
    let version: Int
    let createdAt: UTCInstant
    /// What the caller is to the business.
    let memberRole: MemberRole?

    private let fields: JSONObject

    /// The columns that ``init(_:)`` reads, of `orders`, `businesses` and `business_members`.
    ///
    /// In the order in which they are read, which is the quickest way.
    static let columns: SQL = """
        orders.id, orders.order_id, orders.business_id, businesses.name AS business_name, orders.status, orders.version,
        orders.created_at, business_members.member_role, orders.total_amount, orders.updated_at, orders.customer_name,
        orders.customer_phone, orders.address, orders.items_text, orders.currency, orders.delivery_date, orders.notes,
        orders.source, orders.submitted_by, orders.delivery_person, orders.cancel_reason, orders.needs_clarification,
        orders.delivered_at, orders.cancelled_at
        """

    /// Orders with their business and the caller's part in it, to be narrowed with AND.
    static func selection(for user: String) -> SQL {
        """
        SELECT \(columns)
        FROM orders JOIN businesses ON businesses.id = orders.business_id
        LEFT JOIN business_members ON business_members.business_id = orders.business_id
          AND business_members.user_id = \(user)::uuid
        WHERE orders.deleted_at IS NULL
        """
    }

    /// Reads a row with ``columns``.
    init(_ row: DatabaseRow) throws {
        id = try row["id"]
        orderID = try row["order_id"]
        businessID = try row["business_id"]
        businessName = try row["business_name"]
        let statusText: String = try row["status"]
        guard let status = OrderStatus(rawValue: statusText) else {
            throw DatabaseError.undecodable("an order has the status \(statusText)")
        }
        self.status = status
        version = try row["version"]
        createdAt = try row["created_at"]
        let role: String? = try row["member_role"]
        memberRole = role.flatMap(MemberRole.init)
        let amount: Money? = try row["total_amount"]
        let updatedAt: UTCInstant = try row["updated_at"]
        func text(_ column: String) throws -> JSONValue {
            let value: String? = try row[column]
            return value.map { .string($0.trimmed) } ?? .null
        }
        func time(_ column: String) throws -> JSONValue {
            let value: UTCInstant? = try row[column]
            return value.map { .string($0.description) } ?? .null
        }
        fields = [
            "id": .string(id), "orderId": .string(orderID), "businessId": .string(businessID),
            "businessName": .string(businessName), "customerName": try text("customer_name"),
            "customerPhone": try text("customer_phone"), "address": try text("address"),
            "items": try text("items_text"),
            "totalAmount": amount?.json ?? .null, "currency": try text("currency"),
            "deliveryDate": try text("delivery_date"), "notes": try text("notes"),
            "status": .string(statusText),
            "source": try text("source"), "submittedBy": try text("submitted_by"),
            "deliveryPerson": try text("delivery_person"), "cancelReason": try text("cancel_reason"),
            "needsClarification": .bool(try row["needs_clarification"]), "version": .integer(Int64(version)),
            "createdAt": .string(createdAt.description), "updatedAt": .string(updatedAt.description),
            "deliveredAt": try time("delivered_at"), "cancelledAt": try time("cancelled_at"),
        ]
    }

    /// As callers see it.
    var json: JSONObject { fields }

    /// The order's version as an entity tag (RFC 9110).
    var entityTag: String { "\"\(version)\"" }

    /// The shape of ``json``.
    static let schema = Schema.object(
        "Order",
        [
            .required("id", .uuid), .required("orderId", .line(1...20)), .required("businessId", .uuid),
            .required("businessName", .line(1...255)), .required("customerName", .line(1...255)),
            .required("customerPhone", .line(1...20), "E.164"), .required("address", .line(0...1000)),
            .required("items", .nullable(.line(0...1000))), .required("totalAmount", .nullable(.number)),
            .required("currency", .nullable(.line(3...3))), .required("deliveryDate", .nullable(.date)),
            .required("notes", .nullable(.line(0...4000))), .required("status", .orderStatus),
            .required("source", .nullable(.line(0...20))),
            .required("submittedBy", .nullable(.line(0...255))),
            .required("deliveryPerson", .nullable(.line(0...255))),
            .required("cancelReason", .nullable(.line(0...1000))),
            .required("needsClarification", .boolean), .required("version", .integer(1...2_147_483_647)),
            .required("createdAt", .timestamp), .required("updatedAt", .timestamp),
            .required("deliveredAt", .nullable(.timestamp)), .required("cancelledAt", .nullable(.timestamp)),
        ]
    )
}

extension Schema {
    /// Where an order is on its way.
    static let orderStatus = Schema.choice(OrderStatus.allCases.map(\.rawValue))
}

extension String {
    /// The text without the blanks that `char(n)` fills up with.
    fileprivate var trimmed: String {
        guard utf8.last == 0x20 else { return self }
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

import OrderMessages
import Postgres
import Shared

/// Carries out what people type, in the transaction of their message; each command has exactly one answer.
struct ChatCommands {
    private let message: MessageCase

    init(_ message: MessageCase) {
        self.message = message
    }

    private var database: DatabaseConnection { message.database }
    private var stored: StoredMessage { message.message }

    /// The most orders that one answer lists.
    private static let listed = 10

    /// Does it.
    ///
    /// - Returns: The answer.
    func carryOut(_ command: Command) async throws -> String {
        if case .setup(let identifier?) = command { return try await setUp(identifier) }
        if let answer = Reply.answer(to: command) { return answer }
        guard let place = stored.place else { return Reply.whichBusiness }
        return switch command {
        case .pending: try await pending(place)
        case .daily: try await figures(place, "day", "Today")
        case .weekly: try await figures(place, "week", "This week")
        case .monthly: try await figures(place, "month", "This month")
        case .status: try await status(place)
        case .done(let id?, let note): try await deliver(id, note, place)
        case .cancel(let id?, let reason): try await cancel(id, reason, place)
        case .setup, .done, .cancel, .help, .unknown: Reply.help
        }
    }

    // MARK: - Looking

    private func pending(_ place: ChatPlace) async throws -> String {
        let rows = try await database.query(
            """
            SELECT order_id, customer_name, items_text, delivery_date::text AS day, status, count(*) OVER () AS total
            FROM orders WHERE business_id = \(place.business)::uuid AND deleted_at IS NULL
            AND status IN ('pending', 'processing', 'out_for_delivery')
            ORDER BY delivery_date NULLS LAST, created_at, order_id LIMIT \(Self.listed)
            """
        )
        guard let first = rows.first else { return "No open orders." }
        let total: Int = try first["total"]
        var lines = ["\(total) open \(total == 1 ? "order" : "orders"):"]
        for row in rows {
            let id: String = try row["order_id"]
            let name: String = try row["customer_name"]
            let items: String? = try row["items_text"]
            let day: String? = try row["day"]
            let status: String = try row["status"]
            var line = "\(id) · \(Self.plain(name)) · \(Self.plain(items ?? "items not told yet"))"
            if let day { line += " · \(day)" }
            if status != "pending" { line += " · \(status.split(separator: "_").joined(separator: " "))" }
            lines.append(line)
        }
        if total > rows.count { lines.append("… and \(total - rows.count) more") }
        return lines.joined(separator: "\n")
    }

    private func figures(_ place: ChatPlace, _ unit: String, _ title: String) async throws -> String {
        let zone = place.timezone
        let row = try await database.query(
            """
            SELECT count(*) AS orders, count(*) FILTER (WHERE status = 'delivered') AS delivered,
                count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
                count(*) FILTER (WHERE status NOT IN ('delivered', 'cancelled')) AS open,
                coalesce(sum(total_amount) FILTER (WHERE status <> 'cancelled'), 0)::numeric(14,2) AS revenue
            FROM orders WHERE business_id = \(place.business)::uuid AND deleted_at IS NULL
            AND created_at >= date_trunc(\(unit), now() AT TIME ZONE \(zone)) AT TIME ZONE \(zone)
            """
        ).only()
        let orders: Int = try row["orders"]
        let delivered: Int = try row["delivered"]
        let cancelled: Int = try row["cancelled"]
        let open: Int = try row["open"]
        let revenue: Money = try row["revenue"]
        return """
            \(title) at \(Self.plain(place.businessName)):
            \(orders) \(orders == 1 ? "order" : "orders") · \(delivered) delivered · \(open) open · \(cancelled) cancelled
            Total: \(place.currency) \(revenue)
            """
    }

    private func status(_ place: ChatPlace) async throws -> String {
        let row = try await database.query(
            """
            SELECT (SELECT count(*) FROM inbound_messages WHERE processed_at IS NULL) AS unread,
                (SELECT count(*) FROM outbound_messages WHERE state IN ('queued', 'sending', 'unknown', 'failed')) AS waiting
            """
        ).only()
        let unread: Int = try row["unread"]
        let waiting: Int = try row["waiting"]
        return """
            WhatsApp: \(await message.processing.linkStatus())
            Messages to read: \(max(0, unread - 1)) · to send: \(waiting)
            This chat: \(place.kind.rawValue) of \(Self.plain(place.businessName))
            """
    }

    // MARK: - Changing

    private struct KnownOrder {
        let key: String
        let status: OrderStatus
    }

    private func find(_ id: OrderID, _ place: ChatPlace) async throws -> KnownOrder? {
        let row = try await database.queryFirst(
            """
            SELECT id, status FROM orders WHERE order_id = \("\(id)") AND business_id = \(place.business)::uuid
            AND deleted_at IS NULL FOR UPDATE
            """
        )
        guard let row, let status = OrderStatus(rawValue: try row["status"]) else { return nil }
        return KnownOrder(key: try row["id"], status: status)
    }

    private func deliver(_ id: OrderID, _ note: String?, _ place: ChatPlace) async throws -> String {
        guard let order = try await find(id, place) else { return Self.noSuchOrder(id) }
        switch order.status {
        case .delivered: return "\(id) is delivered already."
        case .cancelled: return "\(id) is cancelled; it cannot be delivered."
        case .processing:
            // There is no way past the delivery in the order's states.
            try await move(order, to: .outForDelivery, place)
            try await move(
                KnownOrder(key: order.key, status: .outForDelivery),
                to: .delivered,
                note: note,
                place
            )
        default: try await move(order, to: .delivered, note: note, place)
        }
        return "✅ \(id) is delivered."
    }

    private func cancel(_ id: OrderID, _ reason: String?, _ place: ChatPlace) async throws -> String {
        guard let order = try await find(id, place) else { return Self.noSuchOrder(id) }
        switch order.status {
        case .cancelled: return "\(id) is cancelled already."
        case .delivered: return "\(id) is delivered; it cannot be cancelled."
        default: break
        }
        try await move(order, to: .cancelled, note: reason, place)
        return "❌ \(id) is cancelled\(reason.map { ": \(Self.plain($0))" } ?? "")."
    }

    private func move(
        _ order: KnownOrder,
        to status: OrderStatus,
        note: String? = nil,
        _ place: ChatPlace
    )
        async throws
    {
        try await database.query(
            """
            UPDATE orders SET status = \(status.rawValue),
                cancel_reason = CASE WHEN \(status == .cancelled) THEN \(note) ELSE cancel_reason END,
                delivery_person = CASE WHEN \(status == .delivered) THEN coalesce(delivery_person, \(stored.sender)) ELSE delivery_person END
            WHERE id = \(order.key)::uuid
            """
        )
        try await OrderEvents.note(
            "status",
            order: order.key,
            business: place.business,
            from: order.status,
            to: status,
            detail: note.map { ["reason": .string($0)] } ?? [:],
            by: stored.actor,
            in: database
        )
    }

    private static func noSuchOrder(_ id: OrderID) -> String {
        "I know no order \(id). /pending lists those that are open."
    }

    // MARK: - Linking

    /// Links the chat: the first group of a business sells, the second delivers; a person's own chat is direct.
    private func setUp(_ identifier: String) async throws -> String {
        let business = try await database.queryFirst(
            """
            SELECT b.id, b.name, b.is_active AND u.is_active AS is_active,
                EXISTS (SELECT FROM chats WHERE business_id = b.id AND kind = 'sales' AND is_active) AS has_sales,
                EXISTS (SELECT FROM chats WHERE business_id = b.id AND kind = 'delivery' AND is_active) AS has_delivery
            FROM businesses b JOIN users u ON u.id = b.owner_id WHERE lower(b.setup_identifier) = lower(\(identifier))
            FOR UPDATE OF b
            """
        )
        guard let business, try business["is_active"] as Bool else {
            return "I know no business with the identifier \(Self.plain(identifier))."
        }
        let id: String = try business["id"]
        let name = Self.plain(try business["name"] as String)
        if let place = stored.place, place.business == id {
            return "This chat is the \(place.kind.rawValue) chat of \(name) already."
        }
        if stored.place?.isActive == true {
            return
                "This chat belongs to \(Self.plain(stored.place?.businessName ?? "another business")) already."
        }
        let hasSales: Bool = try business["has_sales"]
        let hasDelivery: Bool = try business["has_delivery"]
        let kind: ChatPlace.Kind
        if !stored.isGroup {
            kind = .direct
        } else if !hasSales {
            kind = .sales
        } else if !hasDelivery {
            kind = .delivery
        } else {
            return "\(name) has a sales chat and a delivery chat already."
        }
        try await database.query(
            """
            INSERT INTO chats (business_id, provider, external_id, kind, registered_by)
            VALUES (\(id)::uuid, \(message.processing.provider.rawValue), \(stored.chat), \(kind.rawValue), \(stored.sender))
            ON CONFLICT (provider, external_id) DO UPDATE SET business_id = EXCLUDED.business_id, kind = EXCLUDED.kind,
                is_active = true, registered_by = EXCLUDED.registered_by
            """
        )
        return switch kind {
        case .sales:
            "✅ This is the sales chat of \(name) now. Write orders here; /help tells what else there is."
        case .delivery:
            "✅ This is the delivery chat of \(name) now. New orders come here; reply done when one is delivered."
        case .direct: "✅ You are linked to \(name) now. Write orders here; /help tells what else there is."
        }
    }

    private static func plain(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

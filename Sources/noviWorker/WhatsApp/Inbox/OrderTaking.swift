import OrderMessages
import Postgres
import Shared

/// Makes orders of complete forms: rows, history and the texts that tell of them.
struct OrderTaking {
    private let message: MessageCase
    private let place: ChatPlace

    init(_ message: MessageCase, _ place: ChatPlace) {
        self.message = message
        self.place = place
    }

    private var database: DatabaseConnection { message.database }
    private var stored: StoredMessage { message.message }

    /// Takes the orders of the message.
    ///
    /// - Parameters:
    ///   - forms: Each with the required fields.
    ///   - notes: What stands before the confirmation.
    /// - Returns: The orders' keys, those that were made before of the same message included.
    /// - Throws: ``DatabaseError``.
    func take(_ forms: [OrderForm], notes: String) async throws -> [String] {
        var orders: [String] = []
        for (index, form) in forms.enumerated() {
            let part = index + 1
            if let known = try await known(part) {
                orders.append(known)
                continue
            }
            let (key, id) = try await insert(form, part)
            orders.append(key)
            try await tell(form, key, id, part, notes: index == 0 ? notes : "")
        }
        return orders
    }

    private func known(_ part: Int) async throws -> String? {
        try await database.queryFirst(
            "SELECT id FROM orders WHERE inbound_message_id = \(stored.id)::uuid AND inbound_part = \(part)"
        )?["id"]
    }

    private func insert(_ form: OrderForm, _ part: Int) async throws -> (key: String, id: OrderID) {
        let isSimulated = message.processing.provider == .simulator
        let items = OrderItems(form.items ?? [])
        let row = try await database.query(
            """
            INSERT INTO orders (order_id, business_id, customer_name, customer_phone, phone_raw, alt_phones, address, items_text,
                needs_clarification, total_amount, currency, delivery_date, delivery_date_raw, notes, source, submitted_by,
                inbound_message_id, inbound_part, parser_version)
            VALUES (next_order_id(\(place.business)::uuid), \(place.business)::uuid, \(form.customerName),
                \(form.customerPhone?.e164), \(form.customerPhone.map { String($0.raw.prefix(100)) }),
                \(form.alternativePhones)::text[], \(form.address), \(items.lines.isEmpty ? nil : items.text), \(items.lines.isEmpty),
                \(form.totalAmount.map { Money(hundredths: $0.hundredths) }?.description)::numeric, \(place.currency), \(form.deliveryDate?.description)::date,
                \(form.deliveryDateText), \(form.notes), \(isSimulated ? "simulator" : "whatsapp"), \(stored.sender),
                \(stored.id)::uuid, \(part)::smallint, \(MessageParser.version))
            RETURNING id, order_id
            """
        ).only()
        let key: String = try row["id"]
        let text: String = try row["order_id"]
        guard let id = OrderID(text) else { throw DatabaseError.undecodable("the order id \(text)") }
        try await items.write(order: key, in: database)
        try await OrderEvents.note(
            "created",
            order: key,
            business: place.business,
            to: .pending,
            by: stored.actor,
            in: database
        )
        return (key, id)
    }

    /// Confirms in the chat that ordered and hands on to the chat that delivers.
    private func tell(
        _ form: OrderForm,
        _ key: String,
        _ id: OrderID,
        _ part: Int,
        notes: String
    ) async throws {
        let confirmation = Confirmation(id: id, form: form)
        try await message.answer(
            notes + confirmation.sales,
            "confirmation:\(part)",
            kind: .confirmation,
            order: key
        )
        if let question = Reply.question(about: form, id: id, today: stored.day) {
            try await message.answer(question, "question:\(part)", order: key)
        }
        let delivery = try await database.queryFirst(
            """
            SELECT external_id FROM chats WHERE business_id = \(place.business)::uuid AND kind = 'delivery' AND is_active
            AND provider = \(message.processing.provider.rawValue)
            """
        )
        guard let chat: String = try delivery?["external_id"], chat != stored.chat else { return }
        try await message.send(
            confirmation.delivery,
            to: chat,
            "delivery:\(part)",
            kind: .delivery,
            order: key
        )
    }
}

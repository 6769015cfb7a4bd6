import OrderMessages
import Postgres
import Shared

/// What is ordered: a text, or a list from which the text is made.
struct OrderItems: Equatable, Sendable {
    /// One line of the list.
    struct Line: Equatable, Sendable {
        let name: String
        let quantity: Int
        let unitPrice: Money?
    }

    /// At most ``textLength`` characters.
    let text: String

    /// The lines; empty when only a text was given.
    let lines: [Line]

    /// The longest text (row A56).
    static let textLength = 1000

    /// The longest name of a line.
    static let nameLength = 255

    /// The shape of the field.
    static let schema = Schema.either([
        .plainText(1...textLength),
        .list(
            .object(
                "OrderItem",
                [
                    .required("name", .plainText(1...nameLength)), .required("quantity", .integer(1...9999)),
                    .optional("unitPrice", .nullable(.price)),
                ]
            ),
            count: 1...100
        ),
    ])

    /// Reads a field of that shape.
    init(_ value: JSONValue) {
        if let text = value.stringValue {
            self.text = PlainText.cleaned(text)
            lines = []
            return
        }
        lines = (value.arrayValue ?? []).map { item in
            Line(
                name: PlainText.cleaned(item["name"]?.stringValue ?? ""),
                quantity: Int(item["quantity"]?.wholeNumber ?? 1),
                unitPrice: item["unitPrice"].flatMap { Money(price: $0) }
            )
        }
        text = Self.text(of: lines)
    }

    /// Takes what was read from a message.
    init(_ items: [OrderItem]) {
        lines = items.map { item in
            let name = String(String.UnicodeScalarView(item.name.unicodeScalars.prefix(Self.nameLength)))
            return Line(name: name, quantity: item.quantity, unitPrice: Self.unitPrice(of: item))
        }
        text = Self.text(of: lines)
    }

    /// The price of one; of a price for all only where it can be told exactly.
    private static func unitPrice(of item: OrderItem) -> Money? {
        if let price = item.unitPrice { return Money(hundredths: price.hundredths) }
        guard let price = item.linePrice, item.quantity > 0, price.hundredths % Int64(item.quantity) == 0
        else {
            return nil
        }
        return Money(hundredths: price.hundredths / Int64(item.quantity))
    }

    /// `2 x cake, 1 x pie`, at most as long as the column.
    private static func text(of lines: [Line]) -> String {
        let text = lines.map { "\($0.quantity) x \($0.name)" }.joined(separator: ", ")
        guard text.unicodeScalars.count > textLength else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(textLength - 1))) + "…"
    }

    /// Replaces an order's lines.
    func write(order: String, in database: any Database) async throws {
        try await database.execute("DELETE FROM order_items WHERE order_id = \(order)::uuid")
        guard !lines.isEmpty else { return }
        let names = lines.map(\.name)
        let quantities = lines.map(\.quantity)
        let prices = lines.map { $0.unitPrice?.description ?? "" }
        try await database.execute(
            """
            INSERT INTO order_items (order_id, position, name, quantity, unit_price)
            SELECT \(order)::uuid, item.position, item.name, item.quantity, nullif(item.price, '')::numeric
            FROM unnest(\(names)::text[], \(quantities)::int[], \(prices)::text[])
              WITH ORDINALITY AS item (name, quantity, price, position)
            """
        )
    }
}

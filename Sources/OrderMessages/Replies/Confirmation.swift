/// The texts that tell of a new order.
///
/// The id stands first, before anything that a customer wrote: a reply to the text is understood by the first id in it.
public struct Confirmation: Sendable {
    private let id: OrderID
    private let form: OrderForm

    /// Makes the texts of an order.
    public init(id: OrderID, form: OrderForm) {
        self.id = id
        self.form = form
    }

    /// For the chat that ordered: short.
    public var sales: String {
        var lines = ["✅ Order received: \(id)"]
        if let name = form.customerName { lines.append("Customer: \(plain(name))") }
        if let items = form.items { lines.append("Items: \(Confirmation.list(items, limit: 300))") }
        if let day = form.deliveryDate { lines.append("Delivery: \(day.longText)") }
        return lines.joined(separator: "\n")
    }

    /// For the chat that delivers: everything, and how to answer.
    public var delivery: String {
        var lines = ["✅ *Order Received*", "", "*Order ID:* \(id)"]
        lines += Confirmation.fields(of: form, isBold: true)
        lines += ["", "Reply *done* when it is delivered, or *cancel* and the reason."]
        return lines.joined(separator: "\n")
    }

    /// The fields as labelled lines, which parse to the same order.
    public static func fields(of form: OrderForm, isBold: Bool = false) -> [String] {
        let mark = isBold ? "*" : ""
        var lines: [String] = []
        func add(_ label: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            lines.append("\(mark)\(label):\(mark) \(oneLine(value))")
        }
        add("Customer", form.customerName)
        let phones = [form.customerPhone?.e164].compactMap(\.self) + form.alternativePhones
        add("Phone", phones.isEmpty ? nil : phones.joined(separator: " / "))
        add("Address", form.address)
        add("Items", form.items.map { list($0, limit: OrderMessageLimits.addressScalars) })
        add("Date", form.deliveryDate?.description ?? form.unreadDate)
        add("Total", form.totalAmount.map { "₦\($0)" })
        add("Notes", form.notes)
        return lines
    }

    /// `2 vanilla cakes @ ₦500, 1 meat pie`, cut between items.
    static func list(_ items: [OrderItem], limit: Int) -> String {
        var text = ""
        for (index, item) in items.enumerated() {
            var next = "\(item.quantity) \(item.name)"
            if let price = item.unitPrice { next += " @ ₦\(price)" }
            if let price = item.linePrice { next += " for ₦\(price)" }
            guard text.unicodeScalars.count + next.unicodeScalars.count + 2 <= limit else {
                let more = items.count - index
                return text.isEmpty ? next.prefixOfScalars(limit) : "\(text) and \(more) more"
            }
            text += text.isEmpty ? next : ", \(next)"
        }
        return text
    }

    private func plain(_ text: String) -> String { Confirmation.oneLine(text) }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}

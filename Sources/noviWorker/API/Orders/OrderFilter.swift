import OrderMessages
import Postgres
import Shared

/// Which orders of a business a caller wants.
struct OrderFilter: Sendable {
    /// The conditions, each with AND in front.
    let conditions: SQL

    /// The query's parameters.
    static let parameters: [Route.Parameter] = [
        .query("status", .orderStatus, "Only those in this state."),
        .query("from", .instant, "Only those made at or after this time."),
        .query("to", .instant, "Only those made before this time."),
        .query("q", .line(1...100), "Only those whose customer's name, order id or phone number holds this."),
        .query("submittedBy", .line(1...255), "Only those submitted by this person."),
        .query("deliveryDate", .date, "Only those for this day."),
    ]

    /// Reads a request's filter.
    init(_ request: APIRequest) {
        var conditions: [SQL] = [""]
        if let status = request.query["status"]?.stringValue {
            conditions.append("AND orders.status = \(status)")
        }
        if let from = request.query["from"]?.stringValue.flatMap({ UTCInstant($0) }) {
            conditions.append("AND orders.created_at >= \(from)")
        }
        if let to = request.query["to"]?.stringValue.flatMap({ UTCInstant($0) }) {
            conditions.append("AND orders.created_at < \(to)")
        }
        if let name = request.query["submittedBy"]?.stringValue {
            conditions.append("AND orders.submitted_by = \(name)")
        }
        if let day = request.query["deliveryDate"]?.stringValue {
            conditions.append("AND orders.delivery_date = \(day)::date")
        }
        if let text = request.query["q"]?.stringValue {
            let pattern = "%\(Self.escaped(text))%"
            conditions.append(
                """
                AND (orders.customer_name ILIKE \(pattern) OR orders.order_id ILIKE \(pattern)
                  OR orders.customer_phone LIKE \(Self.phonePattern(text)))
                """
            )
        }
        self.conditions = .joined(conditions, separator: "\n")
    }

    /// A text in which LIKE's signs stand for themselves.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if "\\%_".contains(character) { result.append("\\") }
            result.append(character)
        }
    }

    /// The kept form begins with the country, so 0803… is looked for without its 0; text without digits finds nothing.
    private static func phonePattern(_ text: String) -> String {
        if let number = PhoneNumber(text) { return "%\(number.e164)%" }
        let digits = text.filter { $0.isASCII && $0.isNumber }
        let isPhone =
            digits.count >= 3 && text.allSatisfy { "+- ".contains($0) || ($0.isASCII && $0.isNumber) }
        return isPhone ? "%\(digits.drop { $0 == "0" })%" : ""
    }
}

extension Schema {
    /// A point in time in a query.
    static let instant = Schema.text(
        TextRule(length: 17...40, format: "date-time") { text in
            UTCInstant(text) == nil ? "must be a time such as 2026-06-10T08:30:00Z" : nil
        }
    )
}

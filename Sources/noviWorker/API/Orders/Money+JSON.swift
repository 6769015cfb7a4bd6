import Postgres
import Shared

/// Amounts of orders as the API speaks of them: JSON numbers with at most two decimals.
extension Money {
    /// The largest amount of an order (`numeric(12,2)`): 9,999,999,999.99.
    static let maximumAmount = Money(hundredths: 999_999_999_999)

    /// Reads an order's amount; `nil` when it is not positive, too large or has parts of a hundredth.
    init?(amount value: JSONValue) {
        switch value {
        case .integer(let whole):
            guard (1...Self.maximumAmount.hundredths / 100).contains(whole) else { return nil }
            self.init(hundredths: whole * 100)
        case .number(let number):
            let scaled = (number * 100).rounded()
            // Up to the maximum a Double tells hundredths apart, so a third decimal always shows.
            guard scaled >= 1, scaled <= Double(Self.maximumAmount.hundredths), scaled / 100 == number else {
                return nil
            }
            self.init(hundredths: Int64(scaled))
        case .null, .bool, .string, .array, .object: return nil
        }
    }

    /// Reads the price of one piece, which may be nothing.
    init?(price value: JSONValue) {
        if value.numberValue == 0 { self.init(hundredths: 0) } else { self.init(amount: value) }
    }

    /// A JSON number, whole where it is.
    var json: JSONValue {
        hundredths % 100 == 0 ? .integer(hundredths / 100) : .number(Double(hundredths) / 100)
    }
}

/// An amount of money in the business's currency.
public struct Amount: Hashable, Comparable, Sendable {
    /// The amount in hundredths: kobo, cents.
    public let hundredths: Int64

    /// Makes an amount.
    public init(hundredths: Int64) {
        self.hundredths = hundredths
    }

    /// The smaller amount.
    public static func < (first: Amount, second: Amount) -> Bool { first.hundredths < second.hundredths }
}

extension Amount: CustomStringConvertible {
    /// `12,500` or `12,500.50`.
    public var description: String {
        let whole = String(hundredths / 100)
        var grouped = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.utf8.count - index) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        let rest = hundredths % 100
        return rest == 0 ? grouped : grouped + (rest < 10 ? ".0" : ".") + String(rest)
    }
}

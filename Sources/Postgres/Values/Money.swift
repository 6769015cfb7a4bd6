/// An amount of money with two decimals, exact (`numeric(12,2)`).
public struct Money: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Hundredths: kobo, cents.
    public let hundredths: Int64

    /// Makes an amount of hundredths.
    public init(hundredths: Int64) {
        self.hundredths = hundredths
    }

    /// Reads `12500`, `12500.5` or `-3.20`; `nil` for more than two decimals that are not zero, exponents, and what
    /// does not fit.
    public init?(_ text: String) {
        let isNegative = text.hasPrefix("-")
        let parts = text.dropFirst(isNegative ? 1 : 0).split(
            separator: ".",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        let decimals = parts.count > 1 ? parts[1] : "0"
        guard let whole = parts.first, Self.isDigits(whole), Self.isDigits(decimals),
            decimals.dropFirst(2).allSatisfy({ $0 == "0" }), let units = Int64(whole),
            let fraction = Int64(decimals.count == 1 ? "\(decimals)0" : decimals.prefix(2))
        else { return nil }
        let (product, overflows) = units.multipliedReportingOverflow(by: 100)
        let (sum, overflowsToo) = product.addingReportingOverflow(fraction)
        guard !overflows, !overflowsToo else { return nil }
        hundredths = isNegative ? -sum : sum
    }

    /// Whether one comes before the other.
    public static func < (left: Money, right: Money) -> Bool { left.hundredths < right.hundredths }

    /// Two decimals always: `12500.50`.
    public var description: String {
        let magnitude = hundredths.magnitude
        return "\(hundredths < 0 ? "-" : "")\(magnitude / 100).\(padded(Int(magnitude % 100), 2))"
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }
}

extension Money: DatabaseValue {
    /// PostgreSQL's text format.
    public var databaseText: String? { description }

    /// Reads PostgreSQL's text format; `nil` for anything else.
    public init?(databaseText: String) { self.init(databaseText) }
}

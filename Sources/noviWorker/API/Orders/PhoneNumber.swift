/// A phone number in the international form E.164: `+2348030001122`.
struct PhoneNumber: Equatable, Sendable {
    /// The number.
    let text: String

    /// Reads what a person wrote; a number without a country is Nigerian, as the business rules say (spec D2, 9).
    ///
    /// `nil` when it is none: other characters than digits, spaces and dashes, or a length that no number has.
    init?(_ written: String) {
        var rest = written.drop { $0 == " " }
        var isInternational = false
        if rest.first == "+" {
            isInternational = true
            rest = rest.dropFirst()
        }
        guard rest.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x20 || $0 == 0x2D }) else {
            return nil
        }
        var digits = rest.filter { $0 != " " && $0 != "-" }
        if !isInternational, digits.hasPrefix("00") {
            isInternational = true
            digits.removeFirst(2)
        }
        if digits.hasPrefix("234") {
            var national = digits.dropFirst(3)
            if national.first == "0" { national = national.dropFirst() }
            if Self.isNigerian(national) {
                text = "+234\(national)"
                return
            }
        }
        if isInternational {
            guard (8...15).contains(digits.count), digits.first != "0" else { return nil }
            text = "+\(digits)"
            return
        }
        let national = digits.first == "0" ? digits.dropFirst() : digits[...]
        guard Self.isNigerian(national) else { return nil }
        text = "+234\(national)"
    }

    /// For logs: `+234803***1122`.
    static func masked(_ number: String) -> String {
        guard number.count >= 10 else { return "***" }
        return "\(number.prefix(7))***\(number.suffix(4))"
    }

    private static func isNigerian(_ digits: Substring) -> Bool {
        guard digits.count == 10, let first = digits.first, "789".contains(first) else { return false }
        return digits.dropFirst().first.map { $0 == "0" || $0 == "1" } ?? false
    }
}

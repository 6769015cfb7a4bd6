/// Reads fixed numbers of ASCII digits from the front of a text.
struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = text[...].utf8
    }

    /// Whether nothing is left.
    var isAtEnd: Bool { rest.isEmpty }

    /// Takes a character when it comes next.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// A number of exactly so many digits.
    mutating func number(digits: Int) -> Int? {
        guard rest.count >= digits else { return nil }
        var number = 0
        for byte in rest.prefix(digits) {
            guard let digit = Self.digit(byte) else { return nil }
            number = number * 10 + digit
        }
        rest.removeFirst(digits)
        return number
    }

    /// The digits after a point, as a whole number of so many digits; further ones are dropped.
    mutating func fraction(digits: Int) -> Int? {
        var number = 0
        var count = 0
        while let byte = rest.first, let digit = Self.digit(byte) {
            if count < digits { number = number * 10 + digit }
            count += 1
            rest.removeFirst()
        }
        guard count > 0 else { return nil }
        for _ in 0..<max(0, digits - count) { number *= 10 }
        return number
    }

    /// A date such as `2026-06-10`.
    mutating func date() -> CalendarDate? {
        guard let year = number(digits: 4), take("-"), let month = number(digits: 2), take("-"),
            let day = number(digits: 2)
        else { return nil }
        return CalendarDate(year: year, month: month, day: day)
    }

    /// A zone such as `Z`, `+00`, `-03:30` or `+0530`, in seconds east of Greenwich.
    mutating func zoneOffset() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign: Int
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = number(digits: 2), hours < 24 else { return nil }
        var seconds = hours * 3600
        if !isAtEnd {
            _ = take(":")
            guard let minutes = number(digits: 2), minutes < 60 else { return nil }
            seconds += minutes * 60
        }
        if take(":") {
            guard let rest = number(digits: 2), rest < 60 else { return nil }
            seconds += rest
        }
        return sign * seconds
    }

    private static func digit(_ byte: UInt8) -> Int? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? Int(byte - UInt8(ascii: "0")) : nil
    }
}

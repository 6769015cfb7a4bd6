/// A phone number in the international form of E.164.
public struct PhoneNumber: Hashable, Sendable {
    /// `+2348030001122`.
    public let e164: String

    /// The digits as they were written.
    public let raw: String

    /// Reads a number that stands alone: digits with an optional `+`, and spaces, dashes, dots or brackets between them.
    ///
    /// Nigerian mobile numbers are known with `0`, without it, with 234 and with 2340; numbers of other countries need a `+`
    /// and 8 to 15 digits (spec D2, step 9).
    public init?(_ text: some StringProtocol) {
        var digits: [UInt8] = []
        var hasPlus = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "0"..."9": digits.append(UInt8(truncatingIfNeeded: scalar.value))
            case "+" where digits.isEmpty && !hasPlus: hasPlus = true
            case " ", "-", ".", "(", ")": break
            default: return nil
            }
        }
        guard let e164 = Self.normalised(digits, hasPlus: hasPlus) else { return nil }
        self.e164 = e164
        raw = String(text)
    }

    /// Makes a number of its parts, as they come from the database.
    init(e164: String, raw: String) {
        self.e164 = e164
        self.raw = raw
    }

    /// `+234803***1122`: what logs may hold.
    public var masked: String {
        guard e164.utf8.count > 10 else { return "***" }
        return "\(e164.prefix(e164.utf8.count - 7))***\(e164.suffix(4))"
    }

    /// The international form of a row of ASCII digits; `nil` when it is no phone number.
    static func normalised(_ digits: [UInt8], hasPlus: Bool) -> String? {
        guard (8...17).contains(digits.count) else { return nil }
        var rest = digits[...]
        if !hasPlus, rest.starts(with: "00".utf8) { rest = rest.dropFirst(2) }
        let isNigerian = rest.starts(with: "234".utf8)
        var national = isNigerian ? rest.dropFirst(3) : digits[...]
        if national.first == 0x30 { national = national.dropFirst() }
        if isMobile(national) { return "+234" + String(decoding: national, as: UTF8.self) }
        guard hasPlus, !isNigerian, (8...15).contains(rest.count), rest.first != 0x30 else { return nil }
        return "+" + String(decoding: rest, as: UTF8.self)
    }

    /// `[789][01]` and eight digits.
    private static func isMobile(_ digits: ArraySlice<UInt8>) -> Bool {
        guard digits.count == 10, let first = digits.first else { return false }
        let second = digits[digits.startIndex + 1]
        return (0x37...0x39).contains(first) && (0x30...0x31).contains(second)
    }

    /// How many digits the numbers of some countries have, by the digits they begin with.
    static func expectedDigits(_ digits: [UInt8]) -> Int? {
        for (prefix, count) in [
            ("1", 11), ("44", 12), ("233", 12), ("254", 12), ("27", 11), ("91", 12), ("971", 12),
        ]
        where digits.starts(with: prefix.utf8) { return count }
        return nil
    }
}

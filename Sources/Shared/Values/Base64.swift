/// Bytes as text: base64 with padding (RFC 4648, section 4).
public enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    /// The value of each digit; 0xFF for what is none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

    /// The text of bytes.
    public static func text(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let second = index + 1 < bytes.count ? bytes[index + 1] : 0
            let third = index + 2 < bytes.count ? bytes[index + 2] : 0
            digits.append(alphabet[Int(bytes[index] >> 2)])
            digits.append(alphabet[Int((bytes[index] & 0x03) << 4 | second >> 4)])
            digits.append(
                index + 1 < bytes.count ? alphabet[Int((second & 0x0F) << 2 | third >> 6)] : padding
            )
            digits.append(index + 2 < bytes.count ? alphabet[Int(third & 0x3F)] : padding)
            index += 3
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// The bytes of a text; `nil` when it is no base64, is not padded, or leaves bits over.
    public static func bytes(_ text: String) -> [UInt8]? {
        var digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 4) else { return nil }
        let padded = digits.suffix(2).count { $0 == padding }
        if padded == 2, digits.last != padding || digits[digits.count - 2] != padding { return nil }
        if padded == 1, digits.last != padding { return nil }
        digits.removeLast(padded)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count * 3 / 4)
        var bits: UInt32 = 0
        var count = 0
        for digit in digits {
            let value = values[Int(digit)]
            guard value != 0xFF else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        // One text for each value: what is left over must be zero.
        return bits & ((1 << UInt32(count)) - 1) == 0 ? bytes : nil
    }

    private static let padding = UInt8(ascii: "=")
}

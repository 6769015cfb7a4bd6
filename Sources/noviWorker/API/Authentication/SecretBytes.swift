/// Bytes that are secrets: made at random, compared without telling how much was right, written in base64url (RFC 4648).
extension [UInt8] {
    /// Bytes of the kernel's generator (getrandom(2)).
    static func random(count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// Whether both are the same; takes the same time wherever they differ.
    func isEqualInConstantTime(to other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        var difference: UInt8 = 0
        for (left, right) in zip(self, other) { difference |= left ^ right }
        return difference == 0
    }

    /// As text without padding.
    var base64URL: String {
        var text = ""
        text.reserveCapacity((count * 4 + 2) / 3)
        var index = 0
        while index < count {
            let rest = Swift.min(3, count - index)
            var group: UInt32 = 0
            for offset in 0..<3 { group = group << 8 | (offset < rest ? UInt32(self[index + offset]) : 0) }
            for digit in 0...rest {
                text.unicodeScalars.append(
                    Unicode.Scalar(Self.digits[Int(group >> (18 - 6 * UInt32(digit)) & 63)])
                )
            }
            index += 3
        }
        return text
    }

    /// Reads text without padding; `nil` when it is none, or not the one way to write its bytes.
    init?(base64URL text: some StringProtocol) {
        var bytes: [UInt8] = []
        var group: UInt32 = 0
        var bits = 0
        for byte in text.utf8 {
            guard let value = Self.digits.firstIndex(of: byte) else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
                group &= (1 << UInt32(bits)) - 1
            }
        }
        guard bits < 6, group == 0 else { return nil }
        self = bytes
    }

    private static let digits = [UInt8](
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8
    )
}

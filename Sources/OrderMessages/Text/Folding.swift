/// Letters reduced to lower-case ASCII, so that words are known with and without accents.
enum Folding {
    /// Latin letters with marks, by code: U+00C0 to U+024F, then U+1E00 to U+1EFF.
    ///
    /// Made from the letters' Unicode names: `LATIN SMALL LETTER E WITH DOT BELOW` is an e.
    private static let latin: [UInt8] = {
        let codes = Array(0xC0...0x24F) + Array(0x1E00...0x1EFF)
        return codes.map { code in
            guard let scalar = Unicode.Scalar(UInt32(code)), let name = scalar.properties.name else {
                return 0
            }
            let words = name.split(separator: " ")
            guard words.count >= 4, words[0] == "LATIN", words[2] == "LETTER", words[3].utf8.count == 1,
                let letter = words[3].utf8.first
            else { return 0 }
            return letter | 0x20
        }
    }()

    /// The scalar's ASCII letter or digit in lower case; `nil` for what has none.
    static func ascii(_ scalar: Unicode.Scalar) -> UInt8? {
        switch scalar.value {
        case 0x30...0x39, 0x61...0x7A: UInt8(truncatingIfNeeded: scalar.value)
        case 0x41...0x5A: UInt8(truncatingIfNeeded: scalar.value | 0x20)
        case 0xC0...0x24F: nonZero(latin[Int(scalar.value) - 0xC0])
        case 0x1E00...0x1EFF: nonZero(latin[Int(scalar.value) - 0x1E00 + 0x190])
        // Hooked letters of Hausa and Igbo.
        case 0x253: 0x62
        case 0x257: 0x64
        case 0x299: 0x6B
        default: nil
        }
    }

    private static func nonZero(_ byte: UInt8) -> UInt8? { byte == 0 ? nil : byte }
}

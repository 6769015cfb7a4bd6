/// The codes by which a business is known outside: `QWE123` and `mamaskitchen-QWE123` (spec B2).
enum BusinessCodes {
    /// A short code: three letters, of the name where it has them, and three digits at random.
    static func shortCode(for name: String) -> String {
        var generator = SystemRandomNumberGenerator()
        return shortCode(for: name, using: &generator)
    }

    /// A short code, with a generator of the caller's choice.
    static func shortCode(for name: String, using generator: inout some RandomNumberGenerator) -> String {
        let letters = name.uppercased().unicodeScalars.filter { ("A"..."Z").contains($0) }.prefix(3)
        var code = String(String.UnicodeScalarView(letters))
        let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZ")
        while code.count < 3 { code.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]) }
        let digits = String(Int.random(in: 0...999, using: &generator))
        return code + String(repeating: "0", count: 3 - digits.count) + digits
    }

    /// The setup identifier: at most 20 of the name's small letters and digits, and the short code.
    static func setupIdentifier(for name: String, code: String) -> String {
        let kept = name.lowercased().unicodeScalars.filter {
            ("a"..."z").contains($0) || ("0"..."9").contains($0)
        }
        let clean = String(String.UnicodeScalarView(kept.prefix(20)))
        return "\(clean.isEmpty ? "business" : clean)-\(code)"
    }
}

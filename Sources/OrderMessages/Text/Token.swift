/// A word, a number or a sign of a line.
struct Token: Sendable {
    /// What it is made of.
    enum Kind: Sendable {
        /// Letters, with apostrophes inside.
        case word
        /// Digits.
        case number
        /// Letters and digits: `2x`, `5kg`, `24th`.
        case mixed
        /// One other character.
        case sign
    }

    /// What it is made of.
    let kind: Kind

    /// Where it lies in the line's scalars.
    let range: Range<Int>

    /// The letters in lower-case ASCII where they have one, and the digits; empty for a sign.
    let folded: String

    /// What the dictionary knows of the word.
    let entry: WordEntry

    /// The character of a sign.
    let sign: Unicode.Scalar

    /// Whether there is a space, or the line's start, before it.
    let hasSpaceBefore: Bool

    /// The value of a number of at most nine digits.
    let value: Int?

    /// Whether the dictionary gives the word any of these properties.
    func has(_ traits: WordTraits) -> Bool { entry.traits.rawValue & traits.rawValue != 0 }

    /// Whether it is this sign.
    func isSign(_ scalar: Unicode.Scalar) -> Bool { kind == .sign && sign == scalar }

    /// Whether it is a hyphen or a dash.
    var isDash: Bool { kind == .sign && (sign == "-" || sign == "–" || sign == "—" || sign == "−") }
}

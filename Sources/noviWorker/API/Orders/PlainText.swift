@_spi(_Unicode) import Swift

/// Text of people as it is kept (row A55): composed (NFC), without control and direction characters, without markup, trimmed.
///
/// Taking tags away is a courtesy to those who show the text later; whoever shows it must encode it all the same.
enum PlainText {
    /// The text, cleaned.
    ///
    /// What only looks a little like a tag, such as `<3` or `a<b`, stays.
    static func cleaned(_ text: String) -> String {
        var scalars = text._nfc.filter(isKept)
        // Taking a tag away can make another of its surroundings (`<<b>b>`).
        for _ in 0..<maximumPasses {
            guard let next = withoutTags(scalars) else { break }
            scalars = next
        }
        let isSpace: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace }
        let trimmed = scalars.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        return String(String.UnicodeScalarView(trimmed))
    }

    private static let maximumPasses = 8

    /// Control characters but line break and tab go, and so do the marks that turn the direction of text around (UAX 9).
    private static func isKept(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A, 0x09: true
        case 0x202A...0x202E, 0x2066...0x2069, 0x200E, 0x200F, 0x061C: false
        default: scalar.properties.generalCategory != .control
        }
    }

    /// The text without its tags; `nil` when there are none.
    private static func withoutTags(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar]? {
        // Behind the last ">" nothing can be a tag.
        guard let lastClosing = scalars.lastIndex(of: ">") else { return nil }
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(scalars.count)
        var index = 0
        var hasChanged = false
        while index < scalars.count {
            if scalars[index] == "<", index < lastClosing, let end = endOfTag(scalars, at: index) {
                index = end
                hasChanged = true
            } else {
                result.append(scalars[index])
                index += 1
            }
        }
        return hasChanged ? result : nil
    }

    /// The place behind the tag or comment that begins at `start`; `nil` when none does.
    private static func endOfTag(_ scalars: [Unicode.Scalar], at start: Int) -> Int? {
        var index = start + 1
        guard index < scalars.count else { return nil }
        if scalars[index] == "!" || scalars[index] == "?" {
            return scalars[index...].prefix(maximumTag).firstIndex(of: ">").map { $0 + 1 }
        }
        if scalars[index] == "/" { index += 1 }
        guard index < scalars.count, scalars[index].isASCII, scalars[index].properties.isAlphabetic else {
            return nil
        }
        var quote: Unicode.Scalar?
        for place in index..<min(scalars.count, index + maximumTag) {
            let scalar = scalars[place]
            if let open = quote {
                if scalar == open { quote = nil }
            } else if scalar == ">" {
                return place + 1
            } else if scalar == "<" {
                return nil
            } else if (scalar == "\"" || scalar == "'") && scalars[place - 1] == "=" {
                quote = scalar
            }
        }
        return nil
    }

    /// The longest tag that is looked for, so that hostile text costs no more than its length times this.
    private static let maximumTag = 2000
}

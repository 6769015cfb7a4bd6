/// Judges whether a line is a person's name.
enum NameReader {
    /// How likely an unlabelled line is a name; `nil` when it cannot be one.
    ///
    /// Two to four words of letters, with an optional title; one word only where `allowsOneWord`.
    static func likelihood(_ phrase: Phrase, allowsOneWord: Bool) -> Int? {
        let phrase = phrase.withoutBullet.bare
        var words = 0
        var capitals = 0
        var hasTitle = false
        var likelihood = 0
        for index in phrase.range {
            let token = phrase.line.tokens[index]
            // "Mr & Mrs Bello"
            if hasTitle, words == 0, token.isSign("&") || token.folded == "and",
                index + 1 < phrase.range.upperBound,
                phrase.line.tokens[index + 1].has(.title)
            {
                continue
            }
            switch token.kind {
            case .word:
                if token.has(.title), words == 0 {
                    hasTitle = true
                    continue
                }
                guard !token.has([.function, .wish, .buying, .payment]) || isInitial(token) else {
                    return nil
                }
                words += 1
                if token.has(.goods), !isFirstName(phrase, index) { likelihood -= 5 }
                if isCapital(phrase.line.scalars[token.range.lowerBound]) { capitals += 1 }
            case .sign:
                guard token.isDash || token.sign == "." || token.sign == "(" || token.sign == ")" else {
                    return nil
                }
            case .number, .mixed: return nil
            }
        }
        guard words <= 4, words >= (hasTitle || allowsOneWord ? 1 : 2) else { return nil }
        if phrase.tokens.allSatisfy({ $0.kind == .sign || $0.has([.greeting, .courtesy]) }), !hasTitle {
            return nil
        }
        if capitals == words { likelihood += 2 }
        if hasTitle { likelihood += 2 }
        return likelihood
    }

    /// Whether the phrase is a first name that is something to sell, too.
    static func isFirstName(_ phrase: Phrase) -> Bool {
        phrase.firstWord.map { firstNames.contains($0.folded) } ?? false
    }

    private static let firstNames: Set<String> = [
        "gift", "honey", "lace", "cherry", "apple", "candy", "spring", "ice",
    ]

    /// Gift, Honey and the like before a word that is nothing to sell.
    private static func isFirstName(_ phrase: Phrase, _ index: Int) -> Bool {
        guard
            firstNames.contains(
                phrase.line.tokens[index].folded
            ),
            index == phrase.range.lowerBound, index + 1 < phrase.range.upperBound
        else { return false }
        return !phrase.tokens.dropFirst().contains {
            $0.has([.goods, .function, .measure]) || $0.kind != .word
        }
    }

    /// Whether it is an initial; those are articles and such only by accident.
    private static func isInitial(_ token: Token) -> Bool {
        token.folded.utf8.count == 1 && token.folded != "i"
    }

    /// Whether a word that begins a name is written with a capital.
    static func isCapital(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII ? ("A"..."Z").contains(scalar) : scalar.properties.isUppercase
    }
}

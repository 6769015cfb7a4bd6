/// Finds out whether somebody wants to order: "I want 2 cakes", "I'd like to order", "abeg I need".
struct WishReader {
    /// A wish in a line.
    struct Finding {
        /// What is wanted; empty in "I want to order".
        let wanted: Phrase
        /// Whether it says order or buy.
        let saysOrder: Bool
        /// Where the wish begins.
        let start: Int
    }

    /// The wish that a line expresses.
    static func find(in phrase: Phrase) -> Finding? {
        guard phrase.tokens.contains(where: { $0.has([.wish, .buying]) || $0.folded == "id" }) else {
            return nil
        }
        for index in phrase.range {
            if let finding = wish(in: phrase, at: index) { return finding }
        }
        return nil
    }

    private static func wish(in phrase: Phrase, at start: Int) -> Finding? {
        let tokens = phrase.line.tokens
        var index = start
        var saysOrder = false
        let end = phrase.range.upperBound
        switch tokens[index].folded {
        case "i", "we", "id", "ill", "im":
            let isShort = tokens[index].folded == "id"
            index += 1
            while index < end, isAdverb(tokens[index]) { index += 1 }
            guard index < end else { return nil }
            if tokens[index].has(.wish) {
                index += 1
            } else if !(isShort || tokens[index].has(.buying)) {
                return nil
            }
        case "abeg", "please", "pls", "plz", "kindly", "biko", "jowo":
            index += 1
            guard index < end, tokens[index].has(.wish) else { return nil }
            index += 1
        case "need", "want", "wan", "ordering", "order":
            guard index == phrase.range.lowerBound || tokens[index - 1].kind == .sign else { return nil }
            // "Order for 2 cakes"; a label has its own way.
            guard tokens[index].folded != "order" || index + 1 < end && tokens[index + 1].folded == "for"
            else { return nil }
            if tokens[index].has(.buying) { saysOrder = true }
            index += 1
        case "let", "make":
            guard index + 2 < end, ["me", "us", "i", "we"].contains(tokens[index + 1].folded),
                tokens[index + 2].has(.buying)
            else {
                return nil
            }
            index += 2
        case "place":
            // "To place an order, send …" tells how.
            guard index == phrase.range.lowerBound || tokens[index - 1].folded != "to",
                index + 1 < end, ["an", "my", "order", "a"].contains(tokens[index + 1].folded),
                phrase.part(index..<min(index + 3, end)).tokens.contains(where: { $0.folded == "order" })
            else { return nil }
        default: return nil
        }
        // An order that exists: "I need my order".
        if index + 1 < end, ["my", "our"].contains(tokens[index].folded), tokens[index + 1].folded == "order"
        {
            return nil
        }
        // "to order", "to place an order for", "some of your"
        while index < end, isLink(tokens[index]) || isTo(tokens, index, end) {
            if tokens[index].has(.buying), tokens[index].folded != "get" { saysOrder = true }
            index += 1
        }
        let wanted = phrase.part(index..<end)
        guard isWanted(wanted, saysOrder) else { return nil }
        return Finding(wanted: wanted, saysOrder: saysOrder, start: start)
    }

    private static func isAdverb(_ token: Token) -> Bool {
        switch token.folded {
        case "just", "also", "still", "really", "will", "would", "ll", "d", "am", "do", "urgently", "kindly",
            "now", "dey", "think", "both",
            "please", "pls", "may", "gladly", "actually":
            true
        default: false
        }
    }

    /// "2" for "to": "I want 2 order", "I want 2 know".
    private static func isTo(_ tokens: [Token], _ index: Int, _ end: Int) -> Bool {
        guard tokens[index].value == 2, index + 1 < end else { return false }
        let next = tokens[index + 1]
        return next.has(.buying) || next.has(.notWanted) && !next.has(.goods)
    }

    private static func isLink(_ token: Token) -> Bool {
        if token.has(.buying) { return true }
        switch token.folded {
        case "to", "place", "an", "make", "for", "some", "from", "your", "you", "me", "please", "pls", "the",
            "of", "have", "like",
            "love", "wish", "want", "need", "wan", "my", "go", "dey", "o", "your-own", "following", "these",
            "this", "abeg", "us":
            return true
        case "a": return false
        default: return token.isSign(":")
        }
    }

    /// "I want to know" and "I need help" want no goods.
    private static func isWanted(_ phrase: Phrase, _ saysOrder: Bool) -> Bool {
        guard
            let first = phrase.words.first(where: {
                !["a", "an", "any"].contains($0.folded) && $0.kind != .number && !$0.has(.number)
            })
        else {
            return saysOrder
        }
        return !first.has(.notWanted)
    }
}

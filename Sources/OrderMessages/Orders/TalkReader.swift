/// Knows questions, words about an order's state, and adverts.
enum TalkReader {
    /// Whether the phrase asks something or speaks of an order that exists.
    static func isQuestionOrStatus(_ phrase: Phrase) -> Bool { isQuestion(phrase) || speaksOfOrder(phrase) }

    /// Whether the phrase asks something.
    static func isQuestion(_ phrase: Phrase) -> Bool {
        // The one of a page's address has no space behind.
        let asks = phrase.range.contains { index in
            guard phrase.line.tokens[index].isSign("?") else { return false }
            guard index + 1 < phrase.range.upperBound else { return true }
            let next = phrase.line.tokens[index + 1]
            return next.hasSpaceBefore || next.kind == .sign
        }
        if asks { return true }
        return phrase.range.contains {
            startsClause(phrase, $0) && startsQuestion(phrase, $0)
                || phrase.line.tokens[$0].folded == "how" && matches(phrase, $0 + 1, ["much"])
        }
    }

    private static func startsClause(_ phrase: Phrase, _ index: Int) -> Bool {
        guard index > phrase.range.lowerBound else { return true }
        let before = phrase.line.tokens[index - 1]
        return before.kind == .sign && !before.isSign("(") || before.has(.greeting)
    }

    private static func startsQuestion(_ phrase: Phrase, _ index: Int) -> Bool {
        let token = phrase.line.tokens[index]
        guard token.has(.question), index + 1 < phrase.range.upperBound else { return false }
        let next = phrase.line.tokens[index + 1]
        switch token.folded {
        // "How far" greets.
        case "how", "hw": return next.folded != "far"
        case "what", "whats", "where", "wheres", "who", "whom", "whose", "why", "which", "wetin", "wia":
            return next.kind == .word
        // "When you get there, call me" is an instruction.
        case "when": return ["will", "is", "are", "can", "do", "would", "una"].contains(next.folded)
        case "una", "shey", "sey", "abi": return phrase.words.count > 2
        default:
            return [
                "you", "u", "i", "we", "the", "my", "it", "there", "he", "she", "they", "your", "this",
                "that", "una", "anyone",
            ]
            .contains(next.folded)
        }
    }

    /// Whether the phrase speaks of an order that exists.
    static func speaksOfOrder(_ phrase: Phrase) -> Bool {
        isReport(phrase) || contains(phrase, TalkWords.status)
    }

    /// Whether the phrase begins as a report of what was done: "Delivered 2 cakes to …".
    static func isReport(_ phrase: Phrase) -> Bool {
        phrase.firstWord.map { TalkWords.reports.contains($0.folded) } ?? false
    }

    /// How many words and phrases of adverts there are.
    static func advertWords(_ phrase: Phrase) -> Int {
        let words = phrase.tokens.filter { TalkWords.adverts.contains($0.folded) }.count
        return words + count(phrase, TalkWords.advertPhrases) + (tellsHowToOrder(phrase) ? 1 : 0)
            + (hasOpeningDays(phrase) ? 1 : 0)
    }

    /// "Call 0803… to order", "To place an order …", but not "I want to order".
    static func tellsHowToOrder(_ phrase: Phrase) -> Bool {
        guard phrase.tokens.contains(where: { $0.folded == "to" }) else { return false }
        let start = phrase.words.prefix(2)
        if start.count == 2, start[0].folded == "to", start[1].has(.buying) || start[1].folded == "place" {
            return true
        }
        let words = phrase.words.suffix(2)
        guard words.count == 2, words.first?.folded == "to", words.last?.folded == "order" else {
            return false
        }
        return !phrase.tokens.contains { $0.has(.wish) || $0.folded == "id" || $0.folded == "i" }
    }

    /// "Mon - Sat".
    private static func hasOpeningDays(_ phrase: Phrase) -> Bool {
        phrase.range.contains { index in
            guard phrase.line.tokens[index].has(.weekday), index + 2 < phrase.range.upperBound else {
                return false
            }
            let middle = phrase.line.tokens[index + 1]
            return (middle.isDash || middle.folded == "to") && phrase.line.tokens[index + 2].has(.weekday)
        }
    }

    /// Whether there is nothing but "ok", "noted, thanks", "lol".
    static func isAnswer(_ phrase: Phrase) -> Bool {
        var answers = false
        for token in phrase.tokens where token.kind != .sign {
            if TalkWords.interjections.contains(token.folded) {
                answers = true
            } else if !token.has([.greeting, .courtesy]) {
                return false
            }
        }
        return answers
    }

    /// Whether the phrase only announces what follows: "New order", "Delivery details".
    static func isHeading(_ phrase: Phrase) -> Bool {
        var names = false
        for token in phrase.tokens where token.kind != .sign {
            guard let isNoun = TalkWords.headings[token.folded] else { return false }
            names = names || isNoun
        }
        return names
    }

    /// Whether the phrase holds one of the rows of words, which are known by their first.
    private static func contains(_ phrase: Phrase, _ rows: [String: [[String]]]) -> Bool {
        phrase.range.contains { begins(phrase, $0, rows) }
    }

    private static func count(_ phrase: Phrase, _ rows: [String: [[String]]]) -> Int {
        phrase.range.count { begins(phrase, $0, rows) }
    }

    private static func begins(_ phrase: Phrase, _ index: Int, _ rows: [String: [[String]]]) -> Bool {
        guard let candidates = rows[phrase.line.tokens[index].folded] else { return false }
        return candidates.contains { matches(phrase, index + 1, $0) }
    }

    private static func matches(_ phrase: Phrase, _ start: Int, _ words: [String]) -> Bool {
        guard start + words.count <= phrase.range.upperBound else { return false }
        for (offset, word) in words.enumerated() where phrase.line.tokens[start + offset].folded != word {
            return false
        }
        return true
    }
}

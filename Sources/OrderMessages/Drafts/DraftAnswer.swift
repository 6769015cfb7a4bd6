/// A line that answers a question, without the words around what it tells: "It's Ada Obi please", "I live at 12 Allen Avenue".
struct DraftAnswer {
    /// The field that the words name.
    private(set) var told: OrderForm.Field?

    /// Whether words such as "it is" stand before.
    private(set) var isIntroduced = false

    /// What it tells.
    let rest: Phrase

    init(_ line: Phrase) {
        var start = line.range.lowerBound
        let tokens = line.line.tokens
        while start < line.range.upperBound, let word = DraftAnswer.words[tokens[start].folded] ?? nil {
            told = word.field ?? told
            if word.introduces { isIntroduced = true }
            start += 1
        }
        while start < line.range.upperBound, start > line.range.lowerBound,
            tokens[start].isSign(":") || tokens[start].isSign(",")
        {
            start += 1
        }
        var end = line.range.upperBound
        while end > start, tokens[end - 1].kind == .sign || DraftAnswer.isPolite(tokens[end - 1]) { end -= 1 }
        // The signs that end the text belong to it when nothing was dropped.
        let isPolite = line.part(end..<line.range.upperBound).hasContent
        rest = line.part(start..<(isPolite ? end : line.range.upperBound))
        // "My address" alone tells nothing, and "Name" may be all there is.
        if !rest.hasContent { told = nil }
    }

    private static func isPolite(_ token: Token) -> Bool {
        ["please", "pls", "plz", "sir", "ma", "abeg", "thanks", "thank", "dear", "biko"].contains(
            token.folded
        )
    }

    private struct Word {
        var field: OrderForm.Field?
        var introduces = true
    }

    private static let words: [String: Word] = {
        var words: [String: Word] = [:]
        for word in [
            "it", "its", "i", "am", "im", "this", "is", "my", "the", "na", "be", "s", "at", "ok", "okay",
            "oh", "sorry", "please",
            "pls", "here", "actually", "customer", "full", "delivery", "in", "to", "for", "that",
        ] { words[word] = Word() }
        words["name"] = Word(field: .customerName)
        words["names"] = Word(field: .customerName)
        for word in ["address", "location", "live", "stay", "deliver", "bring", "send", "staying"] {
            words[word] = Word(field: .address)
        }
        return words
    }()
}

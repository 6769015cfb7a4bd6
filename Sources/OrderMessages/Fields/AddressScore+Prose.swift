/// Sentences that speak of a place and are no address.
extension AddressScore {
    /// Whether a line tells something about a place instead of naming it: "The rider is at Allen Avenue", "Venue: 12 Allen Avenue".
    static func isProse(_ phrase: Phrase) -> Bool {
        let rest = phrase.withoutDeliverTo
        guard let first = rest.firstWord else { return false }
        // "Beside where they sell cars" names it.
        if first.has(.landmark)
            || ["by", "after", "before", "along", "around", "inside", "where"].contains(first.folded)
        {
            return hasForeignLabel(rest)
        }
        return rest.tokens.contains { saying.contains($0.folded) } || hasForeignLabel(rest)
    }

    /// The address before a sentence, and the sentence: "12 Allen Avenue, please call when you are close".
    static func beforeProse(_ phrase: Phrase) -> (address: Phrase, rest: Phrase)? {
        let start = phrase.withoutDeliverTo.range
        let tokens = phrase.line.tokens
        let end = start.dropFirst().first { index in
            guard saying.contains(tokens[index].folded) else { return false }
            return tokens[index - 1].kind == .sign
                || ["please", "pls", "kindly", "call"].contains(tokens[index].folded)
        }
        guard let end else { return nil }
        let address = phrase.part(start.lowerBound..<end)
        guard AddressScore(address).points > 0, !isProse(address) else { return nil }
        return (address, phrase.part(end..<phrase.range.upperBound))
    }

    /// "Venue:" and "Breaking:", but not "Nearest bus stop:".
    private static func hasForeignLabel(_ phrase: Phrase) -> Bool {
        let tokens = phrase.line.tokens
        guard let colon = phrase.range.prefix(4).first(where: { tokens[$0].isSign(":") }) else {
            return false
        }
        let label = phrase.part(phrase.range.lowerBound..<colon).tokens
        return label.contains { $0.kind == .word }
            && !label.contains {
                $0.has([.street, .landmark, .city, .unitOfAddress]) || placing.contains($0.folded)
            }
    }

    private static let placing: Set<String> = [
        "landmark", "landmarks", "direction", "directions", "description", "nearest", "closest", "lga",
        "town",
    ]

    /// Words of sentences that no address has.
    private static let saying: Set<String> = [
        "is", "are", "was", "were", "am", "im", "have", "has", "had", "will", "would", "can", "could", "we",
        "you", "he",
        "she", "they", "who", "do", "does", "did", "been", "us", "his", "sent", "moved", "donate", "announce",
        "invited",
        "sell", "selling", "sale", "let", "looking", "injured", "avoid", "remember", "meeting", "traffic",
        "leaving",
        "arrived", "dont", "ive", "weve", "people", "please", "pls", "kindly", "said", "says", "see", "going",
        "coming",
        "delivered", "call",
    ]
}

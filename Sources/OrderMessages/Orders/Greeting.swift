/// Tells greetings and thanks from text.
enum Greeting {
    /// Whether there is nothing but greeting, thanks and courtesy.
    static func isOnly(_ phrase: Phrase) -> Bool {
        var hasGreeting = false
        var wishesWell = false
        for token in phrase.tokens where token.kind != .sign {
            // "Happy Sunday" greets, "Sunday morning" is a date.
            if token.has(.weekday) || isTime(token) {
                guard wishesWell else { return false }
                continue
            }
            if ["happy", "good", "blessed", "great", "lovely"].contains(token.folded) { wishesWell = true }
            guard token.kind == .word, token.has([.greeting, .courtesy]) else { return false }
            if token.has(.greeting) { hasGreeting = true }
        }
        return hasGreeting
    }

    private static func isTime(_ token: Token) -> Bool {
        switch token.folded {
        case "today", "week", "month", "year", "weekend": true
        default: false
        }
    }

    /// The phrase without a greeting that a sign ends: "Good morning, …".
    static func dropped(from phrase: Phrase) -> Phrase {
        guard
            let sign = phrase.range.first(where: {
                phrase.line.tokens[$0].kind == .sign && isEnd(phrase.line.tokens[$0])
            })
        else {
            return phrase
        }
        let rest = phrase.part(sign + 1..<phrase.range.upperBound)
        guard rest.hasContent, isOnly(phrase.part(phrase.range.lowerBound..<sign)) else { return phrase }
        return dropped(from: rest)
    }

    private static func isEnd(_ token: Token) -> Bool {
        token.sign == "," || token.sign == "." || token.sign == "!" || token.sign == ";" || token.isDash
    }
}

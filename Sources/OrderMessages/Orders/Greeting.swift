/// Tells greetings and thanks from text.
enum Greeting {
    /// Whether there is nothing but greeting, thanks and courtesy.
    static func isOnly(_ phrase: Phrase) -> Bool {
        var hasGreeting = false
        for token in phrase.tokens where token.kind != .sign {
            guard token.kind == .word, token.has([.greeting, .courtesy]) else { return false }
            if token.has(.greeting) { hasGreeting = true }
        }
        return hasGreeting
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

/// Phrases without the words that ask for something.
extension Phrase {
    /// "Please add 2 candles" without what asks for it.
    var withoutRequest: Phrase {
        let start = range.first { index in
            ![
                "please", "pls", "plz", "kindly", "abeg", "add", "also", "and", "plus", "give", "get", "send",
                "bring",
                "include", "with", "me", "us",
            ].contains(line.tokens[index].folded) && line.tokens[index].kind != .sign
        }
        return part((start ?? range.lowerBound)..<range.upperBound)
    }

    /// "Please deliver it to 12 Allen Avenue" without what is before the place.
    var withoutDeliverTo: Phrase {
        let tokens = line.tokens
        for index in range.prefix(6) {
            let token = tokens[index]
            if token.folded == "to" || token.folded == "at" || token.folded == "in"
                || token.folded == "address" || token.folded == "location"
            {
                let rest = part(index + 1..<range.upperBound)
                let isDelivery = part(range.lowerBound..<index + 1).tokens.contains {
                    [
                        "deliver", "delivery", "delivered", "send", "bring", "address", "location", "live",
                        "stay",
                        "staying", "living", "reside", "house",
                    ].contains(
                        $0.folded
                    )
                }
                return isDelivery && rest.hasContent ? rest : self
            }
            let isPolite =
                token.has([.instruction, .dateFiller]) && token.kind == .word && !token.has(.number)
            guard
                token.kind == .sign || isPolite
                    || [
                        "deliver", "send", "bring", "them", "live", "stay", "staying", "living", "reside",
                        "my", "house", "am",
                    ].contains(
                        token.folded
                    )
            else { return self }
        }
        return self
    }
}

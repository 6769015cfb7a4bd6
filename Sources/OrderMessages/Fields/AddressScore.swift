/// How much a line looks like an address: a point each for a word of a street or landmark, of a city or quarter, and
/// for a number with a street (spec D2, step 7).
struct AddressScore {
    /// 0 to 3.
    let points: Int

    init(_ phrase: Phrase) {
        // "3 x island punch", "Ijebu garri x2"
        guard !ItemReader.isMultiplied(phrase) else {
            points = 0
            return
        }
        var hasStreet = false
        var hasCity = false
        var hasNumber = false
        let tokens = phrase.line.tokens
        for index in phrase.range {
            let token = tokens[index]
            guard token.kind == .word else { continue }
            if token.has(.unitOfAddress), AddressScore.isFollowedByNumber(phrase, index) {
                hasStreet = true
                hasNumber = true
            }
            if token.has(.city), !AddressScore.describesGoods(phrase, index) { hasCity = true }
            guard token.has([.street, .landmark]), AddressScore.isPlace(phrase, index) else { continue }
            hasStreet = true
            if AddressScore.hasNumberBefore(phrase, index) { hasNumber = true }
        }
        // "25 Bode Thomas, Surulere"
        if hasCity, !hasStreet, AddressScore.isNumberAndNameBeforeCity(phrase) { hasNumber = true }
        points = (hasStreet ? 1 : 0) + (hasCity ? 1 : 0) + (hasNumber ? 1 : 0)
    }

    /// A number and a name of words that nobody sells, and a city or quarter behind a comma.
    private static func isNumberAndNameBeforeCity(_ phrase: Phrase) -> Bool {
        let tokens = phrase.line.tokens
        let phrase = phrase.withoutBullet
        guard let first = phrase.range.first, tokens[first].kind == .number || tokens[first].kind == .mixed,
            tokens[first].folded.utf8.count <= 5, ItemReader.multiplied(tokens[first]) == nil,
            let comma = phrase.range.first(where: { tokens[$0].isSign(",") }), comma - first >= 2,
            (first + 1..<comma).allSatisfy({
                tokens[$0].isSign(".")
                    || tokens[$0].kind == .word && !tokens[$0].has([.goods, .measure, .function])
            })
        else { return false }
        return tokens[(comma + 1)..<phrase.range.upperBound].contains { $0.has(.city) }
    }

    /// Whether a street or landmark is meant: not "2 garden salads", not "house wine".
    private static func isPlace(_ phrase: Phrase, _ index: Int) -> Bool {
        let tokens = phrase.line.tokens
        // "Dr (Mrs) Eze" is no drive.
        if index == phrase.range.lowerBound, tokens[index].has(.title) { return false }
        if isPreposition(tokens[index].folded) { return index + 1 < phrase.range.upperBound }
        // "2 minutes walk"
        if index > phrase.range.lowerBound, tokens[index - 1].has(.measure), tokens[index].folded == "walk" {
            return false
        }
        if index > phrase.range.lowerBound, let value = tokens[index - 1].value, value > 0,
            tokens[index].has(.goods)
        {
            return false
        }
        guard index + 1 < phrase.range.upperBound else {
            return index > phrase.range.lowerBound || tokens[index].has(.landmark)
        }
        let next = tokens[index + 1]
        if next.kind == .sign || next.kind == .number || next.kind == .mixed { return true }
        if next.has(.goods) && !next.has([.street, .landmark, .city]) { return false }
        if describesGoods(phrase, index) { return false }
        return true
    }

    /// Whether goods follow up to the next comma and a quantity stands before: "2 Lagos buns".
    private static func describesGoods(_ phrase: Phrase, _ index: Int) -> Bool {
        let tokens = phrase.line.tokens
        guard index > phrase.range.lowerBound, tokens[phrase.range.lowerBound].kind == .number,
            ItemReader.startsWithQuantity(phrase)
        else { return false }
        var next = index + 1
        while next < min(index + 6, phrase.range.upperBound), tokens[next].kind == .word {
            if tokens[next].has(.goods) && !tokens[next].has([.street, .landmark, .city]) { return true }
            next += 1
        }
        return false
    }

    private static func isPreposition(_ word: String) -> Bool {
        switch word {
        case "behind", "opposite", "opp", "beside", "near", "adjacent": true
        default: false
        }
    }

    /// A number at most six tokens before in the same part, with a word in between: "15 Creek Road".
    private static func hasNumberBefore(_ phrase: Phrase, _ index: Int) -> Bool {
        let tokens = phrase.line.tokens
        var before = index - 1
        var words = 0
        while before >= phrase.range.lowerBound, index - before <= 7 {
            let token = tokens[before]
            if token.kind == .number || token.kind == .mixed { return words > 0 }
            if token.isSign(",") && words > 0 {
                // "8, Ofuma crescent"
                return before > phrase.range.lowerBound
                    && (tokens[before - 1].kind == .number || tokens[before - 1].kind == .mixed)
            }
            if token.kind == .word { words += 1 }
            before -= 1
        }
        return false
    }

    /// Whether a number or letter follows: "Plot 9", "Block C", "Flat 6B".
    private static func isFollowedByNumber(_ phrase: Phrase, _ index: Int) -> Bool {
        let tokens = phrase.line.tokens
        var next = index + 1
        while next < phrase.range.upperBound,
            tokens[next].isSign(".") || tokens[next].isSign(":") || tokens[next].isSign("#")
        { next += 1 }
        guard next < phrase.range.upperBound else { return false }
        let token = tokens[next]
        if token.kind == .number || token.kind == .mixed { return token.folded.utf8.count <= 5 }
        return token.kind == .word && token.folded.utf8.count == 1 && token.folded != "a"
    }
}

/// Reads items out of a line: `2 cakes, 1 pie`, `jollof rice x2`, `a carton of juice @ ₦500` (spec D2, step 9).
struct ItemReader {
    /// The items of one or more lines.
    private(set) var items: [OrderItem] = []

    /// What stands among the items and is none, such as a quantity that cannot be.
    private(set) var leftovers: [String] = []

    /// Takes a line.
    mutating func read(_ phrase: Phrase) {
        for (index, part) in ItemReader.parts(of: phrase).enumerated() {
            let part = index == 0 ? part.withoutBullet : part
            guard part.hasContent else { continue }
            guard let item = ItemReader.item(part), items.count < OrderMessageLimits.items else {
                leftovers.append(part.trimmed.text)
                continue
            }
            add(item)
        }
    }

    /// Equal names become one item.
    private mutating func add(_ item: OrderItem) {
        let key = item.name.lowercased()
        guard
            let index = items.firstIndex(where: {
                $0.name.lowercased() == key && $0.unitPrice == item.unitPrice
            }),
            items[index].quantity + item.quantity <= OrderMessageLimits.quantity
        else {
            items.append(item)
            return
        }
        items[index].quantity += item.quantity
        guard let price = item.linePrice else { return }
        items[index].linePrice = Amount(
            hundredths: (items[index].linePrice?.hundredths ?? 0) + price.hundredths
        )
    }

    /// Whether the phrase names a quantity of something (the "quantity pattern" of the score).
    static func hasQuantity(_ phrase: Phrase) -> Bool {
        phrase.range.contains { isQuantity(phrase, $0) }
    }

    /// Whether the phrase begins with a quantity of something.
    static func startsWithQuantity(_ phrase: Phrase) -> Bool {
        let phrase = phrase.withoutBullet
        guard let first = phrase.range.first else { return false }
        return isQuantity(phrase, first)
    }

    /// Whether the phrase begins or ends with a quantity that is written as one: `3x`, `3 x`, `x3`, `x 3`.
    static func isMultiplied(_ phrase: Phrase) -> Bool {
        let tokens = phrase.line.tokens
        guard let first = phrase.range.first, let last = phrase.range.last, first < last else { return false }
        if multiplied(tokens[first]) != nil || multiplied(tokens[last]) != nil { return true }
        return tokens[first].kind == .number && tokens[first + 1].folded == "x"
            || tokens[last].kind == .number && tokens[last - 1].folded == "x"
    }

    private static func isQuantity(_ phrase: Phrase, _ index: Int) -> Bool {
        let tokens = phrase.line.tokens
        let token = tokens[index]
        if token.kind == .mixed { return multiplied(token) != nil }
        // "x 2" behind a name.
        if token.folded == "x", index > phrase.range.lowerBound, index + 1 < phrase.range.upperBound {
            return quantity(tokens[index + 1]) != nil
        }
        guard let count = quantity(token), index + 1 < phrase.range.upperBound, !sticksToNumber(phrase, index)
        else {
            return false
        }
        if token.kind == .word && token.folded.utf8.count <= 2 {
            return phrase.part(index + 1..<min(index + 4, phrase.range.upperBound)).tokens
                .contains { $0.has(.goods) }
        }
        let next = tokens[index + 1]
        if next.folded == "x" { return true }
        guard next.kind == .word, next.hasSpaceBefore, count <= OrderMessageLimits.quantity else {
            return false
        }
        let isOfGoods = index + 2 < phrase.range.upperBound && tokens[index + 2].has(.goods)
        guard
            !next.has([.measure, .street, .month, .function]) || next.has(.goods)
                || next.has(.month) && isOfGoods
        else { return false }
        return !isHouseNumber(phrase, index)
    }

    /// Whether a street follows in the same part: "12 Palm Grove Street".
    private static func isHouseNumber(_ phrase: Phrase, _ index: Int) -> Bool {
        for next in (index + 1)..<min(index + 6, phrase.range.upperBound) {
            let token = phrase.line.tokens[next]
            if token.kind == .sign && !token.isDash && !token.isSign(".") { return false }
            if token.has(.street) { return true }
        }
        return false
    }

    private static func sticksToNumber(_ phrase: Phrase, _ index: Int) -> Bool {
        guard index > phrase.range.lowerBound else { return false }
        let before = phrase.line.tokens[index - 1]
        if before.isSign("₦") || before.has(.currency) || before.has(.unitOfAddress) { return true }
        return before.kind == .sign && !phrase.line.tokens[index].hasSpaceBefore && !before.isSign("(")
            && !before.isSign("*") && !before.isSign(",") && !before.isSign("+") && !before.isSign("&")
    }

    // MARK: - Splitting

    /// The parts of a line that are one item each.
    static func parts(of phrase: Phrase) -> [Phrase] {
        let tokens = phrase.line.tokens
        var parts: [Phrase] = []
        var start = phrase.range.lowerBound
        var depth = 0
        for index in phrase.range {
            let token = tokens[index]
            if token.isSign("(") { depth += 1 }
            if token.isSign(")") { depth = max(0, depth - 1) }
            guard depth == 0, isSeparator(phrase, index), index >= start else { continue }
            if start < index { parts.append(phrase.part(start..<index)) }
            start = index + 1
        }
        if start < phrase.range.upperBound { parts.append(phrase.part(start..<phrase.range.upperBound)) }
        return parts
    }

    private static func isSeparator(_ phrase: Phrase, _ index: Int) -> Bool {
        let tokens = phrase.line.tokens
        let token = tokens[index]
        let next = index + 1 < phrase.range.upperBound ? tokens[index + 1] : nil
        switch token.kind {
        case .sign:
            switch token.sign {
            case ",": return !isThousands(phrase, index)
            case ";", "|", "\u{2022}", "、", "،": return true
            case "+", "&": return startsItem(phrase, index + 1) || endsItem(phrase, index)
            case ".", "/":
                guard let next, index > phrase.range.lowerBound, tokens[index - 1].kind != .number else {
                    return false
                }
                return (next.hasSpaceBefore || token.sign == "/") && startsItem(phrase, index + 1)
            default: return false
            }
        case .word:
            guard
                token.folded == "and" || token.folded == "plus"
                    || token.folded == "with" && next?.kind == .number
            else {
                return false
            }
            return index > phrase.range.lowerBound
                && (startsItem(phrase, index + 1) || endsItem(phrase, index))
        case .number, .mixed: return false
        }
    }

    private static func isThousands(_ phrase: Phrase, _ index: Int) -> Bool {
        let tokens = phrase.line.tokens
        guard index > phrase.range.lowerBound, index + 1 < phrase.range.upperBound,
            !tokens[index + 1].hasSpaceBefore
        else {
            return false
        }
        let before = tokens[index - 1]
        let after = tokens[index + 1]
        guard before.kind == .number || before.kind == .mixed, !tokens[index].hasSpaceBefore else {
            return false
        }
        return after.folded.utf8.count == 3 && after.kind == .number
    }

    /// Whether a quantity that is written as one, `x2` or `(2)`, ends before a token.
    private static func endsItem(_ phrase: Phrase, _ index: Int) -> Bool {
        let tokens = phrase.line.tokens
        guard index - 1 > phrase.range.lowerBound else { return false }
        let last = tokens[index - 1]
        if multiplied(last) != nil { return true }
        if last.kind == .number { return tokens[index - 2].folded == "x" }
        guard last.isSign(")") else { return false }
        let inside = tokens[index - 2]
        return multiplied(inside) != nil || inside.kind == .number
    }

    private static func startsItem(_ phrase: Phrase, _ index: Int) -> Bool {
        guard index < phrase.range.upperBound else { return false }
        let token = phrase.line.tokens[index]
        if token.kind == .mixed { return multiplied(token) != nil || token.folded.hasSuffix("pcs") }
        guard index + 1 < phrase.range.upperBound else { return false }
        return quantity(token) != nil
            || (token.folded == "x" && quantity(phrase.line.tokens[index + 1]) != nil)
    }

    // MARK: - One item

    /// The item of a part; `nil` when there is none in it.
    static func item(_ part: Phrase) -> OrderItem? {
        var rest = part.trimmed
        var price: (amount: Amount, isUnit: Bool)?
        (rest, price) = takePrice(rest)
        if price == nil { (rest, price) = takePlainPrice(rest) }
        let (named, quantity) = takeQuantity(rest)
        guard let quantity, (1...OrderMessageLimits.quantity).contains(quantity) else { return nil }
        let name = named.trimmed
        guard name.hasLetters else { return nil }
        return OrderItem(
            name: unwrapped(name).text(limit: OrderMessageLimits.nameScalars),
            quantity: quantity,
            unitPrice: price.flatMap { $0.isUnit ? $0.amount : nil },
            linePrice: price.flatMap { $0.isUnit ? nil : $0.amount }
        )
    }

    /// `@ ₦500` and `₦500 each` are the price of one, another amount behind the item that of the line.
    private static func takePrice(_ phrase: Phrase) -> (Phrase, (amount: Amount, isUnit: Bool)?) {
        let tokens = phrase.line.tokens
        for index in phrase.range {
            let isAt = tokens[index].isSign("@") || tokens[index].folded == "at"
            if isAt, index + 1 < phrase.range.upperBound,
                let found = anyAmount(phrase, index + 1, isPlain: tokens[index].isSign("@"))
            {
                return (phrase.part(phrase.range.lowerBound..<index), (found.amount, true))
            }
            guard index > phrase.range.lowerBound, let found = AmountReader.amount(in: phrase, at: index)
            else { continue }
            let after =
                found.range.upperBound < phrase.range.upperBound ? tokens[found.range.upperBound].folded : ""
            let isUnit = after == "each" || after == "per"
            var end = index
            while end > phrase.range.lowerBound, isPriceLink(tokens[end - 1]) { end -= 1 }
            guard end > phrase.range.lowerBound else { continue }
            return (phrase.part(phrase.range.lowerBound..<end), (found.amount, isUnit))
        }
        return (phrase, nil)
    }

    private static func anyAmount(_ phrase: Phrase, _ index: Int, isPlain: Bool) -> AmountReader.Finding? {
        if let found = AmountReader.amount(in: phrase, at: index) { return found }
        guard isPlain, let number = AmountReader.digits(phrase, at: index), number.hundredths > 0 else {
            return nil
        }
        return AmountReader.Finding(amount: Amount(hundredths: number.hundredths), range: index..<number.end)
    }

    private static func isPriceLink(_ token: Token) -> Bool {
        token.isDash || token.isSign("=") || token.isSign(":") || token.isSign("(") || token.isSign(",")
            || token.folded == "for" || token.folded == "is" || token.folded == "of"
    }

    /// `2 cakes - 500`, `2 cakes 5000`: a round number of three digits and more behind a quantity and a name is the line's price, and so
    /// is one from 1000 without a quantity, for nobody orders so many of one thing.
    private static func takePlainPrice(_ phrase: Phrase) -> (Phrase, (amount: Amount, isUnit: Bool)?) {
        let tokens = phrase.line.tokens
        guard let last = phrase.range.last, tokens[last].kind == .number else { return (phrase, nil) }
        for index in phrase.range.dropFirst().suffix(7) where tokens[index].kind == .number {
            guard let number = AmountReader.digits(phrase, at: index), number.end == phrase.range.upperBound,
                number.hundredths >= 10_000
            else { continue }
            let before = tokens[index - 1]
            let isMarked = before.isDash || before.isSign("=") || before.isSign(":")
            guard
                isMarked || before.kind != .sign && before.folded != "x" && tokens[index].hasSpaceBefore
                    || before.isSign(")")
            else { continue }
            let named = phrase.part(phrase.range.lowerBound..<(isMarked ? index - 1 : index)).trimmed
            guard named.hasLetters else { continue }
            let hasQuantity = (leadingQuantity(named) ?? trailingQuantity(named)) != nil
            let isRound = number.hundredths % 5000 == 0
            guard hasQuantity ? isMarked || isRound : number.hundredths >= 100_000 && isRound else {
                continue
            }
            return (named, (Amount(hundredths: number.hundredths), false))
        }
        return (phrase, nil)
    }

    /// The name without its quantity; the quantity is 1 where there is none, `nil` where it cannot be.
    private static func takeQuantity(_ phrase: Phrase) -> (Phrase, Int?) {
        leadingQuantity(phrase) ?? trailingQuantity(phrase) ?? (phrase, 1)
    }

    /// `2 x`, `2x`, `x2`, `x 2`, `2`, `two`, `a`, `(2)`.
    private static func leadingQuantity(_ phrase: Phrase) -> (Phrase, Int?)? {
        let tokens = phrase.line.tokens
        guard let first = phrase.range.first else { return nil }
        let end = phrase.range.upperBound
        if let count = multiplied(tokens[first]) {
            // "2x x"
            let skip = first + 1 < end && tokens[first + 1].folded == "x" ? 2 : 1
            return rest(phrase, first + skip, count)
        }
        if tokens[first].folded == "x", first + 1 < end, let count = quantity(tokens[first + 1]) {
            return rest(phrase, first + 2, count)
        }
        if tokens[first].isSign("("), first + 2 < end, tokens[first + 2].isSign(")"),
            let count = quantity(tokens[first + 1])
        {
            return rest(phrase, first + 3, count)
        }
        if tokens[first].kind == .mixed, let count = pieces(tokens[first]) {
            return rest(phrase, first + 1, count)
        }
        guard tokens[first].kind == .number || tokens[first].has(.number), !isDecimal(phrase, first),
            !isMeasure(phrase, first)
        else { return nil }
        let number = AmountReader.digits(phrase, at: first)
        let told = number.map { (Int($0.hundredths / 100), $0.end) } ?? words(phrase, first)
        guard let (count, next) = told else {
            return tokens[first].kind == .number ? (phrase, nil) : nil
        }
        var index = next
        // "two (2) cakes"
        if index + 2 < end, tokens[index].isSign("("), quantity(tokens[index + 1]) == count,
            tokens[index + 2].isSign(")")
        {
            index += 3
        }
        if index < end, tokens[index].folded == "x" { index += 1 }
        while index < end, tokens[index].isSign("*") || tokens[index].isDash || tokens[index].isSign(".") {
            index += 1
        }
        return rest(phrase, index, count)
    }

    private static func rest(_ phrase: Phrase, _ start: Int, _ count: Int) -> (Phrase, Int?)? {
        guard start < phrase.range.upperBound else { return nil }
        let rest = phrase.part(start..<phrase.range.upperBound)
        guard rest.hasLetters else { return nil }
        return (rest, count)
    }

    /// `x 2`, `x2`, `2x`, `(2)`, `(x2)`, `- 2`, `2`, `2pcs`.
    private static func trailingQuantity(_ phrase: Phrase) -> (Phrase, Int?)? {
        let tokens = phrase.line.tokens
        var last = phrase.range.upperBound - 1
        let hasBracket = last > phrase.range.lowerBound && tokens[last].isSign(")")
        if hasBracket { last -= 1 }
        guard last > phrase.range.lowerBound else { return nil }
        var start = last
        let count: Int
        if let found = multiplied(tokens[last]) ?? pieces(tokens[last]) {
            count = found
        } else if tokens[last].kind == .number, let found = quantity(tokens[last]) {
            count = found
            if tokens[last - 1].folded == "x" { start = last - 1 }
        } else if last - 1 > phrase.range.lowerBound, tokens[last].has(.goods),
            ["pcs", "pieces", "piece", "packs", "plates"].contains(tokens[last].folded),
            tokens[last - 1].kind == .number, let found = quantity(tokens[last - 1])
        {
            count = found
            start = last - 1
            if start - 1 > phrase.range.lowerBound, tokens[start - 1].folded == "x" { start -= 1 }
        } else {
            return nil
        }
        if hasBracket {
            guard start > phrase.range.lowerBound, tokens[start - 1].isSign("(") else { return nil }
            start -= 1
        }
        // The 50 of "7.50" and the 2 of "1/2" belong to a number.
        if start > phrase.range.lowerBound, !tokens[start].hasSpaceBefore, tokens[start - 1].kind == .sign,
            tokens[start - 1].isSign(".") || tokens[start - 1].isSign("/") || tokens[start - 1].isSign("₦")
        {
            return nil
        }
        let named = phrase.part(phrase.range.lowerBound..<start)
        guard named.hasLetters else { return nil }
        return (named, count)
    }

    /// `*Jollof rice*` and `(Jollof rice)` without what encloses them.
    private static func unwrapped(_ phrase: Phrase) -> Phrase {
        guard phrase.range.count > 2, let first = phrase.tokens.first, let last = phrase.tokens.last else {
            return phrase
        }
        let isWrapped = first.isSign("(") && last.isSign(")") || first.isSign("\"") && last.isSign("\"")
        guard isWrapped else { return phrase }
        return phrase.part(phrase.range.lowerBound + 1..<phrase.range.upperBound - 1)
    }
}

/// Finds money in a line: `₦12,500`, `N5000`, `NGN 5,000`, `25k`, `5000 naira`, `#5000`, `=N=5000`.
struct AmountReader {
    /// An amount and the tokens that told it.
    struct Finding {
        let amount: Amount
        let range: Range<Int>
    }

    /// A number as it is written, with separators of thousands and decimals.
    struct Number {
        /// In hundredths.
        let hundredths: Int64
        /// The token after it.
        let end: Int
        /// Whether it has more than digits: a separator or a `k`.
        let hasThousands: Bool
    }

    /// The first amount of a phrase that has a sign or word of money.
    static func first(in phrase: Phrase) -> Finding? {
        for index in phrase.range {
            if let finding = amount(in: phrase, at: index) { return finding }
        }
        return nil
    }

    /// The amount that begins at a token.
    static func amount(in phrase: Phrase, at index: Int) -> Finding? {
        let tokens = phrase.line.tokens
        let token = tokens[index]
        switch token.kind {
        case .sign:
            switch token.sign {
            case "₦", "$", "£", "€", "₵": return number(phrase, after: index, from: index)
            // "#" is the naira of keyboards without it, and also starts a number in a list.
            case "#":
                guard let finding = number(phrase, after: index, from: index),
                    finding.amount.hundredths >= 10_000
                else { return nil }
                return finding
            case "=":
                guard index + 3 < phrase.range.upperBound, tokens[index + 1].folded == "n",
                    tokens[index + 2].isSign("=")
                else { return nil }
                return number(phrase, after: index + 2, from: index)
            default: return nil
            }
        case .word:
            guard token.has(.currency), index + 1 < phrase.range.upperBound else { return nil }
            guard token.folded != "n" || !tokens[index + 1].hasSpaceBefore || isLarge(tokens[index + 1])
            else {
                return nil
            }
            return number(phrase, after: index, from: index)
        case .mixed:
            return mixed(phrase, index)
        case .number:
            guard !isInsideNumber(phrase, index), let number = digits(phrase, at: index) else { return nil }
            if number.end < phrase.range.upperBound, tokens[number.end].has(.currency),
                tokens[number.end].folded != "n"
            {
                return finding(number, index..<number.end + 1)
            }
            if number.end < phrase.range.upperBound, tokens[number.end].folded == "k",
                isCount(phrase, number.end)
            {
                return finding(thousand(number), index..<number.end + 1)
            }
            guard number.hasKSuffix(phrase) else { return nil }
            return finding(number, index..<number.end)
        }
    }

    /// A plain number at a token, with thousands (`12,500`), decimals (`12.50`) or a `k`.
    static func digits(_ phrase: Phrase, at index: Int) -> Number? {
        let tokens = phrase.line.tokens
        guard index < phrase.range.upperBound, tokens[index].kind == .number, let first = tokens[index].value
        else {
            return nil
        }
        var whole = Int64(first)
        var end = index + 1
        var hasThousands = false
        while end + 1 < phrase.range.upperBound, tokens[end].isSign(","), isTight(tokens, end),
            tokens[end + 1].folded.utf8.count == 3, tokens[end + 1].kind == .number,
            let group = tokens[end + 1].value,
            hasThousands || tokens[index].folded.utf8.count <= 3
        {
            whole = whole * 1000 + Int64(group)
            hasThousands = true
            end += 2
            guard whole <= OrderMessageLimits.amountHundredths else { return nil }
        }
        var hundredths = whole * 100
        if end + 1 < phrase.range.upperBound, tokens[end].isSign("."), isTight(tokens, end) {
            if tokens[end + 1].kind == .number, let decimals = decimals(tokens[end + 1].folded) {
                hundredths += decimals
                end += 2
            } else if let (decimals, _) = thousands(tokens[end + 1]),
                let part = decimalsOf(tokens[end + 1], decimals)
            {
                // 2.5k
                return bounded((hundredths + part) * 1000, end + 2, true)
            }
        } else if end + 1 < phrase.range.upperBound, tokens[end].isSign(","), isTight(tokens, end),
            let (group, length) = thousands(tokens[end + 1]), length == 3, whole <= 1_000_000
        {
            // 1,500k is nobody's price; read it as written.
            return bounded((whole * 1000 + Int64(group)) * 100_000, end + 2, true)
        }
        return bounded(hundredths, end, hasThousands)
    }

    // MARK: - Parts

    private static func number(_ phrase: Phrase, after sign: Int, from start: Int) -> Finding? {
        let next = sign + 1
        guard next < phrase.range.upperBound else { return nil }
        let tokens = phrase.line.tokens
        if tokens[next].kind == .number, let number = digits(phrase, at: next) {
            if number.end < phrase.range.upperBound, tokens[number.end].folded == "k",
                isCount(phrase, number.end)
            {
                return finding(thousand(number), start..<number.end + 1)
            }
            return finding(number, start..<number.end)
        }
        if tokens[next].kind == .mixed, let (value, _) = thousands(tokens[next]) {
            return bounded(Int64(value) * 100_000, next + 1, true).flatMap { finding($0, start..<next + 1) }
        }
        if tokens[next].isSign("=") || tokens[next].isSign("."), next + 1 < phrase.range.upperBound {
            return digits(phrase, at: next + 1).flatMap { finding($0, start..<$0.end) }
        }
        return nil
    }

    /// `25k`, `n5000`, `ngn500`, `n25k`, `5000naira`.
    private static func mixed(_ phrase: Phrase, _ index: Int) -> Finding? {
        let token = phrase.line.tokens[index]
        var text = token.folded[...]
        var hasCurrency = false
        for prefix in ["ngn", "n"] where text.hasPrefix(prefix) {
            text = text.dropFirst(prefix.utf8.count)
            hasCurrency = true
            break
        }
        if !hasCurrency, text.hasSuffix("naira") {
            text = text.dropLast(5)
            hasCurrency = true
        }
        let hasK = text.hasSuffix("k")
        if hasK { text = text.dropLast() }
        guard hasCurrency || hasK, (1...9).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int64(text)
        else { return nil }
        let factor: Int64 = hasK ? 100_000 : 100
        guard !hasK, let more = continued(phrase, index, value) else {
            return bounded(value * factor, index + 1, hasK).flatMap { finding($0, index..<index + 1) }
        }
        return finding(more, index..<more.end)
    }

    /// `n5,000` and `n5,000.50`: the groups after a mixed token.
    private static func continued(_ phrase: Phrase, _ index: Int, _ value: Int64) -> Number? {
        let tokens = phrase.line.tokens
        var whole = value
        var end = index + 1
        while end + 1 < phrase.range.upperBound, tokens[end].isSign(","), isTight(tokens, end),
            tokens[end + 1].kind == .number, tokens[end + 1].folded.utf8.count == 3,
            let group = tokens[end + 1].value
        {
            whole = whole * 1000 + Int64(group)
            end += 2
            guard whole <= OrderMessageLimits.amountHundredths else { return nil }
        }
        if end + 1 < phrase.range.upperBound, tokens[end].isSign("."), isTight(tokens, end) {
            if tokens[end + 1].kind == .number, let decimals = decimals(tokens[end + 1].folded) {
                return bounded(whole * 100 + decimals, end + 2, true)
            }
            if let (value, _) = thousands(tokens[end + 1]), let decimals = decimalsOf(tokens[end + 1], value)
            {
                return bounded((whole * 100 + decimals) * 1000, end + 2, true)
            }
        }
        guard end > index + 1 else { return nil }
        return bounded(whole * 100, end, true)
    }

    private static func finding(_ number: Number, _ range: Range<Int>) -> Finding? {
        guard number.hundredths > 0 else { return nil }
        return Finding(amount: Amount(hundredths: number.hundredths), range: range)
    }

    private static func thousand(_ number: Number) -> Number {
        let (product, overflow) = number.hundredths.multipliedReportingOverflow(by: 1000)
        let isTooLarge = overflow || product > OrderMessageLimits.amountHundredths
        return Number(hundredths: isTooLarge ? 0 : product, end: number.end, hasThousands: true)
    }

    private static func bounded(_ hundredths: Int64, _ end: Int, _ hasThousands: Bool) -> Number? {
        guard (0...OrderMessageLimits.amountHundredths).contains(hundredths) else { return nil }
        return Number(hundredths: hundredths, end: end, hasThousands: hasThousands)
    }

    private static func decimals(_ digits: String) -> Int64? {
        switch digits.utf8.count {
        case 1: Int64(digits).map { $0 * 10 }
        case 2: Int64(digits)
        default: nil
        }
    }

    private static func decimalsOf(_ token: Token, _ value: Int) -> Int64? {
        decimals(String(token.folded.dropLast()))
    }

    /// The number and its length in `500k`.
    private static func thousands(_ token: Token) -> (value: Int, length: Int)? {
        guard token.kind == .mixed, token.folded.hasSuffix("k"), (2...7).contains(token.folded.utf8.count),
            let value = Int(token.folded.dropLast())
        else { return nil }
        return (value, token.folded.utf8.count - 1)
    }

    private static func isTight(_ tokens: [Token], _ index: Int) -> Bool {
        !tokens[index].hasSpaceBefore && !tokens[index + 1].hasSpaceBefore
    }

    private static func isLarge(_ token: Token) -> Bool { (token.value ?? 0) >= 100 }

    /// Whether a `k` after a number ends the phrase or a part of it, so that it is no word.
    private static func isCount(_ phrase: Phrase, _ index: Int) -> Bool {
        index + 1 == phrase.range.upperBound || phrase.line.tokens[index + 1].kind == .sign
            || phrase.line.tokens[index + 1].folded == "each"
    }

    private static func isInsideNumber(_ phrase: Phrase, _ index: Int) -> Bool {
        guard index > phrase.range.lowerBound, !phrase.line.tokens[index].hasSpaceBefore else { return false }
        let before = phrase.line.tokens[index - 1]
        return before.isSign(",") || before.isSign(".")
    }
}

extension AmountReader.Number {
    /// Whether its last token is a number with a `k`.
    fileprivate func hasKSuffix(_ phrase: Phrase) -> Bool {
        phrase.line.tokens[end - 1].kind == .mixed
    }
}

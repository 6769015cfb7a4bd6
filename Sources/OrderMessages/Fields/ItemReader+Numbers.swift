/// Numbers in items: how many, or how much of what.
extension ItemReader {
    /// A count in digits or words.
    static func quantity(_ token: Token) -> Int? {
        switch token.kind {
        case .number: token.folded.utf8.count <= 5 ? token.value : nil
        case .word: token.has(.number) ? token.entry.value : nil
        case .mixed, .sign: nil
        }
    }

    /// A count in words and the token after it: `two`, `twenty-five`.
    static func words(_ phrase: Phrase, _ index: Int) -> (count: Int, end: Int)? {
        let tokens = phrase.line.tokens
        guard let count = quantity(tokens[index]) else { return nil }
        var next = index + 1
        if next < phrase.range.upperBound, tokens[next].isDash { next += 1 }
        guard count >= 20, count % 10 == 0, tokens[index].kind == .word, next < phrase.range.upperBound,
            tokens[next].kind == .word, let ones = quantity(tokens[next]), (1...9).contains(ones),
            tokens[next].folded.utf8.count > 2
        else { return (count, index + 1) }
        return (count + ones, next + 1)
    }

    /// `2x` and `x2`.
    static func multiplied(_ token: Token) -> Int? {
        guard token.kind == .mixed else { return nil }
        let digits: Substring
        if token.folded.hasSuffix("x") {
            digits = token.folded.dropLast()
        } else if token.folded.hasPrefix("x") {
            digits = token.folded.dropFirst()
        } else {
            return nil
        }
        guard (1...4).contains(digits.utf8.count) else { return nil }
        return Int(digits)
    }

    /// `2pcs`.
    static func pieces(_ token: Token) -> Int? {
        guard token.kind == .mixed else { return nil }
        for unit in ["pcs", "pc", "pieces"] where token.folded.hasSuffix(unit) {
            let digits = token.folded.dropLast(unit.utf8.count)
            if (1...4).contains(digits.utf8.count), let count = Int(digits) { return count }
        }
        return nil
    }

    /// `12-inch` and `8"`: a size.
    static func isMeasure(_ phrase: Phrase, _ index: Int) -> Bool {
        let tokens = phrase.line.tokens
        guard tokens[index].kind == .number, index + 1 < phrase.range.upperBound,
            !tokens[index + 1].hasSpaceBefore
        else {
            return false
        }
        let next = tokens[index + 1]
        if next.isSign("\"") || next.isSign("%") || next.isSign("”") { return true }
        return next.isDash && index + 2 < phrase.range.upperBound && !tokens[index + 2].hasSpaceBefore
    }

    /// `1.5` and `1/2`: no count of things.
    static func isDecimal(_ phrase: Phrase, _ index: Int) -> Bool {
        let tokens = phrase.line.tokens
        guard index + 2 < phrase.range.upperBound, tokens[index + 2].kind != .sign,
            tokens[index + 2].kind != .word,
            !tokens[index + 1].hasSpaceBefore, !tokens[index + 2].hasSpaceBefore
        else { return false }
        return tokens[index + 1].isSign(".") || tokens[index + 1].isSign("/")
    }
}

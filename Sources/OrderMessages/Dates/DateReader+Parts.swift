/// What the tests of a date are put together from.
extension DateReader {
    func finish(_ phrase: Phrase, month: Int, day: Int, _ range: Range<Int>) -> Finding {
        let tokens = phrase.line.tokens
        var next = range.upperBound
        if next < phrase.range.upperBound, tokens[next].isSign(",") || tokens[next].isDash { next += 1 }
        if next < phrase.range.upperBound, tokens[next].kind == .number, tokens[next].folded.utf8.count == 4,
            let year = tokens[next].value, (1900...2199).contains(year)
        {
            return self.day(year: year, month: month, day: day, range.lowerBound..<next + 1)
        }
        if matches(phrase, next, ["next", "year"]) {
            return self.day(year: today.year + 1, month: month, day: day, range.lowerBound..<next + 2)
        }
        return unyeared(month: month, day: day, range)
    }

    func weekday(_ phrase: Phrase, _ index: Int) -> Int? {
        guard index < phrase.range.upperBound, index >= phrase.range.lowerBound else { return nil }
        let token = phrase.line.tokens[index]
        return token.has(.weekday) ? token.entry.value : nil
    }

    func isTomorrow(_ phrase: Phrase, _ index: Int) -> Bool {
        guard index < phrase.range.upperBound else { return false }
        switch phrase.line.tokens[index].folded {
        case "tomorrow", "tomorrows", "tomorow", "tommorow", "tommorrow", "tomoro", "tmrw", "tmr", "tmrow",
            "tomoz", "2moro", "2mrw":
            return true
        default: return false
        }
    }

    func matches(_ phrase: Phrase, _ index: Int, _ words: [String]) -> Bool {
        guard index + words.count <= phrase.range.upperBound else { return false }
        for (offset, word) in words.enumerated() where phrase.line.tokens[index + offset].folded != word {
            return false
        }
        return true
    }

    func count(_ token: Token) -> Int? {
        token.value ?? (token.has(.number) ? token.entry.value : nil)
    }

    func isShort(_ token: Token) -> Bool { token.folded.utf8.count <= 2 }

    /// 1 … 31 as `24` or `24th`.
    func dayNumber(_ token: Token) -> Int? {
        let digits: Substring
        switch token.kind {
        case .number: digits = token.folded[...]
        case .mixed:
            let suffix = token.folded.suffix(2)
            guard suffix == "st" || suffix == "nd" || suffix == "rd" || suffix == "th" else { return nil }
            digits = token.folded.dropLast(2)
        case .word, .sign: return nil
        }
        guard digits.utf8.count <= 2, let day = Int(digits), (1...31).contains(day) else { return nil }
        return day
    }

    /// Whether the number is not the end of a longer one.
    func isDateStart(_ tokens: [Token], _ index: Int, _ phrase: Phrase) -> Bool {
        guard index > phrase.range.lowerBound, !tokens[index].hasSpaceBefore else { return true }
        let before = tokens[index - 1]
        return before.kind == .sign
            && !(before.isDash || before.sign == "/" || before.sign == "." || before.sign == "₦")
            || index < phrase.range.lowerBound + 2
    }

    /// Whether nothing sticks to the last number.
    func endsDate(_ phrase: Phrase, _ index: Int) -> Bool {
        let tokens = phrase.line.tokens
        guard index + 1 < phrase.range.upperBound else { return true }
        let after = tokens[index + 1]
        guard !after.hasSpaceBefore else { return true }
        let continues = after.isSign("/") || after.isSign("-")
        return !(continues && index + 2 < phrase.range.upperBound && tokens[index + 2].kind == .number)
    }

    func next(
        _ phrase: Phrase,
        after index: Int,
        separators: [Unicode.Scalar]
    ) -> (index: Int, separator: Unicode.Scalar)? {
        let tokens = phrase.line.tokens
        guard index + 2 < phrase.range.upperBound, tokens[index + 1].kind == .sign,
            separators.contains(tokens[index + 1].sign), tokens[index + 2].kind == .number
        else { return nil }
        // "24 - 06 - 2026" has spaces, a decimal has none.
        let isTight = !tokens[index + 1].hasSpaceBefore && !tokens[index + 2].hasSpaceBefore
        guard isTight || tokens[index + 1].sign != "." else { return nil }
        return (index + 2, tokens[index + 1].sign)
    }

    /// `4pm`, `10:30`, `by 4`.
    func isTime(_ tokens: [Token], _ index: Int) -> Bool {
        let token = tokens[index]
        switch token.kind {
        case .mixed:
            let suffix = token.folded.suffix(2)
            return (suffix == "am" || suffix == "pm") && token.folded.utf8.count <= 6
        case .number:
            guard let value = token.value, value <= 59 || token.folded.utf8.count == 4 else { return false }
            if index + 1 < tokens.count {
                let after = tokens[index + 1]
                if after.isSign(":") || after.folded == "am" || after.folded == "pm"
                    || after.folded == "oclock"
                {
                    return true
                }
            }
            guard index > 0 else { return false }
            let before = tokens[index - 1]
            return before.isSign(":")
                || ["by", "at", "before", "around", "from", "to", "till", "until", "after"].contains(
                    before.folded
                )
        case .word, .sign: return false
        }
    }
}

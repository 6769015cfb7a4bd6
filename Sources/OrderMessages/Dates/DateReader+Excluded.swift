/// Days that are told not to be meant.
extension DateReader {
    /// "Not Friday", "except Sunday", "last Friday", "after Friday"; "not later than Friday" is a day.
    func isExcluded(_ phrase: Phrase, _ range: Range<Int>) -> Bool {
        let start = range.lowerBound
        guard start > phrase.range.lowerBound else { return false }
        var before = start - 1
        let tokens = phrase.line.tokens
        if before > phrase.range.lowerBound,
            ["on", "for", "from", "the", "this"].contains(tokens[before].folded)
        {
            before -= 1
        }
        if tokens[before].folded == "before", before > phrase.range.lowerBound {
            return tokens[before - 1].folded == "day"
        }
        return DateReader.excluding.contains(tokens[before].folded)
    }

    private static let excluding: Set<String> = [
        "not", "except", "but", "excluding", "apart", "never", "last", "past", "previous", "after", "since",
    ]

    /// "Friday or Saturday", "today/tomorrow".
    func isOneOfSeveral(_ phrase: Phrase, _ range: Range<Int>) -> Bool {
        let tokens = phrase.line.tokens
        let isLinked = { (index: Int) in
            phrase.range.contains(index) && (tokens[index].folded == "or" || tokens[index].isSign("/"))
        }
        let tellsDay = { (index: Int) in
            phrase.range.contains(index)
                && (tokens[index].has(.weekday)
                    || ["today", "tomorrow", "tmrw", "next"].contains(tokens[index].folded))
        }
        return isLinked(range.upperBound) && tellsDay(range.upperBound + 1)
            || isLinked(range.lowerBound - 1) && tellsDay(range.lowerBound - 2)
    }
}

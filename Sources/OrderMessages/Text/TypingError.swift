/// Whether a word is another with one typing error.
enum TypingError {
    /// Whether `typed` differs from `word` by one letter that is missing, superfluous or wrong, or by two that changed
    /// places.
    ///
    /// Linear in the length of the shorter word.
    static func isOne(_ typed: [UInt8], from word: [UInt8]) -> Bool {
        guard abs(typed.count - word.count) <= 1 else { return false }
        let shorter = min(typed.count, word.count)
        var start = 0
        while start < shorter, typed[start] == word[start] { start += 1 }
        var end = 0
        while end < shorter - start, typed[typed.count - 1 - end] == word[word.count - 1 - end] { end += 1 }
        let typedRest = typed.count - start - end
        let wordRest = word.count - start - end
        if typedRest <= 1, wordRest <= 1 { return typedRest + wordRest > 0 }
        return typedRest == 2 && wordRest == 2 && typed[start] == word[start + 1]
            && typed[start + 1] == word[start]
    }
}

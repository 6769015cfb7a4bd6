/// Whether a word is another with one typing error.
enum TypingError {
    /// Whether `typed` differs from `word` by one letter that is missing, superfluous or wrong, or by two that changed
    /// places.
    ///
    /// Linear in the length of the shorter word.
    static func isOne(_ typed: String.UTF8View, from word: String.UTF8View) -> Bool {
        let typed = Array(typed)
        let word = Array(word)
        guard abs(typed.count - word.count) <= 1 else { return false }
        var start = 0
        while start < min(typed.count, word.count), typed[start] == word[start] { start += 1 }
        var end = 0
        while end < min(typed.count, word.count) - start,
            typed[typed.count - 1 - end] == word[word.count - 1 - end]
        { end += 1 }
        let typedRest = typed[start..<typed.count - end]
        let wordRest = word[start..<word.count - end]
        if typedRest.count <= 1, wordRest.count <= 1 { return !(typedRest.isEmpty && wordRest.isEmpty) }
        return typedRest.count == 2 && wordRest.count == 2 && typedRest.elementsEqual(wordRest.reversed())
    }
}

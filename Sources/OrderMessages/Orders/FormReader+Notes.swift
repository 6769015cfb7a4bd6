/// What is no item: instructions and addresses of pages.
extension FormReader {
    /// "Please call at the gate": begins with a word of sentences, or holds two of them.
    static func isInstruction(_ phrase: Phrase) -> Bool {
        let words = phrase.words
        guard let first = words.first else { return false }
        if first.has(.instruction), words.count > 1, !first.has(.number) { return true }
        return words.filter { $0.has(.function) && !["and", "of", "with", "a", "in"].contains($0.folded) }
            .count > 1
    }

    static func isAddressOfPage(_ phrase: Phrase) -> Bool {
        phrase.tokens.contains { $0.folded == "http" || $0.folded == "https" || $0.folded == "www" }
    }
}

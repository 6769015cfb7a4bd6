/// Days and months in one word.
extension DateReader {
    /// `20June`, `20thJune2026`.
    func gluedDate(_ phrase: Phrase, _ index: Int) -> Finding {
        let token = phrase.line.tokens[index]
        guard token.kind == .mixed else { return .none }
        var text = token.folded[...]
        let digits = text.prefix { $0.isNumber }
        text = text.dropFirst(digits.count)
        for suffix in ["st", "nd", "rd", "th"] where text.hasPrefix(suffix) { text = text.dropFirst(2) }
        let name = text.prefix { !$0.isNumber }
        let entry = Lexicon.entry(of: String(name))
        guard (1...2).contains(digits.utf8.count), let day = Int(digits), name.utf8.count >= 3,
            entry.traits.contains(.month)
        else { return .none }
        let rest = text.dropFirst(name.count)
        guard !rest.isEmpty else { return finish(phrase, month: entry.value, day: day, index..<index + 1) }
        guard rest.utf8.count == 4, let year = Int(rest) else { return .none }
        return self.day(year: year, month: entry.value, day: day, index..<index + 1)
    }
}

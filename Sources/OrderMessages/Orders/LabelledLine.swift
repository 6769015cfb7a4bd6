/// A line or a part of one, with the label before it.
struct LabelledLine {
    /// The label; `nil` for a line without.
    let label: LabelField?

    /// The label as it was written.
    let labelText: String

    /// What follows the label, or the whole line.
    let value: Phrase

    /// Cuts a line at its labels (spec D2, step 6): at the start with bullets, numbering and formatting before
    /// it, and further ones behind `:` or `=`.
    ///
    /// Among several lines "My name is …" is a label, too.
    static func split(_ line: Line, isOneOfSeveral: Bool = false) -> [LabelledLine] {
        let whole = line.phrase
        if isOneOfSeveral, let told = introduction(whole) { return [told] }
        guard line.tokens.contains(where: isSeparator) else {
            return [LabelledLine(label: nil, labelText: "", value: whole)]
        }
        let marks = labels(in: whole)
        guard let first = marks.first else { return [LabelledLine(label: nil, labelText: "", value: whole)] }
        var parts: [LabelledLine] = []
        let before = whole.part(0..<first.start)
        if before.hasContent { parts.append(LabelledLine(label: nil, labelText: "", value: before)) }
        for (index, mark) in marks.enumerated() {
            let end = index + 1 < marks.count ? marks[index + 1].start : whole.range.upperBound
            parts.append(
                LabelledLine(
                    label: mark.field,
                    labelText: whole.part(mark.start..<mark.separator).withoutBullet.bare.text,
                    value: whole.part(min(mark.end, end)..<end).trimmed
                )
            )
        }
        return parts
    }

    /// "My name is …", "the address is …", "my number is …".
    private static func introduction(_ phrase: Phrase) -> LabelledLine? {
        let start = phrase.withoutBullet.range.lowerBound
        let end = min(start + 5, phrase.range.upperBound)
        guard start < end, let verb = (start..<end).first(where: { phrase.line.tokens[$0].folded == "is" })
        else { return nil }
        var words = phrase.part(start..<verb).tokens.map(\.folded)
        if words.first == "the" { words.removeFirst() }
        guard let field = LabelLexicon.field(words, allowsErrors: false),
            field == .name || field == .receiver || field == .phone || field == .address
        else { return nil }
        let value = phrase.part(verb + 1..<phrase.range.upperBound).trimmed
        guard value.hasContent else { return nil }
        return LabelledLine(label: field, labelText: phrase.part(start..<verb).text, value: value)
    }

    /// A label: where its words, its separator and its value begin.
    private struct Mark {
        let field: LabelField
        let start: Int
        let separator: Int
        let end: Int
    }

    private static func labels(in phrase: Phrase) -> [Mark] {
        var marks: [Mark] = []
        var floor = phrase.range.lowerBound
        if let first = leadingLabel(phrase) {
            marks.append(first)
            floor = first.end
        }
        for index in phrase.range where index >= floor {
            let token = phrase.line.tokens[index]
            guard token.isSign(":") || token.isSign("="),
                let mark = label(before: index, in: phrase, floor: floor)
            else { continue }
            marks.append(mark)
            floor = mark.end
        }
        return marks
    }

    /// The label that begins a line.
    private static func leadingLabel(_ phrase: Phrase) -> Mark? {
        let tokens = phrase.line.tokens
        let start = phrase.withoutBullet.range.lowerBound
        var words: [String] = []
        var index = start
        while index < phrase.range.upperBound, words.count <= 6 {
            let token = tokens[index]
            if isSeparator(token), !words.isEmpty, isLabelSeparator(phrase, index) {
                // "Drop-off:" has a dash and is no end.
                if let field = LabelLexicon.field(words, allowsErrors: true) {
                    // "Food - 2" is an item with its quantity.
                    let value = phrase.part(index..<phrase.range.upperBound)
                    guard field != .items || !token.isDash || value.hasLetters || !value.hasContent else {
                        return nil
                    }
                    return Mark(
                        field: field,
                        start: phrase.range.lowerBound,
                        separator: index,
                        end: afterSeparators(phrase, index)
                    )
                }
                guard token.isDash else { return nil }
            } else {
                switch token.kind {
                case .word: words.append(token.folded)
                case .number where !words.isEmpty && token.folded.utf8.count == 1: break
                case .sign where token.isSign("("):
                    guard !words.isEmpty || index == start, let close = closing(phrase, index) else {
                        return nil
                    }
                    index = close
                case .sign where token.isDash && !token.hasSpaceBefore: break
                case .sign where isDecoration(token): break
                default: return nil
                }
            }
            index += 1
        }
        return nil
    }

    /// The longest label whose words end before a separator.
    private static func label(before separator: Int, in phrase: Phrase, floor: Int) -> Mark? {
        let tokens = phrase.line.tokens
        var words: [String] = []
        var best: (field: LabelField, start: Int)?
        var index = separator - 1
        while index >= floor, words.count < 4 {
            let token = tokens[index]
            switch token.kind {
            case .word:
                words.insert(token.folded, at: 0)
                if let field = LabelLexicon.field(words, allowsErrors: token.folded.utf8.count >= 5) {
                    best = (field, index)
                }
            case .number where words.isEmpty && token.folded.utf8.count == 1: break
            case .sign where token.isSign(")"):
                guard words.isEmpty, let open = opening(phrase, index, floor: floor) else {
                    return mark(best, separator, phrase)
                }
                index = open
            case .sign where isDecoration(token): break
            default: return mark(best, separator, phrase)
            }
            index -= 1
        }
        return mark(best, separator, phrase)
    }

    private static func mark(
        _ best: (field: LabelField, start: Int)?,
        _ separator: Int,
        _ phrase: Phrase
    ) -> Mark? {
        best.map {
            Mark(
                field: $0.field,
                start: $0.start,
                separator: separator,
                end: afterSeparators(phrase, separator)
            )
        }
    }

    // MARK: - Signs

    private static func isSeparator(_ token: Token) -> Bool {
        token.isSign(":") || token.isSign("=") || token.isDash
    }

    /// A dash separates only with a space on one side.
    private static func isLabelSeparator(_ phrase: Phrase, _ index: Int) -> Bool {
        let token = phrase.line.tokens[index]
        guard token.isDash else { return true }
        guard index + 1 < phrase.range.upperBound else { return true }
        let next = phrase.line.tokens[index + 1]
        return token.hasSpaceBefore || next.hasSpaceBefore || isSeparator(next)
    }

    private static func afterSeparators(_ phrase: Phrase, _ index: Int) -> Int {
        var end = index + 1
        while end < phrase.range.upperBound,
            isSeparator(phrase.line.tokens[end]) || phrase.line.tokens[end].isSign(">")
                || phrase.line.tokens[end].isSign("*")
        { end += 1 }
        return end
    }

    private static func isDecoration(_ token: Token) -> Bool {
        switch token.sign {
        case "*", "_", "~", ".", "/", "&", "'", "’", "?", "\u{20E3}": true
        default: false
        }
    }

    /// The bracket that closes one, within twelve tokens.
    private static func closing(_ phrase: Phrase, _ open: Int) -> Int? {
        (open..<min(open + 12, phrase.range.upperBound)).first { phrase.line.tokens[$0].isSign(")") }
    }

    private static func opening(_ phrase: Phrase, _ close: Int, floor: Int) -> Int? {
        (max(floor, close - 12)..<close).last { phrase.line.tokens[$0].isSign("(") }
    }
}

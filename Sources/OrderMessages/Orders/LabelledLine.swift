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
        if isOneOfSeveral, let told = introduction(whole) { return told }
        guard line.tokens.contains(where: isSeparator) else {
            return [LabelledLine(label: nil, labelText: "", value: whole)]
        }
        let marks = labels(in: whole)
        guard let first = marks.first else { return [LabelledLine(label: nil, labelText: "", value: whole)] }
        var parts: [LabelledLine] = []
        let before = whole.part(0..<first.start)
        // "Here is my number: 0803…"
        let says = before.tokens.contains {
            $0.kind != .sign && !$0.has([.function, .instruction, .greeting, .courtesy])
        }
        if says { parts.append(LabelledLine(label: nil, labelText: "", value: before)) }
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

    /// "My name is …", "the address is …", "my number is …", "this is Ada Obi", and what follows a name.
    private static func introduction(_ phrase: Phrase) -> [LabelledLine]? {
        let start = Greeting.dropped(from: phrase.withoutBullet).range.lowerBound
        let end = min(start + 5, phrase.range.upperBound)
        guard start < end, let verb = (start..<end).first(where: { isVerb(phrase.line.tokens[$0]) }) else {
            return nil
        }
        let value = phrase.part(verb + 1..<phrase.range.upperBound).trimmed
        guard value.hasContent else { return nil }
        let label = phrase.part(start..<verb)
        var words = label.tokens.map(\.folded)
        if words.first == "the" { words.removeFirst() }
        if let field = LabelLexicon.field(words, allowsErrors: false) {
            guard field == .name || field == .receiver || field == .phone || field == .address else {
                return nil
            }
            // "Where is my order" asks.
            guard field != .address || words.contains("address") || words.contains("location") else {
                return nil
            }
            let isName = field == .name || field == .receiver
            return told(field, label.text, value, end: isName ? endOfName(value) : value.range.upperBound)
        }
        // "This is Ada Obi", but not "this is urgent".
        let isPerson = words == ["this"] || words == ["i"] || phrase.line.tokens[verb].folded == "im"
        let name = value.part(value.range.lowerBound..<endOfName(value))
        guard isPerson, NameReader.likelihood(name, allowsOneWord: false) ?? 0 >= 2 else { return nil }
        return told(.name, "Name", value, end: name.range.upperBound)
    }

    private static func isVerb(_ token: Token) -> Bool {
        ["is", "na", "am", "im"].contains(token.folded)
    }

    /// Where a sentence goes on behind a name: "Ada Obi, I want 2 cakes", "Ada Obi and I live in Yaba".
    private static func endOfName(_ value: Phrase) -> Int {
        value.range.first {
            let token = value.line.tokens[$0]
            return token.isSign(",") || token.isSign(";") || token.isSign("!") || token.folded == "and"
                || token.isSign(".") && $0 > value.range.lowerBound
                    && value.line.tokens[$0 - 1].folded.utf8.count > 2
        } ?? value.range.upperBound
    }

    private static func told(_ field: LabelField, _ text: String, _ value: Phrase, end: Int) -> [LabelledLine]
    {
        let first = value.part(value.range.lowerBound..<end).trimmed
        var rest = value.part(end..<value.range.upperBound).trimmed
        if rest.tokens.first?.folded == "and" { rest.range.removeFirst() }
        let line = LabelledLine(label: field, labelText: text, value: first)
        return rest.hasContent ? [line, LabelledLine(label: nil, labelText: "", value: rest)] : [line]
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
            let isDashed =
                token.isDash && marks.first.map { phrase.line.tokens[$0.separator].isDash } ?? false
            guard token.isSign(":") || token.isSign("=") || isDashed && isLabelSeparator(phrase, index),
                let mark = label(before: index, in: phrase, floor: floor)
            else { continue }
            // "Name - Ada, Phone - 0803…": a dash needs a sign before the label, too.
            if isDashed {
                guard mark.start > floor, phrase.line.tokens[mark.start - 1].kind == .sign else { continue }
            }
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
                if let field = LabelLexicon.field(words, allowsErrors: true) ?? LabelLexicon.shared(words) {
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
                case .sign where token.isSign("/") || token.isSign("&"): words.append("and")
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
                if let field = LabelLexicon.field(words, allowsErrors: token.folded.utf8.count >= 4) {
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
        guard let best else { return nil }
        let before =
            best.start > phrase.range.lowerBound ? phrase.line.tokens[best.start - 1].folded : ""
        // "I'd like to order:" wishes.
        if best.field == .items, before == "to" { return nil }
        let isOthers = LabelLexicon.foreignOwners.contains(before)
        return Mark(
            field: isOthers ? .sender : best.field,
            start: isOthers ? best.start - 1 : best.start,
            separator: separator,
            end: afterSeparators(phrase, separator)
        )
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
        case "*", "_", "~", ".", "[", "]", "/", "&", "'", "’", "?", "\u{20E3}": true
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

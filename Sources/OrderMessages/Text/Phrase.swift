/// Neighbouring tokens of a line.
struct Phrase: Sendable {
    /// The line.
    let line: Line

    /// Which of its tokens.
    var range: Range<Int>

    /// The tokens.
    var tokens: ArraySlice<Token> { line.tokens[range] }

    /// Whether there are none.
    var isEmpty: Bool { range.isEmpty }

    /// How many characters it spans.
    var scalarCount: Int {
        guard let first = tokens.first, let last = tokens.last else { return 0 }
        return last.range.upperBound - first.range.lowerBound
    }

    /// The words, numbers and mixed tokens.
    var words: [Token] { tokens.filter { $0.kind != .sign } }

    /// The first of ``words``.
    var firstWord: Token? { tokens.first { $0.kind != .sign } }

    /// Whether there is a letter in it.
    var hasLetters: Bool { tokens.contains { $0.kind == .word || $0.kind == .mixed } }

    /// Whether there is a letter or a digit in it.
    var hasContent: Bool { tokens.contains { $0.kind != .sign } }

    /// A part.
    func part(_ range: Range<Int>) -> Phrase { Phrase(line: line, range: range) }

    /// The text as it was written, from the first to the last token.
    var text: String { text(limit: .max) }

    /// The text as it was written, at most so many scalars.
    func text(limit: Int) -> String {
        guard let first = tokens.first, let last = tokens.last else { return "" }
        let start = first.range.lowerBound
        let end = last.range.upperBound
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(limit, end - start) + 8)
        for scalar in line.scalars[start..<min(end, start + min(limit, end - start))] {
            if scalar.value < 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            } else {
                bytes.append(contentsOf: scalar.utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Without signs of formatting and punctuation at its ends; brackets and quotes that belong to the text stay.
    var trimmed: Phrase {
        var range = range
        while let first = range.first, line.tokens[first].isTrimmedAtStart { range.removeFirst() }
        while let last = range.last, line.tokens[last].isTrimmedAtEnd { range.removeLast() }
        return part(range)
    }

    /// Without any sign at its ends.
    var bare: Phrase {
        var range = range
        while let first = range.first, line.tokens[first].kind == .sign { range.removeFirst() }
        while let last = range.last, line.tokens[last].kind == .sign, !closesBracket(last, range) {
            range.removeLast()
        }
        return part(range)
    }

    private func closesBracket(_ index: Int, _ range: Range<Int>) -> Bool {
        line.tokens[index].isSign(")") && line.tokens[range].contains { $0.isSign("(") }
    }

    /// Without bullets, emoji, `1.`, `1)` and keycaps at its start.
    var withoutBullet: Phrase {
        var index = range.lowerBound
        while index < range.upperBound, line.tokens[index].isBullet { index += 1 }
        let numbering = numberingEnd(at: index)
        if let numbering {
            index = numbering
            while index < range.upperBound, line.tokens[index].isBullet { index += 1 }
        }
        return part(index..<range.upperBound)
    }

    /// Without "and", "plus", "also" or "add" at its start.
    var withoutJoint: Phrase {
        var range = range
        while let first = range.first,
            ["and", "plus", "also", "add", "with"].contains(line.tokens[first].folded)
                || line.tokens[first].isSign("+") || line.tokens[first].isSign("&")
        { range.removeFirst() }
        return part(range)
    }

    /// The number of `1.`, `1)` or a keycap at its start.
    var numbering: Int? {
        guard let index = range.first(where: { !line.tokens[$0].isBullet }), numberingEnd(at: index) != nil
        else { return nil }
        return line.tokens[index].value
    }

    /// Where the text after `1.`, `1)` or a keycap begins.
    private func numberingEnd(at index: Int) -> Int? {
        guard index + 2 < range.upperBound else { return nil }
        // "a)"
        if line.tokens[index].folded.utf8.count == 1, line.tokens[index].kind == .word {
            let close = line.tokens[index + 1]
            return close.isSign(")") && !close.hasSpaceBefore ? index + 2 : nil
        }
        guard let value = line.tokens[index].value, value < 100, line.tokens[index].kind == .number else {
            return nil
        }
        let mark = line.tokens[index + 1]
        guard !mark.hasSpaceBefore, mark.kind == .sign else { return nil }
        if mark.sign == ScalarClass.keycap || mark.sign == ")" { return index + 2 }
        guard mark.sign == "." else { return nil }
        let next = line.tokens[index + 2]
        // "12.5kg"
        let isDecimal = next.folded.utf8.first.map { (0x30...0x39).contains($0) } ?? false
        return isDecimal && !next.hasSpaceBefore ? nil : index + 2
    }
}

extension Token {
    /// Whether it only decorates the start of a text.
    fileprivate var isTrimmedAtStart: Bool {
        guard kind == .sign else { return false }
        switch sign {
        case "(", "[", "{", "\"", "“", "«", "+", "#", "₦", "$", "£", "€", "@", "/", "<": return false
        default: return true
        }
    }

    /// Whether it only decorates the end of a text.
    fileprivate var isTrimmedAtEnd: Bool {
        guard kind == .sign else { return false }
        switch sign {
        case ")", "]", "}", "\"", "”", "»", "!", "?", "%", "'", "’", "+", ">": return false
        default: return true
        }
    }

    /// Whether it is a bullet, an emoji or a sign of formatting.
    fileprivate var isBullet: Bool {
        guard kind == .sign else { return false }
        switch sign {
        case "(", "[", "{", "\"", "“", "«", "+", "₦", "$", "£", "€", "@", "/", "=", ":": return false
        default: return true
        }
    }
}

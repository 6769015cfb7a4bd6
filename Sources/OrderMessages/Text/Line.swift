/// A cleaned line with its tokens.
struct Line: Sendable {
    /// The characters.
    let scalars: [Unicode.Scalar]

    /// The words, numbers and signs.
    let tokens: [Token]

    init(_ scalars: [Unicode.Scalar]) {
        self.scalars = scalars
        var tokenizer = Tokenizer(scalars)
        tokens = tokenizer.tokens()
    }

    /// All of the line.
    var phrase: Phrase { Phrase(line: self, range: 0..<tokens.count) }

    /// Whether there is a letter or a digit in it.
    var hasContent: Bool { tokens.contains { $0.kind != .sign } }
}

/// Cuts a line into tokens, in one pass.
private struct Tokenizer {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var folded: [UInt8] = []

    init(_ scalars: [Unicode.Scalar]) {
        self.scalars = scalars
    }

    mutating func tokens() -> [Token] {
        var tokens: [Token] = []
        tokens.reserveCapacity(scalars.count / 4 + 1)
        var hasSpace = true
        while position < scalars.count {
            let scalar = scalars[position]
            if scalar == " " {
                hasSpace = true
                position += 1
                continue
            }
            tokens.append(token(scalar, hasSpace))
            if let count = countBefore(tokens[tokens.count - 1]) {
                tokens[tokens.count - 1] = count.number
                tokens.append(count.word)
            }
            hasSpace = false
        }
        return tokens
    }

    private mutating func token(_ first: Unicode.Scalar, _ hasSpace: Bool) -> Token {
        let textClass = TextClass(first)
        guard textClass != .other, textClass != .apostrophe else {
            let range = position..<position + 1
            position += 1
            return Token(
                kind: .sign,
                range: range,
                folded: "",
                entry: .unknown,
                sign: first,
                hasSpaceBefore: hasSpace,
                value: nil
            )
        }
        return word(hasSpace)
    }

    private mutating func word(_ hasSpace: Bool) -> Token {
        let start = position
        var hasLetter = false
        var hasDigit = false
        folded.removeAll(keepingCapacity: true)
        scan: while position < scalars.count {
            let scalar = scalars[position]
            switch TextClass(scalar) {
            case .letter: hasLetter = true
            case .digit: hasDigit = true
            case .mark: break
            // An apostrophe belongs to the word when letters stand on both sides.
            case .apostrophe where hasLetter && position + 1 < scalars.count && isLetter(position + 1):
                position += 1
                continue
            case .apostrophe, .other: break scan
            }
            append(scalar)
            position += 1
        }
        let range = start..<position
        let kind: Token.Kind = hasDigit ? (hasLetter ? .mixed : .number) : .word
        dropPossessive(range)
        let text = String(decoding: folded, as: UTF8.self)
        let value: Int? = kind == .number && folded.count <= 9 ? Int(text) : nil
        return Token(
            kind: kind,
            range: range,
            folded: text,
            entry: kind == .number ? .unknown : Lexicon.entry(of: text),
            sign: " ",
            hasSpaceBefore: hasSpace,
            value: value
        )
    }

    /// `2cakes` as `2 cakes`: the number and the word where goods are counted that are no measure.
    private func countBefore(_ token: Token) -> (number: Token, word: Token)? {
        guard token.kind == .mixed else { return nil }
        let digits = token.folded.utf8.prefix { (0x30...0x39).contains($0) }.count
        guard (1...4).contains(digits),
            scalars[token.range.lowerBound..<token.range.lowerBound + digits].allSatisfy({ $0.isASCII })
        else { return nil }
        let text = String(token.folded.dropFirst(digits))
        let entry = Lexicon.entry(of: text)
        guard text.utf8.count > 3, entry.traits.contains(.goods), !Lexicon.measured.contains(text) else {
            return nil
        }
        let middle = token.range.lowerBound + digits
        let number = String(token.folded.prefix(digits))
        return (
            Token(
                kind: .number,
                range: token.range.lowerBound..<middle,
                folded: number,
                entry: .unknown,
                sign: " ",
                hasSpaceBefore: token.hasSpaceBefore,
                value: Int(number)
            ),
            Token(
                kind: .word,
                range: middle..<token.range.upperBound,
                folded: text,
                entry: entry,
                sign: " ",
                hasSpaceBefore: true,
                value: nil
            )
        )
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        if let byte = Folding.ascii(scalar) {
            folded.append(byte)
        } else if scalar == "×" || scalar == "✕" || scalar == "✖" {
            folded.append(0x78)
        } else if TextClass(scalar) == .letter {
            folded.append(contentsOf: String(scalar).lowercased().utf8)
        }
    }

    /// `receiver's` is known as `receiver`.
    private mutating func dropPossessive(_ range: Range<Int>) {
        guard range.count > 2, folded.count > 2, folded.last == 0x73,
            TextClass(scalars[range.upperBound - 2]) == .apostrophe
        else { return }
        folded.removeLast()
    }

    private func isLetter(_ index: Int) -> Bool { TextClass(scalars[index]) == .letter }
}

/// What a scalar is for the tokenizer.
enum TextClass: Equatable {
    case letter
    case digit
    case mark
    case apostrophe
    case other

    init(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x30...0x39: self = .digit
        case 0x41...0x5A, 0x61...0x7A: self = .letter
        case 0x27, 0x60, 0xB4, 0x2BC, 0x2018, 0x2019: self = .apostrophe
        case 0xD7, 0x2715, 0x2716: self = .letter
        case 0x00..<0xAA: self = .other
        default:
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
                self = .letter
            case .nonspacingMark, .spacingMark: self = .mark
            default: self = .other
            }
        }
    }
}

/// Splits a command line into words as a shell does, without running anything.
///
/// Blanks separate words; `'…'` keeps everything; `"…"` keeps everything but a backslash before `"`, `\`, `$` or a
/// backquote; a backslash outside of quotes keeps the next character. Nothing is expanded.
public enum ShellWords {
    /// Why a text cannot be split.
    public enum Failure: Error, Hashable, Sendable {
        /// A quote that is opened is never closed.
        case unclosedQuote(Character)
        /// Nothing follows the last backslash.
        case trailingBackslash
    }

    /// Splits `text` into words.
    ///
    /// - Throws: Which quote is open at the end.
    public static func split(_ text: String) throws(Failure) -> [String] {
        var words: [String] = []
        var word: String?
        var scalars = text.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            switch scalar {
            case " ", "\t", "\n", "\r":
                if let finished = word { words.append(finished) }
                word = nil
            case "'":
                var part = word ?? ""
                try readQuoted(by: "'", from: &scalars, into: &part)
                word = part
            case "\"":
                var part = word ?? ""
                try readQuoted(by: "\"", from: &scalars, into: &part)
                word = part
            case "\\":
                guard let next = scalars.next() else { throw .trailingBackslash }
                word = (word ?? "") + String(next)
            default:
                word = (word ?? "") + String(scalar)
            }
        }
        if let word { words.append(word) }
        return words
    }

    /// Whether only a shell can run `text`: it has pipes, redirections, variables, patterns or the like outside of
    /// single quotes.
    public static func needsShell(_ text: String) -> Bool {
        var quote: Unicode.Scalar?
        var isEscaped = false
        var isFirstWord = true
        for scalar in text.unicodeScalars {
            if isEscaped {
                isEscaped = false
                continue
            }
            switch scalar {
            case "\\" where quote != "'": isEscaped = true
            case "'", "\"": quote = quote == nil ? scalar : (quote == scalar ? nil : quote)
            case "$", "`":
                if quote != "'" { return true }
            case "|", "&", ";", "<", ">", "(", ")", "*", "?", "[", "#", "~", "{", "\n":
                if quote == nil { return true }
            case "=":
                // `NAME=value program` sets a variable.
                if quote == nil, isFirstWord { return true }
            case " ", "\t": isFirstWord = false
            default: break
            }
        }
        return false
    }

    private static func readQuoted(
        by quote: Unicode.Scalar,
        from scalars: inout String.UnicodeScalarView.Iterator,
        into word: inout String
    ) throws(Failure) {
        while let scalar = scalars.next() {
            if scalar == quote { return }
            guard scalar == "\\", quote == "\"" else {
                word.unicodeScalars.append(scalar)
                continue
            }
            guard let next = scalars.next() else { break }
            if next != "\"", next != "\\", next != "$", next != "`" {
                word.unicodeScalars.append("\\")
            }
            word.unicodeScalars.append(next)
        }
        throw .unclosedQuote(Character(quote))
    }
}

extension ShellWords.Failure {
    /// What is said of a line that cannot be split.
    var message: String {
        switch self {
        case .unclosedQuote(let quote): "a quote (\(quote)) is never closed"
        case .trailingBackslash: "nothing follows the last backslash"
        }
    }
}

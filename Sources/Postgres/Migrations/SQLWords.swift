/// Looks into SQL as far as a check of migrations needs: words outside comments, texts and quoted bodies.
enum SQLWords {
    /// What destroys: pairs and triples of words.
    private static let destructive: [[String]] = [
        ["DROP", "TABLE"], ["DROP", "COLUMN"], ["DROP", "SCHEMA"], ["DROP", "TYPE"], ["DROP", "DATABASE"],
        ["DROP", "VIEW"], ["DROP", "SEQUENCE"], ["DROP", "OWNED"], ["TRUNCATE"], ["RENAME"],
        ["DELETE", "FROM"], ["SET", "DATA", "TYPE"],
    ]

    /// The destructive words of a script, each once, in order.
    static func destructiveWords(in text: String) -> [String] {
        var found: [String] = []
        for statement in statements(in: text) {
            for start in statement.indices {
                for pattern in destructive where statement[start...].starts(with: pattern) {
                    // A trigger may be made for TRUNCATE; that truncates nothing.
                    if pattern == ["TRUNCATE"], start > 0 { continue }
                    let words = pattern.joined(separator: " ")
                    if !found.contains(words) { found.append(words) }
                }
            }
            if statement.starts(with: ["ALTER", "TABLE"]) {
                for word in tableWords(in: statement) where !found.contains(word) { found.append(word) }
            }
        }
        return found
    }

    /// What an ALTER TABLE destroys in its short forms: `ALTER c TYPE …` and `DROP c`.
    private static func tableWords(in statement: [String]) -> [String] {
        let kept: Set<String> = [
            "CONSTRAINT", "DEFAULT", "NOT", "IDENTITY", "EXPRESSION", "IF", "COLUMN",
        ]
        var found: [String] = []
        for index in statement.indices.dropFirst(2) {
            let rest = statement[index...].dropFirst()
            if statement[index] == "DROP", let next = rest.first, !kept.contains(next) {
                found.append("DROP COLUMN")
            }
            guard statement[index] == "ALTER" else { continue }
            let afterName = rest.first == "COLUMN" ? rest.dropFirst(2) : rest.dropFirst()
            if afterName.first == "TYPE" { found.append("ALTER COLUMN TYPE") }
        }
        return found
    }

    /// The statements as upper-case words.
    static func statements(in text: String) -> [[String]] {
        var statements: [[String]] = []
        var words: [String] = []
        var scanner = Scanner(text)
        while let token = scanner.next() {
            switch token {
            case .word(let word): words.append(word.uppercased())
            case .end:
                if !words.isEmpty { statements.append(words) }
                words = []
            }
        }
        if !words.isEmpty { statements.append(words) }
        return statements
    }

    private enum Token {
        case word(String)
        case end
    }

    /// Goes over the text and leaves out what is quoted or commented (manual, section 4.1).
    private struct Scanner {
        private let bytes: [UInt8]
        private var position = 0

        init(_ text: String) {
            bytes = Array(text.utf8)
        }

        mutating func next() -> Token? {
            while position < bytes.count {
                let byte = bytes[position]
                if starts(with: "--") {
                    skip(to: "\n")
                } else if starts(with: "/*") {
                    skipComment()
                } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                    position += 1
                    skip(to: byte == UInt8(ascii: "'") ? "'" : "\"")
                } else if let tag = dollarTag() {
                    position += tag.utf8.count
                    skip(to: tag)
                } else if byte == UInt8(ascii: ";") {
                    position += 1
                    return .end
                } else if Self.isWord(byte) {
                    let start = position
                    while position < bytes.count, Self.isWord(bytes[position]) { position += 1 }
                    return .word(String(decoding: bytes[start..<position], as: UTF8.self))
                } else {
                    position += 1
                }
            }
            return nil
        }

        private func starts(with text: String) -> Bool {
            bytes[position...].starts(with: text.utf8)
        }

        private mutating func skip(to end: String) {
            while position < bytes.count, !starts(with: end) { position += 1 }
            position = min(position + end.utf8.count, bytes.count)
        }

        private mutating func skipComment() {
            var depth = 0
            repeat {
                if starts(with: "/*") {
                    depth += 1
                    position += 2
                } else if starts(with: "*/") {
                    depth -= 1
                    position += 2
                } else {
                    position += 1
                }
            } while depth > 0 && position < bytes.count
        }

        /// `$$` or `$body$` where one begins.
        private func dollarTag() -> String? {
            guard bytes[position] == UInt8(ascii: "$") else { return nil }
            var end = position + 1
            while end < bytes.count, Self.isWord(bytes[end]) { end += 1 }
            guard end < bytes.count, bytes[end] == UInt8(ascii: "$") else { return nil }
            return String(decoding: bytes[position...end], as: UTF8.self)
        }

        private static func isWord(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: "_") || byte >= 0x80
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
    }
}

/// The level in the head of a line of text: after times, numbers, names in brackets; or in pairs (logfmt).
enum PlainHead {
    /// What a word of the head can be besides a level: parts of times and zones.
    private static let timeWords: WordTable<Void> = {
        let words =
            "mon tue wed thu fri sat sun jan feb mar apr may jun jul aug sep oct nov dec am pm utc gmt z"
            + " cet cest eet eest est edt cst cdt mst mdt pst pdt bst ist jst wet west msk"
        return table(words)
    }()

    private static let pairKeys = table("level lvl severity loglevel levelname")

    private static func table(_ words: String) -> WordTable<Void> {
        var table: [LevelWord: Void] = [:]
        for name in words.split(separator: " ") {
            if let word = LevelWord(name.utf8) { table[word] = () }
        }
        return WordTable(table)
    }

    /// How a word is set off from what follows; a level must be set off like a logger does.
    private struct Token {
        var word: Range<Int>
        /// Whether it stands in brackets: `[error]`, `<error>`, `|error|`.
        var isBracketed: Bool
        /// The byte behind it; a blank at the end of the line.
        var next: UInt8
        /// Where to go on.
        var end: Int
    }

    /// Reads the head of a line.
    static func level(of line: Span<UInt8>, from start: Int) -> LogLevel? {
        if let level = letterLevel(line, start) { return level }
        let end = min(line.count, LevelRecognition.headBytes)
        var index = start
        var sawTime = false
        var openBrackets = 0
        var words = 0
        while index < end, words < 16 {
            let byte = line[index]
            if let next = ByteText.colourEnd(line, index) {
                index = next
                continue
            }
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "("):
                openBrackets += 1
                index += 1
                continue
            case UInt8(ascii: "]"), UInt8(ascii: ")"):
                openBrackets = max(0, openBrackets - 1)
                index += 1
                continue
            case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "|"), UInt8(ascii: "-"),
                UInt8(ascii: ":"),
                UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "*"), UInt8(ascii: "#"), UInt8(ascii: "."),
                UInt8(ascii: "!"), UInt8(ascii: "~"), UInt8(ascii: "="), 0x20, 0x09, 0x0D, 0x0A:
                index += 1
                continue
            default: break
            }
            words += 1
            let token = token(line, index, end, before: index > start ? line[index - 1] : 0x20)
            if let level = level(token, line, afterTime: sawTime, inBrackets: openBrackets > 0) {
                return level
            }
            if token.next == UInt8(ascii: "="), isKey(token.word, line) {
                return pairs(line, from: token.word.lowerBound)
            }
            guard isHead(token, line, sawTime: &sawTime, inBrackets: openBrackets > 0) else { return nil }
            index = token.end
        }
        return nil
    }

    /// `E1124 12:00:00.123` (glog) and `E, [2026-…` (Ruby).
    private static func letterLevel(_ line: Span<UInt8>, _ start: Int) -> LogLevel? {
        guard start + 6 < line.count else { return nil }
        let level: LogLevel
        switch line[start] {
        case UInt8(ascii: "D"): level = .debug
        case UInt8(ascii: "I"): level = .info
        case UInt8(ascii: "W"): level = .warning
        case UInt8(ascii: "E"): level = .error
        case UInt8(ascii: "F"): level = .critical
        default: return nil
        }
        if ByteText.starts(line, at: start + 1, with: ", [") { return level }
        for index in start + 1..<start + 5 where !ASCII.isDigit(line[index]) { return nil }
        guard line[start + 5] == 0x20, ASCII.isDigit(line[start + 6]) else { return nil }
        return level
    }

    /// The token that begins here: up to a blank, a bracket or a mark that ends a word.
    private static func token(_ line: Span<UInt8>, _ start: Int, _ end: Int, before: UInt8) -> Token {
        var index = start
        let startsWithLetter = ASCII.lowercased(line[start]) != nil
        scan: while index < end {
            switch line[index] {
            case 0x20, 0x09, 0x0D, 0x0A, 0x1B, UInt8(ascii: "]"), UInt8(ascii: ")"), UInt8(ascii: "["),
                UInt8(ascii: "("), UInt8(ascii: ">"), UInt8(ascii: "|"), UInt8(ascii: "="), UInt8(ascii: ","),
                UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "\""):
                break scan
            // A time holds colons; a word ends at one.
            case UInt8(ascii: ":") where startsWithLetter: break scan
            default: index += 1
            }
        }
        let next = index < line.count && line[index] != 0x1B ? line[index] : 0x20
        let isBracketed =
            (before == UInt8(ascii: "[") && next == UInt8(ascii: "]"))
            || (before == UInt8(ascii: "<") && next == UInt8(ascii: ">"))
            || (before == UInt8(ascii: "(") && next == UInt8(ascii: ")"))
            || (before == UInt8(ascii: "|") && next == UInt8(ascii: "|"))
        // A word that is all of its token; at least one byte, so that the scan goes on.
        return Token(word: start..<index, isBracketed: isBracketed, next: next, end: max(index, start + 1))
    }

    /// The level of a token that stands as one: capitals, or in brackets, or before a colon.
    private static func level(
        _ token: Token,
        _ line: Span<UInt8>,
        afterTime: Bool,
        inBrackets: Bool
    ) -> LogLevel? {
        guard let word = LevelWord(line, token.word), let level = LevelWord.plainLevels[word] else {
            return nil
        }
        // Not the scheme of an address.
        if ByteText.starts(line, at: token.word.upperBound, with: "://") { return nil }
        if token.isBracketed || token.next == UInt8(ascii: ":") { return level }
        if token.next == UInt8(ascii: "=") { return nil }
        if inBrackets && afterTime { return level }
        let isUppercase = token.word.count > 2 && ASCII.isUppercase(line[token.word.lowerBound + 1])
        return isUppercase && ASCII.isUppercase(line[token.word.lowerBound]) ? level : nil
    }

    /// Whether the head of the line goes on after this token.
    private static func isHead(
        _ token: Token,
        _ line: Span<UInt8>,
        sawTime: inout Bool,
        inBrackets: Bool
    ) -> Bool {
        let first = line[token.word.lowerBound]
        if ASCII.isDigit(first) {
            sawTime = true
            return true
        }
        if inBrackets || token.isBracketed { return true }
        if let word = LevelWord(line, token.word), timeWords[word] != nil { return true }
        if token.next == 0x1B || token.word.count > 64 { return false }
        // npm ERR!
        if token.word.count == 3, ByteText.starts(line, at: token.word.lowerBound, with: "npm") {
            return true
        }
        // `name[12]:` of syslog, `name - ERROR - …` of Python, `name | ERROR`.
        if token.next == UInt8(ascii: "[") || token.next == UInt8(ascii: "|") { return true }
        guard sawTime else { return false }
        return ByteText.starts(line, at: token.end, with: " - ")
            || ByteText.starts(line, at: token.end, with: " | ")
            || first == UInt8(ascii: "+")
    }

    private static func isKey(_ word: Range<Int>, _ line: Span<UInt8>) -> Bool {
        for index in word {
            let byte = line[index]
            let isName = ASCII.lowercased(byte) != nil || ASCII.isDigit(byte) || byte == 0x5F || byte == 0x2E
            guard isName || byte == 0x2D || byte == UInt8(ascii: "@") else { return false }
        }
        return true
    }

    /// `key=value key="a value" …` until a key is the level's.
    private static func pairs(_ line: Span<UInt8>, from start: Int) -> LogLevel? {
        let end = min(line.count, start + LevelRecognition.structuredBytes)
        var index = start
        while index < end {
            while index < end, ASCII.isBlank(line[index]) { index += 1 }
            let key = index
            while index < end, line[index] != UInt8(ascii: "="), !ASCII.isBlank(line[index]) { index += 1 }
            guard index < end, line[index] == UInt8(ascii: "="), isKey(key..<index, line) else { return nil }
            let isLevel = isLevelKey(line, key..<index)
            index += 1
            let value = pairValue(line, &index, end)
            if isLevel, let value, let word = LevelWord(line, value), let level = LevelWord.levels[word] {
                return level
            }
        }
        return nil
    }

    private static func isLevelKey(_ line: Span<UInt8>, _ key: Range<Int>) -> Bool {
        if let word = LevelWord(line, key) { return pairKeys[word] != nil }
        return key.count == 9 && ByteText.starts(line, at: key.lowerBound, with: "log.level")
    }

    /// The value that begins here, without quotes; the index moves behind it.
    private static func pairValue(_ line: Span<UInt8>, _ index: inout Int, _ end: Int) -> Range<Int>? {
        guard index < end, line[index] == UInt8(ascii: "\"") else {
            let start = index
            while index < end, !ASCII.isBlank(line[index]), line[index] != 0x0A, line[index] != 0x0D {
                index += 1
            }
            return start..<index
        }
        let start = index + 1
        index = start
        while index < end, line[index] != UInt8(ascii: "\"") {
            index += line[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard index < end else { return nil }
        index += 1
        return start..<index - 1
    }
}

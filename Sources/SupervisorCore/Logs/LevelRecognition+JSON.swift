/// The level of a line that is a JSON object: one pass over its top-level members, without making values of them.
enum JSONHead {
    /// Where the level stands, in the order of the loggers: pino, winston, bunyan; logfmt-like; Serilog; Google, ECS.
    private static let keys: WordTable<KeyKind> = {
        let names: [(String, KeyKind)] = [
            ("level", .level), ("lvl", .level), ("levelname", .level), ("loglevel", .level),
            ("severity", .level), ("severitytext", .level), ("severitynumber", .openTelemetry),
            ("priority", .syslog),
        ]
        var keys: [LevelWord: KeyKind] = [:]
        for (name, kind) in names {
            if let word = LevelWord(name.utf8) { keys[word] = kind }
        }
        return WordTable(keys)
    }()

    /// What a number means under a key.
    private enum KeyKind {
        /// Pino's numbers, or those of syslog (GELF).
        case level
        case openTelemetry
        case syslog
    }

    /// Reads the object that begins at an index.
    static func level(of line: Span<UInt8>, from start: Int) -> LogLevel? {
        let end = min(line.count, start + LevelRecognition.structuredBytes)
        var index = start + 1
        while true {
            skipBlanks(line, &index, end)
            guard index < end, line[index] == UInt8(ascii: "\"") else { return nil }
            guard let key = string(line, &index, end) else { return nil }
            skipBlanks(line, &index, end)
            guard index < end, line[index] == UInt8(ascii: ":") else { return nil }
            index += 1
            skipBlanks(line, &index, end)
            if let kind = kind(of: key, line), let level = value(line, index, end, kind) { return level }
            guard skipValue(line, &index, end) else { return nil }
            skipBlanks(line, &index, end)
            guard index < end, line[index] == UInt8(ascii: ",") else { return nil }
            index += 1
        }
    }

    private static func skipBlanks(_ line: Span<UInt8>, _ index: inout Int, _ end: Int) {
        while index < end, ASCII.isBlank(line[index]) { index += 1 }
    }

    /// The contents of the string that begins here; the index moves behind it.
    private static func string(_ line: Span<UInt8>, _ index: inout Int, _ end: Int) -> Range<Int>? {
        let start = index + 1
        var position = start
        while position < end {
            switch line[position] {
            case UInt8(ascii: "\\"): position += 2
            case UInt8(ascii: "\""):
                index = position + 1
                return start..<position
            default: position += 1
            }
        }
        return nil
    }

    private static func kind(of key: Range<Int>, _ line: Span<UInt8>) -> KeyKind? {
        if let word = LevelWord(line, key) { return keys[word] }
        // Those that are not letters only.
        switch key.count {
        case 2: return ByteText.starts(line, at: key.lowerBound, with: "@l") ? .level : nil
        case 9: return ByteText.starts(line, at: key.lowerBound, with: "log.level") ? .level : nil
        case 10: return ByteText.starts(line, at: key.lowerBound, with: "level_name") ? .level : nil
        case 13: return ByteText.starts(line, at: key.lowerBound, with: "severity_text") ? .level : nil
        default: return nil
        }
    }

    /// The level that a value stands for, text or number.
    private static func value(_ line: Span<UInt8>, _ start: Int, _ end: Int, _ kind: KeyKind) -> LogLevel? {
        guard start < end else { return nil }
        var index = start
        guard line[start] == UInt8(ascii: "\"") else {
            return number(line, start, end).flatMap { level($0, kind) }
        }
        guard var text = string(line, &index, end) else { return nil }
        // winston's colours: the escape is written as \u001b.
        while text.count > 6,
            ByteText.starts(line, at: text.lowerBound, with: "\\u001b[")
                || ByteText.starts(line, at: text.lowerBound, with: "\\u001B[")
        {
            guard
                let letter = (text.lowerBound..<text.upperBound).first(where: {
                    line[$0] == UInt8(ascii: "m")
                })
            else { return nil }
            text = letter + 1..<text.upperBound
        }
        var last = text.lowerBound
        while last < text.upperBound, ASCII.lowercased(line[last]) != nil { last += 1 }
        if last == text.upperBound || line[last] == UInt8(ascii: "\\") || line[last] == 0x20 {
            if let word = LevelWord(line, text.lowerBound..<last) { return LevelWord.levels[word] }
        }
        return number(line, text.lowerBound, text.upperBound).flatMap { level($0, kind) }
    }

    /// The digits that begin here.
    private static func number(_ line: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        var index = start
        var number = 0
        while index < end, index - start < 4, ASCII.isDigit(line[index]) {
            number = number * 10 + Int(line[index] - 0x30)
            index += 1
        }
        return index > start ? number : nil
    }

    private static func level(_ number: Int, _ kind: KeyKind) -> LogLevel? {
        switch kind {
        case .level: LogLevel(syslogPriority: number) ?? LogLevel.pino(number)
        case .openTelemetry: LogLevel.openTelemetry(number)
        case .syslog: LogLevel(syslogPriority: number)
        }
    }

    /// Goes behind the value that begins here; `false` when it does not end.
    private static func skipValue(_ line: Span<UInt8>, _ index: inout Int, _ end: Int) -> Bool {
        var depth = 0
        while index < end {
            switch line[index] {
            case UInt8(ascii: "\""):
                guard string(line, &index, end) != nil else { return false }
                if depth == 0 { return true }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return true }
                depth -= 1
                index += 1
                if depth == 0 { return true }
            case UInt8(ascii: ","):
                if depth == 0 { return true }
                index += 1
            default: index += 1
            }
        }
        return false
    }
}

/// Finds the level that a line of output gives itself.
///
/// Looked for where loggers put it, never in prose: `no error occurred` has no level. Nothing is allocated and no more
/// than the head of a line is read, except of a JSON object, whose level may come late.
public enum LevelRecognition {
    /// How much of a plain line can be its head: time, process, logger.
    static let headBytes = 256
    /// How much of a line of pairs or of a JSON object is read.
    static let structuredBytes = 64 << 10

    /// The level that a line gives itself; `nil` when it gives none.
    ///
    /// - Parameter line: The line, with or without its end.
    /// - Returns: The level by, in this order: a prefix `<0>` to `<7>`, a JSON object's `level` or `severity`, pairs with
    ///   `level=`, a word such as `ERROR`, `[warn]` or `info:` at the start, after a time if there is one. The line that
    ///   stands for output that was dropped is a warning.
    public static func level(of line: Span<UInt8>) -> LogLevel? {
        guard let first = first(of: line) else { return nil }
        switch line[first] {
        case UInt8(ascii: "<"): return prefix(line, first) ?? PlainHead.level(of: line, from: first)
        case UInt8(ascii: "{"): return JSONHead.level(of: line, from: first)
        case UInt8(ascii: "[") where isGap(line, first): return .warning
        default: return PlainHead.level(of: line, from: first)
        }
    }

    /// The level of a line that is a part of an array.
    public static func level(of line: ArraySlice<UInt8>) -> LogLevel? { level(of: line.span) }

    /// Whether a line looks like the continuation of the one before: a step of a stack trace, a wrapped object.
    ///
    /// - Parameter line: The line.
    /// - Returns: Whether it begins with a blank or a closing bracket, or with `Caused by`.
    public static func continuesEntry(_ line: Span<UInt8>) -> Bool {
        guard line.count > 0 else { return false }
        switch line[0] {
        case 0x20, 0x09, UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ")"): return true
        case UInt8(ascii: "C"): return ByteText.starts(line, at: 0, with: "Caused by")
        default: return false
        }
    }

    /// The first byte that is neither blank nor part of a colour code.
    private static func first(of line: Span<UInt8>) -> Int? {
        var index = 0
        let end = min(line.count, headBytes)
        while index < end {
            if let next = ByteText.colourEnd(line, index) {
                index = next
            } else if ASCII.isBlank(line[index]) {
                index += 1
            } else {
                return index
            }
        }
        return nil
    }

    /// `[novi: 12 lines (345 bytes) dropped: …]`, as the daemon writes where a log took nothing.
    private static func isGap(_ line: Span<UInt8>, _ first: Int) -> Bool {
        guard ByteText.starts(line, at: first, with: "[novi: ") else { return false }
        let end = min(line.count, headBytes)
        return (first..<end).contains { ByteText.starts(line, at: $0, with: " bytes) dropped: ") }
    }

    /// `<3>` as programs write for systemd (sd-daemon(3)).
    private static func prefix(_ line: Span<UInt8>, _ first: Int) -> LogLevel? {
        guard first + 2 < line.count, line[first + 2] == UInt8(ascii: ">"), ASCII.isDigit(line[first + 1])
        else {
            return nil
        }
        return LogLevel(syslogPriority: Int(line[first + 1]) - 0x30)
    }
}

/// Small questions about bytes.
enum ByteText {
    /// The index behind an ANSI colour code that begins here; `nil` when none does.
    static func colourEnd(_ bytes: Span<UInt8>, _ start: Int) -> Int? {
        guard start + 1 < bytes.count, bytes[start] == 0x1B, bytes[start + 1] == UInt8(ascii: "[") else {
            return nil
        }
        var index = start + 2
        let end = min(bytes.count, start + 24)
        while index < end {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "m") { return index }
            guard ASCII.isDigit(byte) || byte == UInt8(ascii: ";") else { return nil }
        }
        return nil
    }

    /// Whether a text is at a place.
    static func starts(_ bytes: Span<UInt8>, at start: Int, with text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard start >= 0, start + count <= bytes.count else { return false }
        return text.withUTF8Buffer { expected in
            for index in 0..<count where unsafe expected[index] != bytes[start + index] { return false }
            return true
        }
    }
}

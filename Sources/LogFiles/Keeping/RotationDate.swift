/// Which texts a date pattern can have produced in the name of a rotated file (docs/LOGS.md).
///
/// Another log may be called like this one with a number behind: of `api-1-2026-11-24-0007.log` only the date tells that it is a
/// file of `api-1.log` and none of `api.log`.
enum RotationDate {
    /// A part of a name.
    private enum Part {
        /// Digits that are a number within bounds.
        case number(digits: ClosedRange<Int>, values: ClosedRange<Int>)
        /// One of some texts.
        case text([[UInt8]])
    }

    /// The text as it stands in names: what could be trouble in a path or for a shell is a dash.
    static func nameText(_ text: some StringProtocol) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" })
    }

    /// Whether a pattern, or one that the log may have had before, can have produced a text.
    static func isPossible(_ text: some StringProtocol, pattern: String) -> Bool {
        let bytes = Array(text.utf8)
        return isUsual(bytes[...]) || matches(parts(of: pattern)[...], bytes[...])
    }

    // MARK: - Any pattern

    private static func parts(of pattern: String) -> [Part] {
        var parts: [Part] = []
        var rest = pattern[...]
        while let letter = rest.first {
            if letter == "[", let end = rest.firstIndex(of: "]") {
                parts.append(literal(rest[rest.index(after: rest.startIndex)..<end]))
                rest = rest[rest.index(after: end)...]
                continue
            }
            let run = rest.prefix { $0 == letter }
            rest = rest.dropFirst(run.count)
            parts += token(letter, run.count) ?? [literal(run)]
        }
        return parts
    }

    private static func literal(_ text: Substring) -> Part { .text([Array(nameText(text).utf8)]) }

    private static func token(_ letter: Character, _ count: Int) -> [Part]? {
        let values: ClosedRange<Int>
        switch (letter, count) {
        case ("Y", 4): return [.number(digits: 4...4, values: years)]
        case ("Y", 2): return [.number(digits: 2...2, values: 0...99)]
        case ("A", 1): return [.text([Array("AM".utf8), Array("PM".utf8)])]
        case ("a", 1): return [.text([Array("am".utf8), Array("pm".utf8)])]
        case ("Z", 1...2):
            let dash = Part.text([Array("-".utf8)])
            let hours = Part.number(digits: 2...2, values: 0...26)
            let minutes = Part.number(digits: 2...2, values: 0...59)
            return count == 1 ? [dash, hours, dash, minutes] : [dash, hours, minutes]
        case ("M", 1...2): values = 1...12
        case ("D", 1...2): values = 1...31
        case ("H", 1...2): values = 0...24
        case ("h", 1...2): values = 1...12
        case ("m", 1...2): values = 0...59
        case ("s", 1...2): values = 0...60
        default: return nil
        }
        return [.number(digits: count...2, values: values)]
    }

    private static func matches(_ parts: ArraySlice<Part>, _ text: ArraySlice<UInt8>) -> Bool {
        guard let part = parts.first else { return text.isEmpty }
        switch part {
        case .text(let choices):
            return choices.contains {
                text.starts(with: $0) && matches(parts.dropFirst(), text.dropFirst($0.count))
            }
        case .number(let digits, let values):
            return digits.contains { count in
                guard let value = number(text, count), values.contains(value) else { return false }
                // `M` of March is `3`, never `03`.
                guard count == digits.lowerBound || text.first != 0x30 else { return false }
                return matches(parts.dropFirst(), text.dropFirst(count))
            }
        }
    }

    private static func number(_ text: ArraySlice<UInt8>, _ count: Int) -> Int? {
        let digits = text.prefix(count)
        guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1) - 0x30 }
    }

    // MARK: - The usual patterns

    /// Clocks that were never set show 1970, or the evening before it.
    private static let years = 1969...2999

    /// Whether a text is year, month, day, hour, minute and second, or the first of them: what nearly all patterns are.
    ///
    /// So the pattern may be changed, and files under their old names are known all the same.
    private static func isUsual(_ text: ArraySlice<UInt8>) -> Bool {
        guard let year = number(text, 4), years.contains(year) else { return false }
        var rest = text.dropFirst(4)
        for values in [1...12, 1...31, 0...24, 0...59, 0...60] {
            if rest.isEmpty { return true }
            if let first = rest.first, "-_.T".utf8.contains(first) { rest = rest.dropFirst() }
            guard let value = number(rest, 2), values.contains(value) else { return false }
            rest = rest.dropFirst(2)
        }
        return rest.isEmpty
    }
}

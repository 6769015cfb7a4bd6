import CTerminalShims
import SupervisorClient

/// Text of others made fit for cells: nothing in it can steer the terminal, and every terminal gives it the same width.
struct CleanText {
    /// Whether letters beyond ASCII are shown.
    var hasUnicode: Bool

    private static let tabStop = 8

    /// A line of a log or a value of an app.
    func clean(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
        let plain = TerminalText.sanitized(Self.withoutColors(text))
        var result = String.UnicodeScalarView()
        var column = 0
        var isAfterWide = false
        for scalar in plain.unicodeScalars {
            switch scalar.value {
            case 0x09:
                let spaces = Self.tabStop - column % Self.tabStop
                for _ in 0..<spaces { result.append(" ") }
                column += spaces
                continue
            // Joiners and variants: terminals do not agree on the width of what they make.
            case 0x200B...0x200D, 0x2060, 0xFE00...0xFE0F, 0xFEFF, 0xE0000...0xE0FFF: continue
            // Skin tones, where they belong to the letter before.
            case 0x1F3FB...0x1F3FF where isAfterWide: continue
            default: break
            }
            let letter = shown(scalar)
            let width = TextCells.width(of: letter)
            isAfterWide = width == 2
            column += width
            result.append(letter)
        }
        return String(result)
    }

    private func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        guard scalar.value >= 0x7F else { return scalar }
        guard hasUnicode else { return Self.ascii[scalar.value] ?? "?" }
        return novi_letter_width(scalar.value) < 0 ? "\u{FFFD}" : scalar
    }

    private static let ascii: [UInt32: Unicode.Scalar] = [
        0x2013: "-", 0x2014: "-", 0x00B7: "|", 0x2019: "'", 0x2018: "'", 0x201C: "\"", 0x201D: "\"",
        0x00D7: "x",
    ]

    /// The text without the escape sequences that colour it (ECMA-48, SGR): they say nothing here and would be in the way.
    static func withoutColors(_ text: String) -> String {
        guard text.utf8.contains(0x1B) else { return text }
        var result: [UInt8] = []
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x1B, let end = endOfColor(bytes, index) {
                index = end
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func endOfColor(_ bytes: [UInt8], _ start: Int) -> Int? {
        guard start + 1 < bytes.count, bytes[start + 1] == UInt8(ascii: "[") else { return nil }
        var index = start + 2
        while index < bytes.count,
            (0x30...0x39).contains(bytes[index]) || bytes[index] == 0x3B || bytes[index] == 0x3A
        {
            index += 1
        }
        guard index < bytes.count, bytes[index] == UInt8(ascii: "m") else { return nil }
        return index + 1
    }
}

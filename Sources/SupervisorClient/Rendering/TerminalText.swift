/// Text of others on our terminal.
public enum TerminalText {
    /// The text without control characters, which could move the cursor or set the title; tabs stay.
    public static func sanitized(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                clean.append("\u{FFFD}")
            } else {
                clean.append(scalar)
            }
        }
        return String(clean)
    }

    /// The text of a log line without control characters; colours (`ESC [ … m`) are kept and ended, or left out.
    public static func line(_ text: String, keepsColors: Bool) -> String {
        guard text.utf8.contains(0x1B) else { return sanitized(text) }
        var clean = ""
        var rest = text.unicodeScalars[...]
        var isColored = false
        while let escape = rest.firstIndex(of: "\u{1B}") {
            clean += sanitized(String(rest[..<escape]))
            rest = rest[escape...]
            if let end = colorEnd(rest) {
                if keepsColors { clean += String(rest[..<end]) }
                isColored = keepsColors
                rest = rest[end...]
            } else {
                clean += "\u{FFFD}"
                rest = rest.dropFirst()
            }
        }
        return clean + sanitized(String(rest)) + (isColored ? "\u{1B}[0m" : "")
    }

    /// The end of the colour code that a text begins with; `nil` when it begins with none.
    private static func colorEnd(_ text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView.Index? {
        let code = text.prefix(32)
        guard code.dropFirst().first == "[" else { return nil }
        let end = code.dropFirst(2).firstIndex { !("0"..."9").contains($0) && $0 != ";" && $0 != ":" }
        guard let end, code[end] == "m" else { return nil }
        return text.index(after: end)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09: false
        case 0x00..<0x20, 0x7F, 0x80..<0xA0, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

import LinuxSystem

/// What the terminal can show, decided once for each command.
public struct Style: Sendable {
    /// Whether colours are shown.
    public var hasColor: Bool
    /// Whether letters beyond ASCII are shown.
    public var hasUnicode: Bool
    /// The columns of the terminal; `nil` when output goes elsewhere.
    public var width: Int?

    /// Looks at the terminal and the environment (no-color.org; locale(7)).
    public init(noColor: Bool, descriptor: Int32 = 1) {
        let isTerminal = Terminal.isTerminal(descriptor)
        let terminal = CurrentProcess.environmentValue("TERM")
        let forbids = !(CurrentProcess.environmentValue("NO_COLOR") ?? "").isEmpty
        hasColor = isTerminal && !noColor && !forbids && terminal != "dumb"
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { CurrentProcess.environmentValue($0) }
            .first { !$0.isEmpty }
        let name = (locale ?? "").uppercased()
        hasUnicode = name.contains("UTF-8") || name.contains("UTF8")
        width = isTerminal ? Terminal.width(descriptor) ?? 80 : nil
    }

    /// Makes a style of its parts, for tests.
    public init(hasColor: Bool, hasUnicode: Bool, width: Int?) {
        self.hasColor = hasColor
        self.hasUnicode = hasUnicode
        self.width = width
    }

    /// The colours in use; never the only carrier of a meaning.
    public enum Color: String, Sendable {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case magenta = "35"
        case cyan = "36"
        case gray = "90"
        case bold = "1"
    }

    /// Text in a colour, where there is colour.
    public func paint(_ text: String, _ color: Color?) -> String {
        guard hasColor, let color else { return text }
        return "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m"
    }

    /// The sign for text that was cut.
    public var ellipsis: String { hasUnicode ? "…" : "..." }
    /// The sign for no value.
    public var dash: String { hasUnicode ? "–" : "-" }

    /// Text of others without control characters and without letters that the terminal cannot show.
    public func plain(_ text: String) -> String {
        shown(TerminalText.sanitized(text))
    }

    /// Our own text, of any number of lines, without letters that the terminal cannot show.
    public func shown(_ text: String) -> String {
        guard !hasUnicode, !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "…": result += "..."
            case "–", "—": result += "-"
            case "·": result += "|"
            case "\u{FFFD}": result += "?"
            case "→": result += "->"
            case "×": result += "x"
            default: result += scalar.isASCII ? String(scalar) : "?"
            }
        }
        return result
    }

    /// The colour of a state.
    public static func color(ofState state: String) -> Color? {
        switch state {
        case "online": .green
        case "launching", "stopping", "waiting restart": .yellow
        case "errored": .red
        case "stopped": .gray
        default: nil
        }
    }
}

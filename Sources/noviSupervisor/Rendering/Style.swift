import LinuxSystem
import Shared

/// What the terminal can show, decided once for each command.
struct Style {
    /// Whether colours are shown.
    var hasColor: Bool
    /// Whether letters beyond ASCII are shown.
    var hasUnicode: Bool
    /// The columns of the terminal; `nil` when output goes elsewhere.
    var width: Int?

    /// Looks at the terminal and the environment (no-color.org; locale(7)).
    init(noColor: Bool, descriptor: Int32 = 1) {
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
    init(hasColor: Bool, hasUnicode: Bool, width: Int?) {
        self.hasColor = hasColor
        self.hasUnicode = hasUnicode
        self.width = width
    }

    /// The colours in use; never the only carrier of a meaning.
    enum Color: String {
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
    func paint(_ text: String, _ color: Color?) -> String {
        guard hasColor, let color else { return text }
        return "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m"
    }

    /// The sign for text that was cut.
    var ellipsis: String { hasUnicode ? "…" : "..." }
    /// The sign for no value.
    var dash: String { hasUnicode ? "–" : "-" }

    /// Text of others without control characters and without letters that the terminal cannot show.
    func plain(_ text: String) -> String {
        let text = TerminalText.sanitized(text)
        guard !hasUnicode else { return text }
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
    static func color(ofState state: String) -> Color? {
        switch state {
        case "online": .green
        case "launching", "stopping", "waiting restart": .yellow
        case "errored": .red
        case "stopped": .gray
        default: nil
        }
    }
}

/// Standard output and error of a command.
enum Output {
    /// Writes to standard output; a closed pipe ends the command quietly.
    static func write(_ text: String) {
        send(Array(text.utf8), to: 1)
    }

    /// Writes bytes to standard output as they are.
    static func write(bytes: [UInt8]) {
        send(bytes, to: 1)
    }

    /// Writes a line to standard output.
    static func line(_ text: String) {
        write("\(text)\n")
    }

    /// Writes a JSON document for scripts on one line, with the number of its schema in front.
    static func json(_ members: JSONObject) {
        line(document(members))
    }

    /// A JSON document for scripts: `{"schema":1,…}`.
    static func document(_ members: JSONObject) -> String {
        var document: JSONObject = ["schema": 1]
        for (key, value) in members {
            document[key] = value
        }
        return String(decoding: JSONValue.object(document).serialized(), as: UTF8.self)
    }

    /// Writes a line to standard error.
    static func complain(_ text: String) {
        send(Array("\(text)\n".utf8), to: 2)
    }

    private static func send(_ bytes: [UInt8], to descriptor: Int32) {
        do throws(SystemError) {
            let target = Descriptor(descriptor)
            defer { _ = target.take() }
            try target.writeAll(bytes)
        } catch {
            // The reader has had enough (`logs | head`): nothing is wrong.
            if descriptor == 1 { Process.end(0) }
        }
    }
}

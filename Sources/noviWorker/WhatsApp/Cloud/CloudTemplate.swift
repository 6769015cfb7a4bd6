import Shared
import WhatsAppCloud

/// A template as our messages bring it: name, language and the texts of its body.
///
///     {"name": "daily_report", "language": "en", "parameters": ["12", "3"]}
struct CloudTemplate: Equatable, Sendable {
    /// The approved template's name.
    var name: String
    /// Its language.
    var language: String
    /// The texts of its body.
    var parameters: [String]

    /// The longest text of a parameter, in characters (the body of a template has 1024).
    static let parameterCharacters = 1024

    /// Reads a message's template; `nil` when it is none.
    init?(_ value: JSONValue) {
        guard let name = value["name"]?.stringValue, !name.isEmpty else { return nil }
        self.name = name
        language = value["language"]?.stringValue ?? value["language"]?["code"]?.stringValue ?? "en"
        parameters = []
        guard let given = value["parameters"], given != .null else { return }
        guard let texts = given.arrayValue else { return nil }
        for text in texts {
            guard let text = text.stringValue else { return nil }
            parameters.append(Self.flat(text))
        }
    }

    /// The template of the settings with a whole text for its only parameter; `nil` when the text is too long for one.
    init?(_ template: CloudSettings.FallbackTemplate, text: String) {
        name = template.name
        language = template.language
        parameters = [Self.flat(text)]
        guard parameters[0].unicodeScalars.count <= Self.parameterCharacters else { return nil }
    }

    /// Meta refuses line ends, tabs and more than four spaces in a parameter.
    private static func flat(_ text: String) -> String {
        let lines = text.split { $0.isNewline }
        let words = lines.map { line in
            line.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
        }
        return words.filter { !$0.isEmpty }.joined(separator: " · ")
    }
}

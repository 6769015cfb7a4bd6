public import Shared

/// One line for each process that a command concerned.
public struct OutcomeLines {
    private let outcomes: [JSONValue]
    private let style: Style

    /// Takes the outcomes of a reply.
    public init(outcomes: [JSONValue], style: Style) {
        self.outcomes = outcomes
        self.style = style
    }

    /// Whether any of them failed.
    public var containsFailure: Bool { outcomes.contains { $0["result"]?.stringValue == "failed" } }

    /// A result as people read it: `already running`.
    public static func words(_ result: String) -> String {
        result.split(separator: "_").joined(separator: " ")
    }

    /// The lines, each ended.
    public func text() -> String {
        outcomes.map { outcome in
            let name = outcome["process"]?.stringValue ?? "?"
            let id = outcome["id"]?.integerValue ?? 0
            let result = outcome["result"]?.stringValue ?? "?"
            let message = outcome["message"]?.stringValue.map { ": \(style.plain($0))" } ?? ""
            let words = Self.words(result)
            let color: Style.Color? =
                switch result {
                case "failed": .red
                case "waiting": .yellow
                case "started", "restarted", "stopped", "deleted": .green
                default: nil
                }
            return "\(name) (\(id)) \(style.paint(words, color))\(message)\n"
        }
        .joined()
    }
}

import Shared

/// One line for each process that a command concerned.
struct OutcomeLines {
    let outcomes: [JSONValue]
    let style: Style

    /// Whether any of them failed.
    var containsFailure: Bool { outcomes.contains { $0["result"]?.stringValue == "failed" } }

    /// A result as people read it: `already running`.
    static func words(_ result: String) -> String {
        result.split(separator: "_").joined(separator: " ")
    }

    /// The lines, each ended.
    func text() -> String {
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

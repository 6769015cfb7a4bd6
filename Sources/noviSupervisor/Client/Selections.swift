import Shared
import SupervisorClient

/// Selections as people type them; a regular expression is resolved here, against the list of names.
enum Selections {
    /// Refuses a selection without letters, as an unset variable of a script leaves one.
    static func refuseEmpty(_ typed: [String]) throws(CommandFailure) {
        guard typed.contains("") else { return }
        throw CommandFailure(
            "an empty text names no app",
            .usage,
            hint: "is a variable empty? all names every app"
        )
    }

    /// What the daemon is sent.
    static func resolve(_ typed: [String], _ client: ControlClient) throws(CommandFailure) -> JSONValue {
        try refuseEmpty(typed)
        var resolved: [String] = []
        for text in typed {
            guard text.hasPrefix("/") else {
                resolved.append(text)
                continue
            }
            guard text.hasSuffix("/"), text.count > 2 else {
                throw CommandFailure(
                    "\(text) is no regular expression",
                    .usage,
                    hint: "write it between two slashes: '/^web/'"
                )
            }
            let pattern = String(text.dropFirst().dropLast())
            guard let expression = try? Regex(pattern) else {
                throw CommandFailure("\(text) is no regular expression", .usage)
            }
            let names = try Listing.processes(client, nil).map(Listing.name)
            let matching = names.filter { $0.contains(expression) }
            guard !matching.isEmpty else { throw CommandFailure("no process matches \(text)", .noSuchApp) }
            resolved += matching
        }
        return .array(resolved.map { .string($0) })
    }
}

import Shared

/// Something outside that a provider looked at, and whether it is in order.
struct ProviderFinding: Equatable, Sendable {
    /// How bad it is.
    enum Level: String, Sendable {
        /// In order.
        case pass
        /// Not sure, or not for long.
        case warn
        /// Messages do not come or go.
        case fail
    }

    /// How bad it is.
    var level: Level
    /// What was found; no secret.
    var text: String
    /// What to do.
    var next: String?

    /// As the interface has it.
    var json: JSONValue {
        ["level": .string(level.rawValue), "text": .string(text), "next": next.map { .string($0) } ?? .null]
    }
}

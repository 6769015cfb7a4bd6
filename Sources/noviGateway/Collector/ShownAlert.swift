import Observation
import Shared

/// Something that is wrong now, or was.
struct ShownAlert: Sendable, Equatable {
    /// The same for the same trouble.
    var id: String
    /// A stable word for programs.
    var type: String
    /// One sentence for people.
    var message: String
    /// How bad it is.
    var severity: Severity
    /// Since when, RFC 3339.
    var since: String
    /// Which app it is about.
    var app: String?
    /// When it was over; `nil` while it lasts.
    var ended: String?

    /// As the page gets it.
    var json: JSONObject {
        [
            "id": .string(id), "type": .string(type), "message": .string(message),
            "severity": .string(severity.rawValue), "since": .string(since), "app": .optional(app),
            "ended": .optional(ended),
        ]
    }
}

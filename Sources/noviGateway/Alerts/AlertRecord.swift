import LinuxSystem
import Observation
import Shared

/// An alert as it is told (row A11).
struct AlertRecord: Sendable {
    /// What is told.
    let change: AlertChange
    /// When, in nanoseconds since 1970.
    let time: Int64

    /// Row A11's name of the whole.
    static let system = "Novi Platform"

    /// One line for people.
    var line: String {
        let alert = change.alert
        let more = change.consequences > 0 ? " (and \(change.consequences) more because of it)" : ""
        switch change.kind {
        case .raised: return "\(alert.severity.rawValue) \(alert.message)\(more)"
        case .reminder:
            return
                "\(alert.severity.rawValue) still, after \(Self.text(change.length)): \(alert.message)\(more)"
        case .resolved: return "over after \(Self.text(change.length)): \(alert.message)\(more)"
        }
    }

    /// What is known of it.
    var json: JSONObject {
        let alert = change.alert
        return [
            "system": .string(Self.system), "id": .integer(Int64(alert.id)),
            "kind": .string(change.kind.rawValue),
            "type": .string(alert.type.rawValue), "severity": .string(alert.severity.rawValue),
            "message": .string(alert.message), "timestamp": .string(Clocks.timestamp(of: time)),
            "app": alert.subject.isEmpty ? .null : .string(alert.subject),
            "since": .string(Clocks.timestamp(of: alert.raisedAt * 1_000_000_000)),
            "length_s": .integer(change.length), "consequences": .integer(Int64(change.consequences)),
        ]
    }

    /// Seconds in words: `45 s`, `12 min`, `3 h 5 min`.
    static func text(_ seconds: Int64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        default: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        }
    }
}

import Shared
import WorkerSupport

/// What anybody may know of Novi's health: no figures, no versions (spec C).
struct Health: Equatable, Sendable {
    /// Whether the database answers.
    let isDatabaseConnected: Bool

    /// `connected`, `disconnected` or the bridge's state in between, such as `reconnecting`.
    let whatsApp: String

    /// Whether everything is as it should be.
    var isHealthy: Bool { isDatabaseConnected && whatsApp == Self.connected }

    /// The word for a link that is up.
    static let connected = "connected"

    /// The word for a link that is down.
    static let disconnected = "disconnected"

    /// The public answer.
    ///
    /// - Parameters:
    ///   - timestamp: The present time, RFC 3339.
    ///   - uptime: How long the worker runs.
    /// - Returns: The body.
    func body(timestamp: String, uptime: Duration) -> JSONObject {
        [
            "status": .string(isHealthy ? "healthy" : "degraded"),
            "timestamp": .string(timestamp),
            "uptime": .number(Double(uptime.wholeMilliseconds) / 1000),
            "database": .string(isDatabaseConnected ? Self.connected : Self.disconnected),
            "whatsapp": .string(whatsApp),
        ]
    }

    /// The public word for a state of the bridge; `nil` means that the bridge gave no answer.
    static func word(forBridgeState state: String?) -> String {
        switch state {
        case "ready": connected
        case nil, "stopped", "failed": disconnected
        case .some(let state): state
        }
    }
}

import Shared
import WorkerSupport

/// What can be switched on (row A80); only the text `true` does.
struct FeatureFlags: Equatable, Sendable {
    /// `ENABLE_NEW_PARSER`.
    let newOrderParser: Bool
    /// `ENABLE_ANALYTICS`.
    let advancedAnalytics: Bool
    /// `ENABLE_TRACKING`.
    let realTimeTracking: Bool

    /// Reads the variables.
    init(_ reader: VariableReader) {
        newOrderParser = reader.text("ENABLE_NEW_PARSER") == "true"
        advancedAnalytics = reader.text("ENABLE_ANALYTICS") == "true"
        realTimeTracking = reader.text("ENABLE_TRACKING") == "true"
    }

    /// By their names.
    var json: JSONObject {
        [
            "newOrderParser": .bool(newOrderParser), "advancedAnalytics": .bool(advancedAnalytics),
            "realTimeTracking": .bool(realTimeTracking),
        ]
    }
}

import Observation

/// How far back a plot goes.
enum SeriesRange: String, CaseIterable, Sendable {
    case fiveMinutes = "5m"
    case hour = "1h"
    case day = "1d"
    case fortnight = "14d"
    case year = "1y"

    /// Its length in seconds.
    var seconds: Int64 {
        switch self {
        case .fiveMinutes: 300
        case .hour: 3600
        case .day: 86_400
        case .fortnight: 14 * 86_400
        case .year: 365 * 86_400
        }
    }

    /// The ring that holds it.
    var resolution: HistoryResolution {
        switch self {
        case .fiveMinutes, .hour: .second
        case .day, .fortnight: .minute
        case .year: .hour
        }
    }
}

import CoreMetrics
import Shared

/// How long the database took for each statement, for `/metrics`.
struct StatementTimes: Sendable {
    private let timer: Timer

    /// Makes the times of a registry.
    init(_ registry: PrometheusRegistry) {
        registry.describe(
            "novi_db_query_seconds",
            .histogram,
            "How long statements took in the database, good or bad, without the wait for a connection."
        )
        timer = Timer(label: "novi_db_query_seconds", dimensions: [], factory: registry)
    }

    /// Counts a statement.
    func record(_ duration: Duration) { timer.recordNanoseconds(duration.wholeNanoseconds) }
}

/// The figures of one process at one moment; what is unknown is `nil`.
struct Moment: Sendable, Equatable {
    var cpuPercent: Double?
    var memoryBytes: Double?
    var heapBytes: Double?
    var requestsPerSecond: Double?
    var p95Milliseconds: Double?
    var errorPercent: Double?

    /// The figure of a metric.
    func value(of metric: PlottedMetric) -> Double? {
        switch metric {
        case .cpu: cpuPercent
        case .memory: memoryBytes
        case .heap: heapBytes
        case .requests: requestsPerSecond
        case .p95: p95Milliseconds
        case .errors: errorPercent
        }
    }
}

/// What is plotted over time.
enum PlottedMetric: String, CaseIterable, Sendable {
    /// Of one core, in percent; of all cores for the host.
    case cpu
    /// In bytes.
    case memory
    /// In bytes.
    case heap
    /// Requests a second.
    case requests
    /// In milliseconds.
    case p95
    /// In percent.
    case errors
}

/// One point of a series.
struct SeriesPoint: Sendable, Equatable {
    /// Seconds since 1970.
    var time: Int64
    /// The average of what it stands for.
    var average: Double
    /// The highest of it.
    var maximum: Double
}

/// How far back a series goes.
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
}

/// Keeps figures for longer than the gateway remembers itself.
protocol MomentHistory: Sendable {
    /// Keeps the figures of a process; throws when the disk does not take them.
    func note(_ moment: Moment, process: String, at seconds: Int64) throws

    /// The points of a metric in a range that ends at `end`, oldest first.
    func series(_ metric: PlottedMetric, process: String, range: SeriesRange, end: Int64) -> [SeriesPoint]
}

/// No history: for a gateway that has no folder for it.
struct NoHistory: MomentHistory {
    func note(_ moment: Moment, process: String, at seconds: Int64) {}

    func series(_ metric: PlottedMetric, process: String, range: SeriesRange, end: Int64) -> [SeriesPoint] {
        []
    }
}

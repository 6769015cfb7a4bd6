/// What one process was at one moment; what is not known is `nil`.
public struct Moment: Hashable, Sendable {
    /// Of one core, in percent.
    public var cpuPercent: Double?
    /// The memory of the whole tree, in bytes.
    public var memoryBytes: Double?
    /// The live heap that it reports, in bytes.
    public var heapBytes: Double?
    /// Requests a second.
    public var requestsPerSecond: Double?
    /// What 95 of 100 requests stayed below, in milliseconds.
    public var p95Milliseconds: Double?
    /// Requests that failed, in percent.
    public var errorPercent: Double?

    /// Makes a moment.
    public init(
        cpuPercent: Double? = nil,
        memoryBytes: Double? = nil,
        heapBytes: Double? = nil,
        requestsPerSecond: Double? = nil,
        p95Milliseconds: Double? = nil,
        errorPercent: Double? = nil
    ) {
        self.cpuPercent = cpuPercent
        self.memoryBytes = memoryBytes
        self.heapBytes = heapBytes
        self.requestsPerSecond = requestsPerSecond
        self.p95Milliseconds = p95Milliseconds
        self.errorPercent = errorPercent
    }

    /// The value of a metric.
    public subscript(_ metric: HistoryMetric) -> Double? {
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

/// What one process was, and when.
public struct TimedMoment: Hashable, Sendable {
    /// In seconds since 1970.
    public var seconds: Int64
    /// What was measured.
    public var moment: Moment

    /// Makes a moment with its time.
    public init(_ moment: Moment, at seconds: Int64) {
        self.moment = moment
        self.seconds = seconds
    }
}

/// What is kept of a process over time.
public enum HistoryMetric: String, CaseIterable, Sendable {
    /// Percent of one core.
    case cpu
    /// Bytes of the whole tree.
    case memory
    /// Bytes of live heap.
    case heap
    /// Requests a second.
    case requests
    /// Milliseconds.
    case p95
    /// Percent of the requests.
    case errors
}

/// How finely is kept, and for how long.
public enum HistoryResolution: String, CaseIterable, Sendable {
    /// Each second for an hour.
    case second
    /// Each minute for two weeks.
    case minute
    /// Each hour for a year.
    case hour

    /// The seconds that one slot stands for.
    public var step: Int64 {
        switch self {
        case .second: 1
        case .minute: 60
        case .hour: 3600
        }
    }

    /// How many slots there are; an older one makes room for a newer one.
    public var slots: Int {
        switch self {
        case .second: 3600
        case .minute: 20_160
        case .hour: 8760
        }
    }

    /// How many slots lie before this ring's in a file.
    var slotsBefore: Int {
        switch self {
        case .second: 0
        case .minute: Self.second.slots
        case .hour: Self.second.slots + Self.minute.slots
        }
    }
}

/// One point of a plot.
public struct HistoryPoint: Hashable, Sendable {
    /// When the slot begins, in seconds since 1970.
    public var time: Int64
    /// The mean of what was measured in it.
    public var average: Double
    /// The largest.
    public var maximum: Double

    /// Makes a point.
    public init(time: Int64, average: Double, maximum: Double) {
        self.time = time
        self.average = average
        self.maximum = maximum
    }
}

/// What a pool does at a moment and did since it was made.
public struct DatabasePoolMetrics: Sendable, Equatable {
    /// Connections that callers hold.
    public var inUse = 0
    /// Connections that wait for a caller.
    public var idle = 0
    /// Connections that are being made.
    public var opening = 0
    /// Callers that wait for a connection.
    public var waiting = 0
    /// Connections made so far.
    public var created = 0
    /// Attempts to make one that failed.
    public var createFailures = 0
    /// Connections that broke.
    public var lost = 0
    /// Connections closed because nobody needed them.
    public var reaped = 0
    /// Connections handed out so far.
    public var acquired = 0
    /// Callers that got none in time.
    public var acquireTimeouts = 0
    /// How long the callers that got one waited, all together.
    public var acquireTime: Duration = .zero
    /// How many waited at most 1, 5, 25, 100, 500, 2500 ms, and longer.
    public var acquireTimes = [Int](repeating: 0, count: bounds.count + 1)

    /// The bounds of ``acquireTimes``.
    public static let bounds: [Duration] = [1, 5, 25, 100, 500, 2500].map { .milliseconds($0) }

    /// Counts a caller that waited so long.
    mutating func countAcquired(after wait: Duration) {
        acquired += 1
        acquireTime += wait
        acquireTimes[Self.bounds.firstIndex { wait <= $0 } ?? Self.bounds.count] += 1
    }
}

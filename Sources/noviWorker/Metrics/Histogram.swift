/// Counts values in buckets whose bounds grow by about a half: percentiles to a few percent in a few hundred bytes.
struct Histogram: Sendable, Equatable {
    /// The upper bounds in seconds, from half a millisecond to ten seconds.
    static let bounds = [
        0.0005, 0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5,
        0.75, 1, 1.5, 2, 3, 5, 10,
    ]

    /// How many fell into each bucket; the last one takes what is beyond all bounds.
    private(set) var counts = [UInt64](repeating: 0, count: Histogram.bounds.count + 1)

    /// The sum of all values.
    private(set) var sum = 0.0

    /// The largest value.
    private(set) var maximum = 0.0

    /// How many values there were.
    var count: UInt64 { counts.reduce(0, +) }

    /// Counts a value.
    mutating func record(_ value: Double) {
        let bucket = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
        counts[bucket] += 1
        sum += value
        maximum = max(maximum, value)
    }

    /// Adds another histogram.
    mutating func add(_ other: Histogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        sum += other.sum
        maximum = max(maximum, other.maximum)
    }

    /// The value that a part of all values does not exceed, read linearly within its bucket; 0 without values.
    ///
    /// - Parameter part: 0.95 for the 95th percentile.
    /// - Returns: The value.
    func percentile(_ part: Double) -> Double {
        let total = count
        guard total > 0 else { return 0 }
        let rank = part * Double(total)
        var below = 0.0
        for (index, count) in counts.enumerated() where count > 0 {
            let reached = below + Double(count)
            if reached >= rank {
                let lower = index == 0 ? 0 : Self.bounds[index - 1]
                let upper = min(index < Self.bounds.count ? Self.bounds[index] : maximum, maximum)
                return lower + max(0, upper - lower) * (rank - below) / Double(count)
            }
            below = reached
        }
        return maximum
    }
}

/// What was taken of one resource over some time, and how it grows.
public struct CapacityUsage: Equatable, Sendable {
    /// The mean.
    public var average: Double
    /// What 95 of 100 points stayed below.
    public var p95: Double
    /// The largest.
    public var maximum: Double
    /// The newest.
    public var last: Double
    /// How much more each day; `nil` when too little was measured to tell.
    public var growthPerDay: Double?

    /// Sums points up; `nil` for none.
    public init?(_ points: [HistoryPoint]) {
        guard let newest = points.last else { return nil }
        average = points.reduce(0) { $0 + $1.average } / Double(points.count)
        maximum = points.reduce(0) { max($0, $1.maximum) }
        let sorted = points.map(\.average).sorted()
        p95 = sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
        last = newest.average
        growthPerDay = Self.growth(points)
    }

    /// The days until the growth reaches a limit: 0 when it is reached, `nil` when it never is, or not within ten years.
    public func daysUntil(_ limit: Double) -> Double? {
        guard last < limit else { return 0 }
        guard let growthPerDay, growthPerDay > 0 else { return nil }
        let days = (limit - last) / growthPerDay
        return days <= 3650 ? days : nil
    }

    /// The fewest days of which a growth is told: one busy day is no trend.
    static let shortestTrend = 3

    private static let secondsADay: Int64 = 86_400

    /// The median of the slopes between the means of any two days (Theil and Sen); `nil` with less than ``shortestTrend`` days.
    ///
    /// A day that stands out, a restart, an import, moves it little.
    static func growth(_ points: [HistoryPoint]) -> Double? {
        var days: [(day: Int64, sum: Double, count: Double)] = []
        for point in points {
            let day = point.time / secondsADay
            if days.last?.day == day {
                days[days.count - 1].sum += point.average
                days[days.count - 1].count += 1
            } else {
                days.append((day, point.average, 1))
            }
        }
        guard days.count >= shortestTrend else { return nil }
        var slopes: [Double] = []
        for (index, later) in days.enumerated() {
            for earlier in days[..<index] where later.day > earlier.day {
                slopes.append(
                    (later.sum / later.count - earlier.sum / earlier.count) / Double(later.day - earlier.day)
                )
            }
        }
        slopes.sort()
        let middle = slopes.count / 2
        return slopes.count % 2 == 1 ? slopes[middle] : (slopes[middle - 1] + slopes[middle]) / 2
    }
}

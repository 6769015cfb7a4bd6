import Observation

/// The figures of the last five minutes of every process, in memory: what the page begins with.
///
/// A slot a second and metric; bounded by ``Limits/recentSeconds`` and the number of processes.
struct RecentMoments: Sendable {
    private struct Ring: Sendable {
        /// The second that the newest slot is of.
        var newest: Int64
        /// NaN where nothing is known; metric after metric.
        var values: [Float]
    }

    private var rings: [String: Ring] = [:]

    private static let slots = Limits.recentSeconds
    private static let metrics = HistoryMetric.allCases

    /// Keeps the figures of a process; those of a second that is over are left out.
    mutating func note(_ moment: Moment, process: String, at seconds: Int64) {
        let empty = Ring(
            newest: seconds,
            values: [Float](repeating: .nan, count: Self.slots * Self.metrics.count)
        )
        var ring = rings.removeValue(forKey: process) ?? empty
        defer { rings[process] = ring }
        guard seconds >= ring.newest else { return }
        // What lies between two looks is not known.
        let gap = seconds - ring.newest
        if gap >= Int64(Self.slots) {
            ring = empty
        } else if gap > 0 {
            for second in (ring.newest + 1)...seconds {
                for metric in Self.metrics.indices { ring.values[Self.index(metric, second)] = .nan }
            }
        }
        ring.newest = seconds
        for (index, metric) in Self.metrics.enumerated() {
            guard let value = moment[metric] else { continue }
            ring.values[Self.index(index, seconds)] = Float(value)
        }
    }

    /// Forgets all processes but these.
    mutating func keepOnly(_ processes: Set<String>) {
        guard rings.count != processes.count || rings.keys.contains(where: { !processes.contains($0) }) else {
            return
        }
        rings = rings.filter { processes.contains($0.key) }
    }

    /// The processes of which something is kept.
    var processes: [String] { rings.keys.sorted() }

    /// The points of a metric, oldest first.
    func series(_ metric: HistoryMetric, process: String, since: Int64 = .min) -> [HistoryPoint] {
        guard let ring = rings[process], let index = Self.metrics.firstIndex(of: metric) else { return [] }
        var points: [HistoryPoint] = []
        let first = max(ring.newest - Int64(Self.slots) + 1, since)
        guard first <= ring.newest else { return [] }
        for second in first...ring.newest {
            let value = ring.values[Self.index(index, second)]
            if !value.isNaN {
                points.append(HistoryPoint(time: second, average: Double(value), maximum: Double(value)))
            }
        }
        return points
    }

    private static func index(_ metric: Int, _ second: Int64) -> Int {
        metric * slots + Int(second % Int64(slots))
    }
}

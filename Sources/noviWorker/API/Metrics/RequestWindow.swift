/// The requests of the last minute in twelve slots: rate, failures, percentiles.
///
/// Bounded however many there are.
struct RequestWindow: Sendable {
    /// What the last minute was like.
    struct Figures: Sendable, Equatable {
        /// Requests a second.
        let rate: Double
        /// The part that failed by our fault, 0 to 1.
        let errorRate: Double
        /// Half took less, in seconds.
        let p50: Double
        /// 95 % took less, in seconds.
        let p95: Double
        /// 99 % took less, in seconds.
        let p99: Double
    }

    private struct Slot {
        var number = Int64.min
        var failures: UInt64 = 0
        var times = Histogram()
    }

    private static let slotSeconds: Int64 = 5
    private static let slotCount = 12

    private var slots = [Slot](repeating: Slot(), count: RequestWindow.slotCount)

    /// Counts a request.
    ///
    /// - Parameters:
    ///   - seconds: How long it took.
    ///   - isFailure: Whether it failed by our fault (5xx).
    ///   - now: Seconds on a clock that never goes back.
    mutating func record(seconds: Double, isFailure: Bool, at now: Int64) {
        let number = now / Self.slotSeconds
        let index = Int(number % Int64(Self.slotCount))
        if slots[index].number != number { slots[index] = Slot(number: number) }
        slots[index].times.record(seconds)
        if isFailure { slots[index].failures += 1 }
    }

    /// The figures of the last minute.
    func figures(at now: Int64) -> Figures {
        let oldest = now / Self.slotSeconds - Int64(Self.slotCount) + 1
        var times = Histogram()
        var failures: UInt64 = 0
        for slot in slots where slot.number >= oldest {
            times.add(slot.times)
            failures += slot.failures
        }
        let count = times.count
        return Figures(
            rate: Double(count) / Double(Self.slotSeconds * Int64(Self.slotCount)),
            errorRate: count == 0 ? 0 : Double(failures) / Double(count),
            p50: times.percentile(0.5),
            p95: times.percentile(0.95),
            p99: times.percentile(0.99)
        )
    }
}

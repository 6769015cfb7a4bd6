import Testing

@testable import Observation

@Suite struct CapacityUsageTests {
    private func hourly(_ days: Int, _ value: (Double) -> Double) -> [HistoryPoint] {
        (0..<(days * 24)).map { hour in
            let value = value(Double(hour) / 24)
            return HistoryPoint(
                time: 1_790_000_000 / 86_400 * 86_400 + Int64(hour) * 3600,
                average: value,
                maximum: value * 2
            )
        }
    }

    @Test func `mean, 95 of 100, largest and newest`() throws {
        let usage = try #require(CapacityUsage(hourly(5) { $0 * 24 }))
        #expect(usage.average == 59.5 && usage.p95 == 114 && usage.maximum == 238 && usage.last == 119)
    }

    @Test func `growth is told of three days and more, and one odd day does not move it`() throws {
        #expect(CapacityUsage(hourly(2) { 100 + 10 * $0 })?.growthPerDay == nil)
        let steady = try #require(CapacityUsage(hourly(14) { 100 + 10 * $0 })?.growthPerDay)
        #expect(abs(steady - 10) < 0.001)
        let withImport = try #require(
            CapacityUsage(hourly(14) { 100 + 10 * $0 + (Int($0) == 9 ? 5000 : 0) })?.growthPerDay
        )
        #expect(abs(withImport - 10) < 1)
    }

    @Test func `days until a limit: none when it shrinks, zero when it is there`() throws {
        let growing = try #require(CapacityUsage(hourly(10) { 100 + 10 * $0 }))
        let days = try #require(growing.daysUntil(growing.last + 50))
        #expect(abs(days - 5) < 0.001)
        #expect(growing.daysUntil(growing.last - 1) == 0)
        #expect(growing.daysUntil(1e9) == nil)
        let shrinking = try #require(CapacityUsage(hourly(10) { 100 - 5 * $0 }))
        #expect(shrinking.daysUntil(1000) == nil)
    }

    @Test func `without points there is nothing to tell`() {
        #expect(CapacityUsage([]) == nil)
    }
}

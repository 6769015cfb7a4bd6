import OrderMessages
import Testing

@Suite struct TimeZoneTests {
    /// A TZif file of version 2 with no transitions and a footer.
    private func zone(offset: Int32, footer: String) -> [UInt8] {
        func block(_ timeBytes: Int) -> [UInt8] {
            var bytes = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
            for count: UInt32 in [0, 0, 0, 0, 1, 4] { bytes += big(count) }
            return bytes + big(UInt32(bitPattern: offset)) + [0, 0] + Array("XYZ\0".utf8)
        }
        return block(4) + block(8) + [0x0A] + Array(footer.utf8) + [0x0A]
    }

    private func big(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }

    private func seconds(_ text: String) throws -> Int64 { try #require(RFC3339.seconds(text)) }

    @Test(arguments: [
        ("2026-03-29T00:59:59Z", 3600), ("2026-03-29T01:00:00Z", 7200), ("2026-10-25T00:59:59Z", 7200),
        ("2026-10-25T01:00:00Z", 3600),
        ("2030-07-01T00:00:00Z", 7200), ("2031-01-01T00:00:00Z", 3600),
    ])
    func `a rule for summer time is followed`(time: String, offset: Int) throws {
        let rules = try #require(
            TimeZoneRules(tzif: zone(offset: 3600, footer: "CET-1CEST,M3.5.0,M10.5.0/3"))
        )
        #expect(rules.offset(at: try seconds(time)) == offset)
    }

    @Test func `summer time of the southern half spans the new year`() throws {
        let rules = try #require(
            TimeZoneRules(tzif: zone(offset: 36_000, footer: "AEST-10AEDT,M10.1.0,M4.1.0/3"))
        )
        #expect(rules.offset(at: try seconds("2026-01-10T00:00:00Z")) == 39_600)
        #expect(rules.offset(at: try seconds("2026-06-10T00:00:00Z")) == 36_000)
    }

    @Test(arguments: [("<+0330>-3:30", 12_600), ("WAT-1", 3600), ("EST5", -18_000), ("<-03>3", -10_800)])
    func `rules without summer time`(footer: String, offset: Int) throws {
        let rules = try #require(TimeZoneRules(tzif: zone(offset: 0, footer: footer)))
        #expect(rules.offset(at: 1_780_000_000) == offset)
    }

    @Test func `the business's day is not the day in UTC`() throws {
        let lagos = TimeZoneRules(fixedOffset: 3600)
        #expect(lagos.day(at: try seconds("2026-06-10T23:30:00Z")) == date("2026-06-11"))
        #expect(lagos.day(at: try seconds("2026-06-10T22:59:59Z")) == date("2026-06-10"))
        #expect(TimeZoneRules(fixedOffset: 0).day(at: -1) == date("1969-12-31"))
    }

    @Test func `a damaged file is refused and never a trap`() {
        let whole = zone(offset: 3600, footer: "WAT-1")
        for count in 0..<whole.count { #expect(TimeZoneRules(tzif: Array(whole[..<count])) == nil) }
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
                    in: 0 ... .max,
                    using: &generator
                )
            }
            _ = TimeZoneRules(tzif: bytes)?.day(at: 1_780_000_000)
        }
    }

    @Test(arguments: [
        ("2026-06-10T09:30:00+01:00", 1_781_080_200), ("2026-06-10T08:30:00Z", 1_781_080_200),
        ("2026-06-10t08:30:00.250z", 1_781_080_200),
        ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:00:00-01:00", 0),
    ])
    func `instants are read with their offset`(text: String, seconds: Int64) {
        #expect(RFC3339.seconds(text) == seconds)
    }

    @Test(arguments: [
        "", "2026-06-10", "2026-06-10T09:30:00", "2026-02-30T09:30:00Z", "2026-06-10T25:30:00Z",
        "2026-06-10T09:30:00+1", "x026-06-10T09:30:00Z", "2026-06-10T09:30:00.",
    ])
    func `other texts are no instants`(text: String) {
        #expect(RFC3339.seconds(text) == nil)
    }
}

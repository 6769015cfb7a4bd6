import FoundationEssentials
import Postgres
import Shared
import Testing

@Suite struct ValueTests {
    @Test(arguments: [
        ("2026-06-10 08:30:00.125+00", "2026-06-10T08:30:00.125Z"),
        ("2026-06-10 08:30:00.125456+00", "2026-06-10T08:30:00.125456Z"),
        ("2026-06-10T09:30:00+01:00", "2026-06-10T08:30:00.000Z"),
        ("2026-06-10T09:30:00Z", "2026-06-10T09:30:00.000Z"),
        ("1969-12-31 23:59:59.999999+00", "1969-12-31T23:59:59.999999Z"),
        ("2000-02-29 00:00:00-03:30", "2000-02-29T03:30:00.000Z"),
        ("0001-01-01 00:00:00+00", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31 23:59:59+00", "9999-12-31T23:59:59.000Z"),
    ])
    func `instants are read and written exactly`(_ text: String, _ expected: String) throws {
        let instant = try #require(UTCInstant(text))
        #expect(instant.description == expected)
        #expect(UTCInstant(expected) == instant)
    }

    @Test(arguments: [
        "", "infinity", "2026-06-10", "2026-06-10 08:30:00", "2026-02-29 00:00:00+00",
        "2026-06-10 25:00:00+00",
        "2026-06-10T08:30:00Zx", "2026-06-10T08:60:00Z", "2026-6-10T08:30:00Z", "२०२६-06-10T08:30:00Z",
    ])
    func `what is no instant is none`(_ text: String) {
        #expect(UTCInstant(text) == nil)
    }

    @Test func `every day from 1900 to 2100 follows the one before`() throws {
        var date = try #require(CalendarDate("1900-01-01"))
        let end = try #require(CalendarDate("2100-12-31"))
        var number = date.daysSince1970
        #expect(number == -25_567)
        while date < end {
            let next = date.advanced(by: 1)
            #expect(next > date)
            #expect(next.daysSince1970 == number + 1)
            #expect(CalendarDate("\(next)") == next)
            number += 1
            date = next
        }
        #expect(date == end)
    }

    @Test(arguments: [
        ("12500", 1_250_000), ("12500.5", 1_250_050), ("0.01", 1), ("-3.20", -320),
        ("9999999999.99", 999_999_999_999),
        ("1.500", 150),
    ])
    func `money is exact`(_ text: String, _ hundredths: Int64) {
        #expect(Money(text)?.hundredths == hundredths)
        #expect(Money(Money(hundredths: hundredths).description)?.hundredths == hundredths)
    }

    @Test(arguments: [
        "", "-", ".", ".5", "5.", "1.005", "1e3", "NaN", "+1", "99999999999999999999", "1.-5", "--1",
    ])
    func `what is no money is none`(_ text: String) {
        #expect(Money(text) == nil)
    }

    @Test(arguments: [
        [], ["a"], ["", "NULL", "null"], ["a,b", "c\"d", "e\\f", "{g}", " h ", "\n"], ["é", "👩‍👩‍👧‍👦"],
    ])
    func `arrays of text survive`(_ array: [String]) throws {
        #expect([String](databaseText: try #require(array.databaseText)) == array)
    }

    @Test func `arrays as the server writes them are read`() {
        #expect([Int](databaseText: "{1,2,-3}") == [1, 2, -3])
        #expect([String](databaseText: "{a,\"b c\",\"NULL\"}") == ["a", "b c", "NULL"])
        #expect([String](databaseText: "{a,NULL}") == nil)
        #expect([Int](databaseText: "{{1,2},{3,4}}") == nil)
        #expect([Int](databaseText: "{1,,2}") == nil)
        #expect([Int](databaseText: "1,2") == nil)
    }

    @Test func `bytes survive`() {
        let bytes = DatabaseBytes(0...255)
        #expect(bytes.databaseText.flatMap { DatabaseBytes(databaseText: $0) } == bytes)
        #expect(DatabaseBytes(databaseText: "\\x0aFF")?.bytes == [10, 255])
        #expect(DatabaseBytes(databaseText: "\\x0") == nil)
        #expect(DatabaseBytes(databaseText: "0aff") == nil)
        #expect(DatabaseBytes([]).databaseText == "\\x")
    }
}

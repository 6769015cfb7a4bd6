import Postgres
import Shared
import Testing

@testable import noviWorker

@Suite struct AmountTests {
    @Test(arguments: [
        (JSONValue.integer(1), 100 as Int64), (.number(0.01), 1), (.number(1250.5), 125_050),
        (.number(9_999_999_999.99), 999_999_999_999),
        (.integer(9_999_999_999), 999_999_999_900), (.number(0.07), 7),
        (.number(4503599627.37), 450_359_962_737),
    ])
    func `amounts are exact to the hundredth`(value: JSONValue, hundredths: Int64) {
        #expect(Money(amount: value)?.hundredths == hundredths)
    }

    @Test(arguments: [
        JSONValue.integer(0), .integer(-1), .number(0.001), .number(1.005), .number(10_000_000_000),
        .integer(10_000_000_000),
        .number(9_999_999_999.995), .string("12"), .null, .bool(true),
    ])
    func `what is no amount is refused`(value: JSONValue) {
        #expect(Money(amount: value) == nil)
    }

    @Test func `every hundredth of an amount survives JSON`() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5000 {
            let money = Money(hundredths: Int64.random(in: 1...999_999_999_999, using: &generator))
            let back = try JSONValue(parsing: money.json.serialized())
            #expect(Money(amount: back) == money)
        }
    }

    @Test func `only a price may be nothing`() {
        #expect(Money(price: .integer(0)) == Money(hundredths: 0))
        #expect(Money(price: .number(-0.01)) == nil)
    }
}

import OrderMessages
import Shared
import Testing

@Suite struct OrderCaseTests {
    private func cases(_ name: String = "order_cases.json") throws -> [ParseCase] {
        let (cases, problems) = ParseCase.read(try JSONValue(parsing: fixture(name)))
        #expect(problems.isEmpty)
        return cases
    }

    private func result(_ one: ParseCase) throws -> JSONObject {
        // Lagos is an hour ahead all year.
        let today = TimeZoneRules(fixedOffset: 3600).day(at: try #require(one.now))
        return try #require(MessageParser(today: today).parse(one.message).json(today: today).objectValue)
    }

    @Test func `every case of the file gives exactly what it expects`() throws {
        var score = ParseScore()
        for one in try cases() {
            score.add(one.id, expected: try #require(one.expected), found: try result(one))
        }
        #expect(score.cases == 30)
        #expect(score.differences.isEmpty)
        #expect(score.rightCases == score.cases)
        #expect(score.fields.allSatisfy { $0.score.precision == 1 && $0.score.recall == 1 })
    }

    @Test func `every case of messages as people type them gives exactly what it expects`() throws {
        var score = ParseScore()
        for one in try cases("orders/unseen.json") {
            score.add(one.id, expected: try #require(one.expected), found: try result(one))
        }
        #expect(score.cases > 400)
        for difference in score.differences {
            let want = String(decoding: difference.expected.serialized(), as: UTF8.self)
            let got = String(decoding: difference.found.serialized(), as: UTF8.self)
            Issue.record("\(difference.id): \(difference.field) is \(got), not \(want)")
        }
    }

    @Test func `every case gives the same with other space, other case of labels and carriage returns`()
        throws
    {
        for one in try cases() + cases("orders/unseen.json") where !one.message.isFromMe {
            let expected = try result(one)
            let today = TimeZoneRules(fixedOffset: 3600).day(at: try #require(one.now))
            let lines = one.message.text.split(separator: "\n", omittingEmptySubsequences: false)
            let variants = [
                lines.joined(separator: "\r\n"),
                lines.joined(separator: "\n\n"),
                lines.map { "  \u{200F}\($0)\u{200B} \t" }.joined(separator: "\n"),
                "\u{FEFF}\(one.message.text)\n\n",
                one.message.text.split(separator: " ", omittingEmptySubsequences: false).joined(
                    separator: "\u{A0} "
                ),
            ]
            for variant in variants {
                let message = ReceivedMessage(text: variant, quotedText: one.message.quotedText)
                let found = MessageParser(today: today).parse(message).json(today: today)
                #expect(found == .object(expected), "\(one.id): \(variant)")
            }
        }
    }
}

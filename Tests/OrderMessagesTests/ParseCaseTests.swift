import OrderMessages
import Shared
import Testing

@Suite struct ParseCaseTests {
    private func problems(_ text: String) throws -> [String] {
        ParseCase.read(try JSONValue(parsing: Array(text.utf8))).problems.map(\.description)
    }

    @Test func `all mistakes of a file are told with their path`() throws {
        let text = """
            [{"id": "a", "message": "x"}, 5, {"message": 1}, {"id": "a", "message": "y", "now": "yesterday", "timezone": 3,
            "context": {"from_me": "no", "quoted": 1}, "expected": {}}, {"id": "b", "message": "z", "context": [], "expected": 7}]
            """
        #expect(
            try problems(text) == [
                "[1]: an object with \"id\" and \"message\" is expected", "[2].id: a text is missing",
                "[2].message: a text is expected",
                "[3].id: \"a\" is the id of [0], too",
                "[3].now: \"yesterday\" is no time such as 2026-06-10T09:30:00+01:00",
                "[3].timezone: a text is expected",
                "[3].expected.outcome: one of order, incomplete, command, ignored is expected",
                "[3].context.from_me: true or false is expected",
                "[3].context.quoted: a text is expected", "[4].expected: an object is expected",
                "[4].context: an object is expected",
            ]
        )
        #expect(try problems("{}") == ["an array of cases is expected"])
        #expect(try problems("[]") == [])
    }

    @Test func `precision and recall count by field`() {
        var score = ParseScore()
        score.add(
            "a",
            expected: ["outcome": "order", "x": 1, "y": "q"],
            found: ["outcome": "order", "x": 1.0, "y": "r"]
        )
        score.add(
            "b",
            expected: ["outcome": "order", "x": 2],
            found: ["outcome": "order", "y": "s", "z": nil]
        )
        score.add(
            "c",
            expected: ["outcome": "order", "o": ["k": 1, "l": nil]],
            found: ["o": ["k": 1], "outcome": "order"]
        )
        let fields = Dictionary(uniqueKeysWithValues: score.fields.map { ($0.name, $0.score) })
        #expect(fields["outcome"]?.precision == 1)
        #expect(fields["x"]?.precision == 1)
        #expect(fields["x"]?.recall == 0.5)
        #expect(fields["y"]?.precision == 0)
        #expect(fields["y"]?.recall == 0)
        #expect(fields["z"]?.precision == 1)
        #expect(score.differences.map(\.field) == ["y", "x", "y"])
        #expect(score.rightCases == 1)
        #expect(score.cases == 3)
    }
}

import Shared
import Testing

@testable import noviWorker

@Suite struct JSONShapeTests {
    private static let schema = Schema.object(
        "Thing",
        [
            .required("name", .plainText(1...10)), .optional("count", .integer(1...5)),
            .optional("day", .nullable(.date)),
            .optional(
                "items",
                .either([.line(1...5), .list(.object("Item", [.required("id", .uuid)]), count: 1...2)])
            ),
            .optional("amount", .amount),
        ]
    )

    private func problems(_ text: String) throws -> [String] {
        Self.schema.problems(in: try JSONValue(parsing: Array(text.utf8))).map { "\($0.path): \($0.problem)" }
    }

    @Test func `a good body has no problems`() throws {
        #expect(try problems(#"{"name":" Cake ","count":1.0,"day":null,"items":"x","amount":0.5}"#) == [])
        #expect(
            try problems(
                #"{"name":"a","items":[{"id":"123e4567-e89b-12d3-a456-426614174000"}],"day":"2024-02-29"}"#
            ) == []
        )
    }

    @Test func `all problems of a body are told at once, each with its path`() throws {
        #expect(
            try problems(
                #"{"count":9,"day":"2025-02-29","items":[{"id":"x","y":1},7],"amount":0.001,"more":1,"name":5}"#
            ) == [
                "more: is not known here", "name: must be a text",
                "count: must be a whole number from 1 to 5",
                "day: must be a day such as 2026-06-24", "items[0].y: is not known here",
                "items[0].id: must have 36 to 36 characters",
                "items[1]: must be an object",
                "amount: must be a number over 0 with at most two decimals, at most 9999999999.99",
            ]
        )
        #expect(try problems("[]") == [": must be an object"])
        #expect(try problems(#"{"name":"a","name":"b"}"#) == ["name: is there twice"])
        #expect(try problems("{}") == ["name: is missing"])
        #expect(try problems(#"{"name":"a","items":true}"#) == ["items: must be a text or a list"])
    }

    @Test func `cleaned text counts without markup, controls and blanks`() throws {
        #expect(try problems(#"{"name":"<b> </b>"}"#) == ["name: must not be empty"])
        #expect(try problems(#"{"name":"   0123456789   "}"#) == [])
        #expect(try problems(#"{"name":"0123456789x"}"#) == ["name: must have 1 to 10 characters"])
    }

    @Test func `a body with endless mistakes has a bounded list of problems`() throws {
        let many = (0..<5000).map { "\"k\($0)\":1" }.joined(separator: ",")
        #expect(try problems("{\"name\":\"a\",\(many)}").count == 10)
    }

    @Test func `a query is read strictly`() throws {
        let parameters: [Route.Parameter] = [
            .query("limit", .integer(1...100), ""), .query("q", .line(1...10), ""),
            .query("ok", .boolean, ""),
        ]
        let good = try QueryText.values(of: "limit=5&q=a%20b+c&ok=true", parameters: parameters)
        #expect(good.values == ["limit": 5, "q": "a b c", "ok": true])
        #expect(good.problems == [])
        let bad = try QueryText.values(of: "limit=x&q=&z=1&q=2", parameters: parameters)
        #expect(
            bad.problems.map { "\($0.path): \($0.problem)" } == [
                "limit: must be a whole number from 1 to 100", "q: must not be empty", "z: is not known here",
                "q: is there twice",
            ]
        )
        for text in ["q=%", "q=%4", "q=%GG", "q=%FF", "q=%C3%28"] {
            #expect(throws: QueryText.Malformed.self) {
                try QueryText.values(of: text, parameters: parameters)
            }
        }
    }

    @Test(arguments: [
        ("0803 000 1122", true), ("+44 20 7946 0958", true), ("080-3000-1122", true), ("---", false),
        ("0803.000.1122", false),
        ("0803000112", false), ("", false), ("0803000112x", false),
    ])
    func `a phone number is digits, spaces and dashes that make a number`(text: String, isRight: Bool) {
        #expect(Schema.phone.problems(in: .string(text)).isEmpty == isRight)
    }

    @Test func `time zones have names, not rules`() {
        for name in ["Africa/Lagos", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5"] {
            #expect(TimeZoneName.isWellFormed(name))
        }
        for name in ["", "ABC+5", "/", "Africa/", "../etc/passwd", "UTC;"] {
            #expect(!TimeZoneName.isWellFormed(name))
        }
    }
}

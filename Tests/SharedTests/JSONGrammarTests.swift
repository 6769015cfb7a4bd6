import Shared
import Testing

/// The codec against the grammar of RFC 8259.
@Suite struct JSONGrammarTests {
    private func parse(_ text: String) throws(JSONSyntaxError) -> JSONValue {
        try JSONValue(parsing: Array(text.utf8))
    }

    @Test(
        arguments: [
            ("null", nil), ("true", true), ("false", false), (" \t\r\n[ ] ", []), ("{}", [:]), ("[[]]", [[]]),
            ("0", 0), ("-1", -1), ("-0", .number(-0.0)), ("0.0", 0.0), ("1E+2", 100.0), ("1e-2", 0.01),
            ("999999999999999999", 999_999_999_999_999_999),
            ("1000000000000000000", 1_000_000_000_000_000_000),
            ("-99999999999999999", -99_999_999_999_999_999), ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1e-999", 0.0),
            ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
            ("\"\"", ""), ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{C}\n\r\t"), ("\"\\u0000\"", "\0"),
            ("\"\\u00E9\\ud83c\\uDF70\"", "é🍰"), ("\"é🍰\u{7F}\u{2028}\u{FFFF}\"", "é🍰\u{7F}\u{2028}\u{FFFF}"),
            ("{\"\":0}", ["": 0]), ("[1,[2,{\"a\":null}]]", [1, [2, ["a": nil]]]),
        ] as [(String, JSONValue)]
    )
    func `what the grammar allows is read`(text: String, value: JSONValue) throws {
        #expect(try parse(text) == value)
    }

    @Test func `minus nought keeps its sign`() throws {
        #expect(try parse("-0").numberValue?.sign == .minus)
        #expect(JSONValue.number(-0.0).serialized() == Array("-0.0".utf8))
    }

    @Test(arguments: [
        "", " ", "nul", "nullx", "True", "NaN", "Infinity", "-Infinity", "undefined", "0x10", "00", "01",
        "-01", "-", "+1",
        "1.", ".5", "1.e5", "1e", "1e+", "1 2", "1,", "--1", "1e999", "-1e999", "1_000", "[", "]", "[1",
        "[1,", "[1,]",
        "[,1]", "[1 2]", "[1:2]", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}",
        "{\"a\",1}",
        "{a:1}", "{1:1}", "{'a':1}", "{null:1}", "{\"a\":1 \"b\":2}", "{\"a\":1}}", "[1}", "{\"a\":1]", "\"a",
        "\"\\",
        "\"\\x41\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\u 123\"", "\"\\ud800\"", "\"\\ud800x\"",
        "\"\\ud800\\n\"",
        "\"\\ud800\\u0041\"", "\"\\ud800\\ud800\"", "\"\\udc00\"", "\"a\nb\"", "\"a\tb\"", "\"\u{0}\"",
        "\"\u{1F}\"",
        "// x\n1", "1 /* x */", "\u{FEFF}1", "\u{A0}1", "\u{C}1", "\0", "1\0",
    ])
    func `what the grammar does not allow is refused`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try parse(text) }
    }

    @Test(
        arguments: [
            [0xFF], [0x80], [0xC0, 0xAF], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80],
        ] as [[UInt8]]
    )
    func `bytes that are no UTF-8 are refused in texts, keys and between`(bytes: [UInt8]) {
        let quoted = [0x22] + bytes + [0x22]
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: quoted) }
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22, 0x5C, 0x6E] + bytes + [0x22]) }
        #expect(throws: JSONSyntaxError.self) {
            try JSONValue(parsing: [0x7B] + quoted + [0x3A, 0x30, 0x7D])
        }
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: bytes) }
    }

    @Test(arguments: [("[", "]"), ("{\"a\":", "}")]) func `depth is bounded`(
        open: String,
        close: String
    ) throws {
        func nested(_ depth: Int) -> String {
            String(repeating: open, count: depth) + "0" + String(repeating: close, count: depth)
        }
        _ = try parse(nested(128))
        #expect(throws: JSONSyntaxError.self) { try parse(nested(129)) }
        #expect(throws: JSONSyntaxError.self) { try parse(String(repeating: open, count: 1_000_000)) }
    }

    @Test func `size is bounded`() throws {
        let bytes = Array("[1,2,3]".utf8)
        #expect(try JSONValue(parsing: bytes, limits: JSONLimits(bytes: 7)) == [1, 2, 3])
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: bytes, limits: JSONLimits(bytes: 6)) }
    }

    @Test(
        arguments: [
            (nil, "null"), (.number(.nan), "null"), (.number(-.infinity), "null"), (0.1, "0.1"),
            (1e300, "1e+300"),
            (.integer(.min), "-9223372036854775808"),
            ("\"\\/\n\r\t\u{0}\u{1F}\u{7F}é🍰", #""\"\\/\n\r\t\u0000\u001f\u007fé🍰""#),
            (["b": 1, "a": [true, nil]], #"{"b":1,"a":[true,null]}"#),
        ] as [(JSONValue, String)]
    )
    func `values are written so`(value: JSONValue, text: String) {
        #expect(String(decoding: value.serialized(), as: UTF8.self) == text)
    }

    @Test func `pretty text has one member or element a line`() {
        let value: JSONValue = ["a": [1, []], "b": [:], "c": ["d": nil]]
        let text = """
            {
              "a": [
                1,
                []
              ],
              "b": {},
              "c": {
                "d": null
              }
            }
            """
        #expect(String(decoding: value.serialized(pretty: true), as: UTF8.self) == text)
    }

    @Test func `members are found, replaced and removed by name`() {
        var object: JSONObject = ["a": 1, "b": 2, "a": 3]
        #expect(object["a"] == 3)
        object["a"] = 4
        #expect(object.map(\.value) == [1, 2, 4])
        object["a"] = nil as JSONValue?
        object["c"] = .null
        #expect(object.keys == ["b", "c"])
        #expect(object["c"] == .null)
    }
}

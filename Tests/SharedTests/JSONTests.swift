import Foundation
import Shared
import Testing

/// The codec against RFC 8259, against Foundation, and against noise.
struct JSONTests {
    private func parse(_ text: String) throws(JSONSyntaxError) -> JSONValue {
        try JSONValue(parsing: Array(text.utf8))
    }

    @Test(
        arguments: [
            ("null", JSONValue.null), ("true", true), (" [ ] ", []), ("{}", [:]), ("0", 0),
            ("-0", .number(-0.0)),
            ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            ("1.5e3", 1500.0), ("\"\\u00e9\\n\\ud83c\\udf70\"", "é\n🍰"),
            ("[1,[2,{\"a\":null}]]", [1, [2, ["a": nil]]]),
        ] as [(String, JSONValue)]
    )
    func `what RFC 8259 allows is read`(text: String, value: JSONValue) throws {
        #expect(try parse(text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "01", "-", "1.", ".5", "1e", "+1", "1e999", "[1,]", "{\"a\":1,}", "{a:1}", "{'a':1}",
        "[1 2]",
        "\"a", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"a\nb\"", "// x\n1", "1 2", "[",
        "{\"a\"",
        "\u{FEFF}1", "NaN", "Infinity", "{\"a\":}", "[,1]",
    ])
    func `what RFC 8259 does not allow is refused`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try parse(text) }
    }

    @Test func `a mistake is told with its place`() {
        let text = "{\n  \"apps\": [\n    {\"name\": \"é\" \"x\"}\n  ]\n}"
        let error = #expect(throws: JSONSyntaxError.self) { try parse(text) }
        #expect(error?.line == 3)
        #expect(error?.column == 18)
        #expect(error?.reason == "expected ',' or '}' after the value of \"name\"")
        let open = #expect(throws: JSONSyntaxError.self) { try parse("{\"apps\": [") }
        #expect(open?.reason.contains("array opened at line 1 column 10 is not closed") == true)
    }

    @Test func `depth and size are bounded`() {
        let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(throws: JSONSyntaxError.self) { try parse(deep) }
        #expect(throws: JSONSyntaxError.self) {
            try JSONValue(parsing: Array("[1,2,3]".utf8), limits: JSONLimits(bytes: 3))
        }
    }

    @Test func `invalid UTF-8 is refused`() {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22, 0xC0, 0xAF, 0x22]) }
    }

    @Test func `random documents survive a round trip, and mutations never crash`() throws {
        let seed = ProcessInfo.processInfo.environment["NOVI_SEED"].flatMap { UInt64($0) } ?? 1
        var random = Noise(state: seed)
        for round in 0..<3000 {
            let value = random.document(depth: 4)
            let text = value.serialized(pretty: round.isMultiple(of: 2))
            #expect(try JSONValue(parsing: text) == value, "seed \(seed), round \(round)")
            var mutated = text
            for _ in 0...random.below(4) where !mutated.isEmpty {
                let index = random.below(mutated.count)
                switch random.below(3) {
                case 0: mutated[index] = UInt8(random.below(256))
                case 1: mutated.remove(at: index)
                default: mutated.insert(UInt8(random.below(256)), at: index)
                }
            }
            agreesWithFoundation(mutated, "seed \(seed), round \(round)")
        }
    }

    /// Both accept or both refuse, and what both accept is equal.
    ///
    /// Foundation is more liberal in two points, which are left out: it reads text in UTF-16 and UTF-32 and with a byte
    /// order mark, and it takes numbers that are too large or too small for a double.
    private func agreesWithFoundation(_ bytes: [UInt8], _ comment: String) {
        let ours = try? JSONValue(parsing: bytes)
        let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        let isOtherEncoding =
            bytes.contains(0) || bytes.first == 0xEF || bytes.first == 0xFE || bytes.first == 0xFF
        let hasHugeNumber = bytes.contains(0x65) || bytes.contains(0x45)
        guard !isOtherEncoding, !hasHugeNumber else { return }
        if ours != nil { #expect(theirs != nil, "only we accept it: \(comment)") }
        if theirs != nil {
            #expect(
                ours != nil,
                "only Foundation accepts it: \(comment): \(String(decoding: bytes, as: UTF8.self))"
            )
        }
        guard let ours, let theirs else { return }
        #expect(isEqual(ours, theirs), "\(comment): \(String(decoding: bytes, as: UTF8.self))")
    }

    private func isEqual(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours {
        case .null: theirs is NSNull
        case .bool(let flag): (theirs as? NSNumber)?.boolValue == flag
        case .integer(let number): (theirs as? NSNumber)?.int64Value == number
        case .number(let number):
            (theirs as? NSNumber).map { abs($0.doubleValue - number) <= abs(number) * 1e-12 } ?? false
        case .string(let text): (theirs as? String) == text
        case .array(let elements):
            (theirs as? [Any]).map { other in
                other.count == elements.count && zip(elements, other).allSatisfy { isEqual($0, $1) }
            } ?? false
        case .object(let object):
            (theirs as? [String: Any]).map { other in
                Set(object.keys).count == other.count
                    && other.allSatisfy { key, value in object[key].map { isEqual($0, value) } ?? false }
            } ?? false
        }
    }

    @Test func `positions of values, keys and duplicates are known`() throws {
        let text = "\u{FEFF}{\r\n  \"apps\": [\r\n    {\"name\": \"a\", \"name\": \"b\"}\r\n  ]\r\n}"
        let document = try JSONDocument.parse(Array(text.utf8))
        let path = JSONPath([.key("apps"), .index(0), .key("name")])
        let position = try #require(document.position(of: path))
        #expect(position == (3, 6))
        #expect(document.duplicateKeys.first?.path.description == "apps[0].name")
        #expect(document.duplicateKeys.first?.column == 19)
        #expect(document.root["apps"]?.arrayValue?.first?["name"] == "b")
    }
}

/// A small generator of documents.
struct Noise {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }

    mutating func text() -> String {
        let letters = Array("aZ09 \"\\/\n\t\u{1}é€🍰{}[]:,")
        return String((0..<below(8)).map { _ in letters[below(letters.count)] })
    }

    mutating func document(depth: Int) -> JSONValue {
        switch below(depth > 0 ? 7 : 5) {
        case 0: return .null
        case 1: return .bool(below(2) == 0)
        case 2: return .integer(Int64(below(2_000_001)) - 1_000_000)
        case 3: return .number(Double(below(1_000_000)) / 64 + 0.5)
        case 4: return .string(text())
        case 5: return .array((0..<below(4)).map { _ in document(depth: depth - 1) })
        default:
            var object = JSONObject()
            for number in 0..<below(4) { object["\(number)\(text())"] = document(depth: depth - 1) }
            return .object(object)
        }
    }
}

import Shared
import Testing

/// What a person reads when a file is no JSON.
@Suite struct JSONMistakeTests {
    private func mistake(_ text: String) -> String? {
        do throws(JSONSyntaxError) {
            _ = try JSONDocument.parse(Array(text.utf8))
            return nil
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        "// c\n{}", "{ // c\n}", "{\"a\" /* c */: 1}", "{\"a\": /* c */ 1}", "{\"a\": 1 // c\n}",
        "{\"a\": 1, // c\n\"b\": 2}",
        "[1 /* c */]", "[1, // c\n2]", "{} // c", "{\"a\": 1 # c\n}",
    ])
    func `a comment is named wherever it stands`(text: String) {
        #expect(
            mistake(text)?.contains("comments are not allowed in JSON") == true,
            "\(mistake(text) ?? "none")"
        )
    }

    @Test(arguments: [
        ("[1,]", "\"]\""), ("{\"a\":1,}", "\"}\""), ("[1,\n]", "\"]\""), ("{\"a\":[],\r\n}", "\"}\""),
    ])
    func `a trailing comma is named`(text: String, bracket: String) {
        #expect(mistake(text)?.hasSuffix("a comma before \(bracket) is not allowed in JSON") == true)
    }

    private func reading(_ text: String) -> (document: JSONValue?, mistakes: [String]) {
        let reading = JSONDocument.read(Array(text.utf8))
        return (reading.document?.root, reading.mistakes.map(\.description))
    }

    @Test func `a file is read over comments and trailing commas, and each is told`() {
        let text = """
            // first
            {
              "a": [1, 2,], /* second
              goes on */ "b" # third
              : {"c": "// no comment",},
            } // last
            """
        let (document, mistakes) = reading(text)
        #expect(document == ["a": [1, 2], "b": ["c": "// no comment"]])
        let comment = "comments are not allowed in JSON; take this one out"
        #expect(
            mistakes == [
                "line 1 column 1: \(comment)",
                "line 3 column 14: a comma before \"]\" is not allowed in JSON",
                "line 3 column 17: \(comment)",
                "line 4 column 18: \(comment)",
                "line 5 column 27: a comma before \"}\" is not allowed in JSON",
                "line 6 column 1: a comma before \"}\" is not allowed in JSON",
                "line 6 column 3: \(comment)",
            ]
        )
    }

    @Test(arguments: [
        ("{\"a\": 1,} x", 2, "after the end of the document"), ("/* never closed", 2, "the file is empty"),
        ("{\"a\": 1 // c\n \"b\": 2}", 2, "expected ',' or '}' after the value of \"a\""),
        ("[1,,2]", 1, "unexpected \",\""), ("[1 / 2]", 1, "expected ',' or ']'"),
        ("{,}", 1, "unexpected \",\""),
    ])
    func `another mistake ends the reading and is told last`(text: String, count: Int, last: String) {
        let (document, mistakes) = reading(text)
        #expect(document == nil)
        #expect(mistakes.count == count)
        #expect(mistakes.last?.contains(last) == true, "\(mistakes)")
    }

    @Test func `a file of nothing but comments is told in a few lines`() {
        let (document, mistakes) = reading("[1\n" + String(repeating: "// x\n", count: 500) + "]")
        #expect(document == [1])
        #expect(mistakes.count == 21)
        #expect(
            mistakes.last == "line 22 column 1: and 480 more comments or commas that are not allowed in JSON"
        )
    }

    @Test(arguments: ["[,1]", "[1,,2]", "{,}", "{\"a\":,}", "{\"a\":1,,\"b\":2}"])
    func `a comma too many is quoted`(text: String) {
        #expect(mistake(text)?.contains("unexpected \",\"") == true, "\(mistake(text) ?? "none")")
    }

    @Test(arguments: [
        ("", "line 1 column 1: the file is empty"),
        ("\u{FEFF}", "line 1 column 1: the file is empty"),
        (" \n ", "line 2 column 2: the file is empty"),
        (
            "{\n  \"a\": 1,\n    \"b\": {",
            "line 3 column 11: unexpected end of file; the object opened at line 3 column 10 is not closed"
        ),
        (
            "{\r\n\"é\": [1,",
            "line 2 column 9: unexpected end of file; the array opened at line 2 column 6 is not closed"
        ),
        ("{\"name\": \"api\" \"x\": 1}", "line 1 column 16: expected ',' or '}' after the value of \"name\""),
        ("{\"name\" 1}", "line 1 column 9: expected ':' after the key \"name\""),
        ("[1 2]", "line 1 column 4: expected ',' or ']' after element 1 of the array"),
        ("{a: 1}", "line 1 column 2: unexpected \"a:\" where a key in double quotes should be"),
        ("{'a': 1}", "line 1 column 2: texts and keys need double quotes in JSON, not single ones"),
        ("{\"a\": 01}", "line 1 column 7: a number must not begin with 0"),
        ("{\"a\": 1e999}", "line 1 column 7: the number 1e999 is too large"),
        (
            "[\"a\nb\"]",
            "line 1 column 4: a line break is not allowed within a text; is a closing '\"' missing?"
        ),
        (
            "{}\0",
            "line 1 column 3: a NUL byte after the end of the document; the file is damaged or not text"
        ),
        ("\0\0", "line 1 column 1: a NUL byte where a value should be; the file is damaged or not text"),
    ])
    func `a mistake is told with its place`(text: String, message: String) {
        #expect(mistake(text) == message)
    }

    @Test func `a half-written file is refused at every length, and the place lies within it`() {
        let text = Array("{\"apps\": [{\"name\": \"é\\u00e9\", \"n\": -1.5e3, \"b\": [true, null]}]}".utf8)
        for length in text.indices {
            let error = #expect(throws: JSONSyntaxError.self) {
                try JSONDocument.parse(Array(text.prefix(length)))
            }
            #expect((error?.offset ?? -1) <= length)
            #expect(error?.line == 1)
        }
    }

    @Test func `a message stays short whatever the file holds`() {
        let long = String(repeating: "k", count: 100_000)
        for text in [
            "{\"\(long)\" 1}", "{\"\(long)\": 1 2}", "[\(long)]", String(repeating: "9", count: 100_000),
        ] {
            #expect((mistake(text)?.utf8.count ?? 0) < 200)
            #expect(mistake(text) != nil)
        }
    }

    @Test func `a file beyond the limit is refused before it is read`() {
        let bytes = [UInt8](repeating: 0, count: JSONDocument.maximumBytes + 1)
        let error = #expect(throws: JSONSyntaxError.self) { try JSONDocument.parse(bytes) }
        #expect(error?.reason == "the text has 8388609 bytes; at most 8388608 are read")
    }

    @Test func `the offset counts the byte order mark`() {
        let error = #expect(throws: JSONSyntaxError.self) {
            try JSONDocument.parse(Array("\u{FEFF}[x]".utf8))
        }
        #expect(error?.offset == 4)
        #expect(error?.column == 2)
    }

    @Test func `the wire takes no byte order mark, and says so`() {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: Array("\u{FEFF}{}".utf8)) }
        #expect(error?.reason == "a byte order mark where a value should be")
    }
}

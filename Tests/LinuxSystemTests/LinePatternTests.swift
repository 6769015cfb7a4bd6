import LinuxSystem
import Testing

struct LinePatternTests {
    @Test(arguments: [
        ("word", "a word in it", true), ("word", "wor d", false), ("", "anything", true), ("", "", true),
        ("^a.c$", "abc", true), ("^a.c$", "xabc", false), ("a|b", "only b", true), ("[0-9]{3}", "12", false),
        ("\\.", "a.b", true), ("x", "", false), ("^$", "", true), ("é", "caf\u{E9}", true),
    ])
    func `lines are matched`(pattern: String, line: String, expected: Bool) throws {
        #expect(try LinePattern(pattern).matches(Array(line.utf8).span) == expected)
    }

    @Test func `case is ignored when told so`() throws {
        #expect(try LinePattern("ERROR", ignoresCase: true).matches(Array("an error".utf8).span))
        #expect(try !LinePattern("ERROR").matches(Array("an error".utf8).span))
    }

    @Test func `bytes that are no text do no harm`() throws {
        let line: [UInt8] = [0xFF, 0x00, 0x61, 0x62]
        #expect(try LinePattern("ab").matches(line.span))
        #expect(try LinePattern("a.?b").matches(line.span))
    }

    @Test(arguments: ["(", "[a", "a{2,1}", "a\0b"]) func `what is no expression is refused`(text: String) {
        #expect(throws: LinePattern.Failure.self) { try LinePattern(text) }
    }

    @Test(arguments: [
        ("ab", "xabab", 0, 1..<3), ("ab", "xabab", 2, 3..<5), ("b+", "abbb", 0, 1..<4), ("^a", "aa", 1, nil),
        ("ab", "xabab", 4, nil), ("a", "", 0, nil), ("x*", "ab", 1, 1..<1), ("a", "a", 9, nil),
    ])
    func `a match is told by its place`(pattern: String, line: String, start: Int, place: Range<Int>?) throws
    {
        let bytes = Array(line.utf8)
        #expect(try LinePattern(pattern).firstMatch(in: bytes.span, from: start) == place)
    }
}

import Testing

@testable import noviWorker

@Suite struct PlainTextTests {
    @Test(arguments: [
        ("<b>Amara</b> Nwosu", "Amara Nwosu"), ("I <3 cake", "I <3 cake"), ("a<b", "a<b"),
        ("a < b > c", "a < b > c"),
        ("<script>alert(1)</script>x", "alert(1)x"), ("<img src=x onerror=\"a>b\">y", "y"),
        ("<<b>b>bold", "bold"),
        ("x<!-- hidden -->y", "xy"), ("</p>", ""), ("<?xml?>z", "z"), ("  trimmed\t\n", "trimmed"),
        ("line\none", "line\none"),
        ("a\u{0}b\u{1B}c\u{85}d", "abcd"), ("\u{202E}gnp.exe", "gnp.exe"), ("\u{2066}x\u{2069}", "x"),
        ("e\u{301}", "\u{E9}"), ("unclosed <b", "unclosed <b"),
    ])
    func `tags, controls and direction marks go, everything else stays`(text: String, expected: String) {
        let cleaned = PlainText.cleaned(text)
        #expect(Array(cleaned.unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test func `cleaning twice changes nothing`() {
        var generator = SeededGenerator(seed: 7)
        let pieces = [
            "<", ">", "<b>", "</b>", "a", " ", "\"", "'", "=", "<!--", "-->", "\u{0}", "e\u{301}", "\u{202E}",
            "<<", "/",
        ]
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 0...12, using: &generator))
                .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &generator)] }.joined()
            let once = PlainText.cleaned(text)
            #expect(PlainText.cleaned(once) == once, "\(text.debugDescription)")
        }
    }

    @Test func `hostile text is cleaned in a bounded number of steps`() {
        let text = String(repeating: "<a ", count: 20_000) + ">"
        #expect(!PlainText.cleaned(text).contains(">"))
        #expect(PlainText.cleaned(String(repeating: "<", count: 60_000)).count == 60_000)
    }
}

/// A generator that repeats itself (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

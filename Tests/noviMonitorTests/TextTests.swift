import CTerminalShims
import Testing

@testable import noviMonitor

@Suite struct TextTests {
    init() { novi_locale(1) }

    private static func clean(_ text: String) -> String { CleanText(hasUnicode: true).clean(text) }

    @Test(arguments: [
        ("plain", "plain"), ("a\tb", "a       b"), ("\u{1B}[1;31mred\u{1B}[0m", "red"),
        ("\u{1B}[2Jx", "\u{FFFD}[2Jx"),
        ("\u{1B}]0;t\u{07}", "\u{FFFD}]0;t\u{FFFD}"), ("\u{9B}31m", "\u{FFFD}31m"),
        ("a\u{202E}b", "a\u{FFFD}b"),
        ("\u{1B}[31", "\u{FFFD}[31"), ("日本", "日本"), ("e\u{301}", "e\u{301}"), ("👩‍👩‍👧", "👩👩👧"),
        ("❤\u{FE0F}", "❤"),
        ("👍🏽", "👍"), ("\u{FFFE}", "\u{FFFD}"), ("\r\n\0", "\u{FFFD}\u{FFFD}\u{FFFD}"),
    ])
    func `nothing that steers a terminal or has no sure width is left`(text: String, expected: String) {
        #expect(Array(Self.clean(text).unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test func `every letter that there is comes out harmless`() {
        for clean in [CleanText(hasUnicode: true), CleanText(hasUnicode: false)] {
            for value in UInt32(0)...0x1_FFFF {
                guard let scalar = Unicode.Scalar(value) else { continue }
                for letter in clean.clean("x\(scalar)").unicodeScalars {
                    let isControl = letter.value < 0x20 || (0x7F..<0xA0).contains(letter.value)
                    if isControl || novi_letter_width(letter.value) < 0 {
                        Issue.record("\(value)")
                        return
                    }
                    if !clean.hasUnicode, !letter.isASCII {
                        Issue.record("\(value) is not ASCII")
                        return
                    }
                }
            }
        }
    }

    @Test func `letters are cells with their marks, wide ones two`() {
        let cells = Array(TextCells("a日e\u{301}"))
        #expect(cells.map(\.text) == ["a", "日", "e\u{301}"])
        #expect(cells.map(\.width) == [1, 2, 1])
        #expect(cells.map(\.bytes) == [0..<1, 1..<4, 4..<7])
        #expect(TextCells.width(of: "a日e\u{301}") == 4)
    }

    @Test func `marks without a letter and towers of marks do no harm`() {
        #expect(Array(TextCells("\u{301}\u{301}a")).map(\.text) == ["a"])
        let tower = "a" + String(repeating: "\u{301}", count: 50)
        let cells = Array(TextCells(tower))
        #expect(cells.count == 1)
        #expect(cells[0].text.unicodeScalars.count == 4)
    }

    @Test func `a wide letter is never cut in two`() {
        var grid = Grid(ScreenSize(columns: 4, rows: 1))
        #expect(grid.write("日本語", row: 0, column: 0) == 4)
        #expect(grid.lines == ["日本"])
        // Its other half goes with the one that is written over.
        grid.write("x", row: 0, column: 1)
        #expect(grid.lines == [" x本"])
        grid.write("y", row: 0, column: 2)
        #expect(grid.lines == [" xy"])
        #expect(grid.write("日", row: 0, column: 3) == 0)
    }

    @Test func `nothing is written outside`() {
        var grid = Grid(ScreenSize(columns: 3, rows: 2))
        for (row, column) in [(-1, 0), (2, 0), (0, 3), (0, -1), (0, 100)] {
            grid.write("x", row: row, column: column)
        }
        #expect(grid.lines == ["", ""])
    }

    @Test(arguments: [
        ("abcdef", 3, false, ["abc", "def"]), ("", 3, false, [""]), ("ab日c", 3, false, ["ab", "日c"]),
        ("one two three", 8, true, ["one two ", "three"]), ("abcdefghij", 4, true, ["abcd", "efgh", "ij"]),
        ("日", 1, false, ["日"]), ("a b", 1, true, ["a", " ", "b"]),
    ])
    func `lines are broken without losing anything`(
        text: String,
        width: Int,
        atWords: Bool,
        expected: [String]
    ) {
        let bytes = Array(text.utf8)
        let parts = MonitorScreen.parts(of: text, width: width, atWords: atWords)
        #expect(
            parts.map { String(decoding: bytes[$0.clamped(to: 0..<bytes.count)], as: UTF8.self) } == expected
        )
    }

    @Test func `sparklines go from nothing to the peak, the newest on the right`() {
        #expect(Sparkline.text([0, 5, 10], width: 5, floor: 1, hasUnicode: true) == "  ▁▅█")
        #expect(Sparkline.text([0, 5, 10], width: 2, floor: 1, hasUnicode: false) == "+@")
        #expect(Sparkline.text([nil, 1, nil], width: 3, floor: 100, hasUnicode: true) == " ▁ ")
        #expect(Sparkline.text([], width: 2, floor: 1, hasUnicode: true) == "  ")
        #expect(Sparkline.text([.nan, .infinity, -1], width: 3, floor: 1, hasUnicode: true) == "  ▁")
    }

    @Test(arguments: [
        (0, "0B"), (1023, "1023B"), (1024, "1.0K"), (4608, "4.5K"), (48_234_496, "46M"),
        (1_073_741_824, "1.0G"),
        (999 << 20, "999M"), (1000 << 20, "1.0G"), (-5, "0B"),
    ])
    func `bytes are a few letters`(bytes: Int64, text: String) {
        #expect(ShortBytes.text(bytes) == text)
    }

    @Test func `plain lines have a time, the host and each process`() {
        let clean = CleanText(hasUnicode: true)
        let snapshot = SampleData.snapshot(Array(SampleData.processes(3)[4...5]), clean)
        #expect(
            PlainLines.text(snapshot, SampleData.host, time: "T") == """
                T host cpu 12% memory 46% disk 93%
                T web:1 online pid 804 up 2h restarts 0 cpu 112.4% memory 46M heap -
                T jobs waiting restart pid - up - restarts 7 cpu - memory - heap -: ended with status 3 after 1.2 s; starts \
                again in 4 s

                """
        )
    }

    @Test func `a word is quoted for a shell where it has to be`() {
        #expect(ShellWord.quoted("api:1") == "api:1")
        #expect(ShellWord.quoted("it's") == "'it'\\''s'")
        #expect(ShellWord.quoted("") == "''")
    }
}

import Testing

@testable import noviWorker

@Suite struct CSVWriterTests {
    private func cell(_ text: String) -> String {
        var csv = CSVWriter()
        csv.text(text)
        return String(decoding: csv.bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""),
        ("two\nlines", "\"two\nlines\""),
        ("two\r\nlines", "\"two\r\nlines\""), ("2-3", "2-3"), ("a=b", "a=b"), ("ọ̀rọ̀", "ọ̀rọ̀"),
    ])
    func `cells are quoted where RFC 4180 wants it`(text: String, expected: String) {
        #expect(cell(text) == expected)
    }

    @Test(arguments: [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u{FEFF}=1", "\u{200B}=cmd|' /C calc'!A0",
        "＝1", "＋1", "－1", "＠x",
        "\u{A0}@x", "\n=1",
    ])
    func `cells that a spreadsheet would take for formulas begin with an apostrophe`(text: String) {
        let cell = cell(text)
        #expect(cell.hasPrefix("'") || cell.hasPrefix("\"'"))
    }

    @Test func `numbers of our own need no guard, and what is none gets it`() {
        var csv = CSVWriter()
        csv.number("-1250.50")
        csv.number("=1")
        csv.endRow()
        #expect(String(decoding: csv.bytes, as: UTF8.self) == "-1250.50,'=1\r\n")
    }

    @Test func `rows end with CR LF and begin without a comma`() {
        var csv = CSVWriter()
        csv.text("a")
        csv.text("")
        csv.endRow()
        csv.text("b")
        csv.endRow()
        #expect(String(decoding: csv.take(), as: UTF8.self) == "a,\r\nb\r\n")
        #expect(csv.bytes.isEmpty)
    }
}

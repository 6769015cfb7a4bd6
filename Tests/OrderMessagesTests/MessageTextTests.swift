import Testing

@testable import OrderMessages

@Suite struct MessageTextTests {
    private func cleaned(_ text: String) -> [String] { MessageText(text).lines.map { $0.phrase.text } }

    @Test(arguments: [
        ("a\r\nb\rc\u{2028}d\u{85}e", ["a", "b", "c", "d", "e"]),
        ("  a \u{A0}\u{3000} b\t", ["a b"]),
        ("a\u{200B}\u{202E}b\u{2069}\u{FEFF}\u{AD}", ["ab"]),
        ("a\u{0}\u{7}\u{1B}b", ["ab"]),
        ("\n\n \n", []),
        ("Ｎａｍｅ：１２３", ["Name:123"]),
        ("٠٨٠٣ ०१", ["0803 01"]),
        ("𝐍𝐚𝐦𝐞 𝟙𝟚", ["Name 12"]),
        ("❤\u{FE0F}x", ["❤x"]),
    ])
    func `controls, marks and odd spaces go and other scripts' digits become ASCII`(
        text: String,
        lines: [String]
    ) {
        #expect(cleaned(text) == lines)
    }

    @Test func `marks in a row are bounded`() {
        let text = "Z" + String(repeating: "\u{301}", count: 500) + "o"
        #expect(cleaned(text)[0].unicodeScalars.count == 2 + OrderMessageLimits.combiningMarks)
    }

    @Test func `more than 4096 characters are cut and marked`() {
        let exact = String(repeating: "a", count: 4096)
        #expect(!MessageText(exact).isCut)
        #expect(MessageText(exact + "b").isCut)
        #expect(MessageText(exact + "b").lines[0].scalars.count == 4096)
        #expect(!MessageText(exact + "\n\u{200B} \n").isCut)
    }

    @Test(arguments: [
        ("Ẹ káàárọ̀", ["e", "kaaaro"]), ("I'd don’t receiver's", ["id", "dont", "receiver"]),
        ("2x 5kg ×3", ["2x", "5kg", "x3"]), ("Ige-Martins", ["ige", "", "martins"]), ("ỌBA", ["oba"]),
        ("Ünal", ["unal"]),
    ])
    func `words are folded to ASCII`(text: String, words: [String]) {
        #expect(MessageText(text).lines[0].tokens.map(\.folded) == words)
    }

    @Test func `composed and decomposed letters fold to the same`() {
        let composed = MessageText("Adéọlá Ṣàngó").lines[0].tokens.map(\.folded)
        let decomposed = MessageText("Ade\u{301}o\u{323}la\u{301} S\u{323}a\u{300}ngo\u{301}").lines[0].tokens
            .map(\.folded)
        #expect(composed == decomposed)
        #expect(composed == ["adeola", "sango"])
    }

    @Test(arguments: [
        ("adress", "address", true), ("adderss", "address", true), ("addresss", "address", true),
        ("phne", "phone", true),
        ("address", "address", false), ("adres", "address", false), ("", "a", true),
        ("phone", "house", false),
    ])
    func `one typing error is a missing, superfluous, wrong or swapped letter`(
        typed: String,
        word: String,
        isOne: Bool
    ) {
        #expect(TypingError.isOne(Array(typed.utf8), from: Array(word.utf8)) == isOne)
    }
}

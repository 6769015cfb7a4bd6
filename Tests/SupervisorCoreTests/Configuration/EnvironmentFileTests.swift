import SupervisorCore
import Testing

@Suite struct EnvironmentFileTests {
    private func read(_ text: String) -> EnvironmentFile { EnvironmentFile(parsing: Array(text.utf8)) }

    @Test func `values may be plain, quoted, exported and commented`() {
        let file = read(
            """
            # settings
            A=1
            export B = two words  # note
            C='$A # "kept"'
            D="line\\nbreak \\"x\\" \\$A \\q"
            E=
            F=a#b
            G="two
            lines"
            A=2
            H=https://x/?a=b
            """
        )
        #expect(file.problems.isEmpty)
        #expect(
            file.variables == [
                "A": "2", "B": "two words", "C": "$A # \"kept\"", "D": "line\nbreak \"x\" $A \\q", "E": "",
                "F": "a#b", "G": "two\nlines", "H": "https://x/?a=b",
            ]
        )
    }

    @Test func `a byte order mark and CR LF do not matter`() {
        #expect(read("\u{FEFF}A=1\r\nB=2\r\n").variables == ["A": "1", "B": "2"])
    }

    @Test func `every mistake is told with its line`() {
        let file = read("A=1\nnonsense\n1X=2\n\nB=\"open\nC=3\n")
        #expect(file.problems.map(\.line) == [2, 3, 5])
        #expect(file.problems[0].message == "no \"=\" after \"nonsense\"")
        #expect(file.problems[1].message == "\"1X\" is no name of a variable")
        #expect(file.problems[2].message == "the quote before the value of B is never closed")
    }

    @Test func `NUL, text behind a quote and foreign encodings are refused`() {
        #expect(read("A=a\u{0}b").problems.map(\.message) == ["the value of A holds a NUL character"])
        #expect(read("A='x' y").problems.map(\.message) == ["text after the closing quote of A"])
        #expect(
            EnvironmentFile(parsing: [0x41, 0x3D, 0xFF]).problems.map(\.message) == [
                "the file is not UTF-8 text"
            ]
        )
    }

    @Test func `any text at all is read without a crash`() {
        var state: UInt64 = 7
        let alphabet = Array("A=\"'\\# \n\r\texport1é\u{0}".utf8)
        for _ in 0..<2000 {
            var bytes: [UInt8] = []
            for _ in 0..<24 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            let file = EnvironmentFile(parsing: bytes)
            #expect(file.variables.keys.allSatisfy { EnvironmentFile.isName($0) })
        }
    }
}

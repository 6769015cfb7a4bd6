import SupervisorCore
import Testing

struct LineAssemblerTests {
    /// Feeds chunks and collects `text`, with `>` for a part that goes on, `<` for one that continues, `!` for a torn end.
    private func lines(_ chunks: [[UInt8]], maximum: Int = 1 << 20, finishes: Bool = true) -> [String] {
        var assembler = LineAssembler(maximumBytes: maximum)
        var result: [String] = []
        var bytes = 0
        func note(_ line: LineAssembler.Line) {
            let text = String(decoding: assembler.buffer[line.range], as: UTF8.self)
            result.append(
                (line.continues ? "<" : "") + text + (line.isContinued ? ">" : "") + (line.isTorn ? "!" : "")
            )
            bytes += line.byteCount
        }
        for chunk in chunks {
            assembler.append(chunk)
            while let line = assembler.next() { note(line) }
        }
        if finishes {
            while let line = assembler.finish() { note(line) }
            #expect(bytes == chunks.map(\.count).reduce(0, +))
            #expect(assembler.pendingBytes == 0)
        }
        return result
    }

    @Test func `lines are the same however the chunks are cut`() {
        let text = Array(
            "one\n\ntwo two\r\nthree\u{0}three\n\n\nlast line that is longer than the others\nrest".utf8
        )
        let expected = lines([text])
        #expect(expected.count == 8)
        for first in 0...text.count {
            #expect(lines([Array(text[..<first]), Array(text[first...])]) == expected)
        }
        #expect(lines(text.map { [$0] }) == expected)
    }

    @Test func `an unfinished line waits for its end`() {
        #expect(lines([Array("a\nb".utf8)], finishes: false) == ["a"])
        #expect(lines([Array("a\nb".utf8)]) == ["a", "b!"])
    }

    @Test func `a line that is too long comes in flagged parts`() {
        #expect(lines([Array("abcdefgh\nx\n".utf8)], maximum: 3) == ["abc>", "<def>", "<gh", "x"])
    }

    @Test func `a line of exactly the maximum is whole`() {
        #expect(lines([Array("abc\nabc".utf8)], maximum: 3) == ["abc", "abc!"])
        #expect(lines([Array("abc".utf8), Array("\n".utf8)], maximum: 3) == ["abc"])
    }

    @Test func `a long line without an end is torn at its last part`() {
        #expect(lines([Array("abcdefgh".utf8)], maximum: 3) == ["abc>", "<def>", "<gh!"])
    }

    @Test func `memory stays bounded for a line that never ends`() {
        var assembler = LineAssembler(maximumBytes: 1 << 16)
        var parts = 0
        for _ in 0..<64 {
            assembler.append([UInt8](repeating: 0, count: 1 << 16))
            while let line = assembler.next() {
                #expect(line.isContinued)
                parts += 1
            }
            #expect(assembler.buffer.count <= 1 << 18)
        }
        #expect(parts == 63)
    }

    @Test func `a line that was put back comes again`() throws {
        var assembler = LineAssembler()
        assembler.append(Array("a\nb\n".utf8))
        let next = assembler.next()
        let line = try #require(next)
        assembler.putBack(line)
        #expect(assembler.next() == line)
        #expect(assembler.next().map { assembler.buffer[$0.range] } == Array("b".utf8)[...])
    }

    @Test func `an assembler can begin inside a line`() {
        var assembler = LineAssembler(isInsideLine: true)
        assembler.append(Array("end\nnext\n".utf8))
        #expect(assembler.next()?.continues == true)
        #expect(assembler.next()?.continues == false)
    }

    @Test func `line ends are found at every place of a word`() {
        for length in 0..<40 {
            let text =
                [UInt8](repeating: 0x0B, count: length) + [0x0A] + [UInt8](repeating: 0x8A, count: 20) + [
                    0x0A
                ]
            var assembler = LineAssembler()
            assembler.append(text)
            #expect(assembler.next()?.range.count == length)
            #expect(assembler.next()?.range.count == 20)
        }
    }
}

import Foundation
import Testing

@testable import noviSupervisor

@Suite struct LogReaderTests {
    private let folder: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
    }

    private func tail(_ count: Int, _ text: String) throws -> String {
        let path = try folder.write(text, to: "x.log")
        let reader = try LogReader(path)
        let start = reader.offset(ofLastLines: count)
        return String(decoding: reader.read(from: start, upTo: Int(reader.size)), as: UTF8.self)
    }

    @Test(arguments: [
        (0, "a\nb\n", ""), (1, "a\nb\n", "b\n"), (2, "a\nb\n", "a\nb\n"), (9, "a\nb\n", "a\nb\n"),
        (1, "a\nb", "b"),
        (2, "a\n\nb\n", "\nb\n"), (1, "\n", "\n"), (1, "", ""), (3, "\n\n\n\n", "\n\n\n"),
    ])
    func `the last lines are found from the end`(count: Int, text: String, expected: String) throws {
        let found = try tail(count, text)
        #expect(found == expected)
    }

    @Test func `the last lines are found over many blocks`() throws {
        let long = String(repeating: "x", count: 65_535)
        let found = try tail(3, "old\n\(long)\n\(long)\n\(long)\n")
        #expect(found == "\(long)\n\(long)\n\(long)\n")
    }

    @Test func `a page shows the end of an endless line`() throws {
        let path = try folder.write(String(repeating: "x", count: 3 << 20) + "end", to: "x.log")
        let lines = LogTail.lastLines(10, of: path)
        #expect(lines.count == 1)
        #expect(lines.first?.hasSuffix("xend") == true)
        #expect((lines.first?.utf8.count ?? 0) <= 1 << 20)
        #expect(LogTail.lastLines(10, of: folder.path + "/none").isEmpty)
    }

    @Test func `a reader goes on with what is added, begins again after a cut, and sees a replaced file`()
        throws
    {
        let path = try folder.write("one\n", to: "x.log")
        let reader = try LogReader(path)
        #expect(reader.next() == Array("one\n".utf8))
        #expect(reader.next().isEmpty)
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data("two\n".utf8))
        #expect(reader.next() == Array("two\n".utf8))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data("3\n".utf8))
        #expect(reader.next() == Array("3\n".utf8))
        #expect(!reader.isReplaced)
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        #expect(!reader.isReplaced)
        try folder.write("new\n", to: "x.log")
        #expect(reader.isReplaced)
    }
}

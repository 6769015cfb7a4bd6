import Foundation
import Testing

@testable import noviSupervisor

@Suite struct LogTailTests {
    private let folder: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
    }

    @Test(arguments: [
        (0, "a\nb\n", []), (1, "a\nb\n", ["b"]), (2, "a\nb\n", ["a", "b"]), (9, "a\nb\n", ["a", "b"]),
        (1, "a\nb", ["b"]), (2, "a\n\nb\n", ["", "b"]), (1, "\n", [""]), (1, "", []),
        (3, "\n\n\n\n", ["", "", ""]),
    ])
    func `the last lines are found from the end`(count: Int, text: String, expected: [String]) throws {
        let path = try folder.write(text, to: "x.log")
        #expect(LogTail.lastLines(count, of: path) == expected)
    }

    @Test func `the last lines are found over many blocks`() throws {
        let long = String(repeating: "x", count: 65_535)
        let path = try folder.write("old\n\(long)1\n\(long)2\n\(long)3\n", to: "x.log")
        let lines = LogTail.lastLines(3, of: path)
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.hasPrefix("xxx") && $0.hasSuffix(" …") && $0.utf8.count < 10_000 })
    }

    @Test func `a page shows the beginning of an endless line`() throws {
        let path = try folder.write("begin" + String(repeating: "x", count: 3 << 20), to: "x.log")
        let lines = LogTail.lastLines(10, of: path)
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("beginx") == true)
        #expect(LogTail.lastLines(10, of: folder.path + "/none").isEmpty)
    }
}

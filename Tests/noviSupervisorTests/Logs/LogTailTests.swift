import Foundation
import Shared
import SupervisorClient
import SupervisorCore
import Testing

@testable import noviSupervisor

@Suite struct LogTailTests {
    private let folder: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
    }

    private func lastLines(_ count: Int, out: String, error: String? = nil) -> [String] {
        let name = AppName("a").map { ProcessName(app: $0, instance: 0) }
        let paths: [(SupervisorCore.OutputStream, String?)] = [(.out, out), (.error, error)]
        let files = paths.compactMap { stream, path -> LogFile? in
            guard let path, let name else { return nil }
            return LogFile(path: path, origin: LineOrigin(process: name, processID: 0, stream: stream))
        }
        return LogTail.lastLines(count, of: files)
    }

    @Test(arguments: [
        (0, "a\nb\n", []), (1, "a\nb\n", ["b"]), (2, "a\nb\n", ["a", "b"]), (9, "a\nb\n", ["a", "b"]),
        (1, "a\nb", ["b"]), (2, "a\n\nb\n", ["", "b"]), (1, "\n", [""]), (1, "", []),
        (3, "\n\n\n\n", ["", "", ""]),
    ])
    func `the last lines are found from the end`(count: Int, text: String, expected: [String]) throws {
        let path = try folder.write(text, to: "x.log")
        #expect(lastLines(count, out: path) == expected.map { "| \($0)" })
    }

    @Test func `the last lines are found over many blocks`() throws {
        let long = String(repeating: "x", count: 65_535)
        let path = try folder.write("old\n\(long)1\n\(long)2\n\(long)3\n", to: "x.log")
        let lines = lastLines(3, out: path)
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.hasPrefix("| xxx") && $0.hasSuffix(" …") && $0.utf8.count < 10_000 })
    }

    @Test func `a page shows the beginning of an endless line`() throws {
        let path = try folder.write("begin" + String(repeating: "x", count: 3 << 20), to: "x.log")
        let lines = lastLines(10, out: path)
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("| beginx") == true)
        #expect(lastLines(10, out: folder.path + "/none").isEmpty)
    }

    @Test func `both outputs are one, each line with the sign of its own`() throws {
        let out = try folder.write("a\n", to: "a.out.log")
        let error = try folder.write("b\n", to: "a.err.log")
        let old = Date(timeIntervalSince1970: 1_700_000_000)
        try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: error)
        #expect(lastLines(10, out: out, error: error) == ["! b", "| a"])
        #expect(lastLines(1, out: out, error: error) == ["| a"])
    }
}

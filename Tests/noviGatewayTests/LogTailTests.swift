import Foundation
import Shared
import Testing

@testable import noviGateway

@Suite struct LogTailTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func answer(_ files: [(process: String, path: String)]) -> JSONObject {
        [
            "files": .array(
                files.map {
                    .object([
                        "process": .string($0.process), "id": 0, "namespace": "novi",
                        "output": .string($0.path), "level_rules": [],
                    ])
                }
            )
        ]
    }

    private func append(_ text: String, to path: String) throws {
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    private func texts(_ tail: LogTail) throws -> [String] {
        try tail.lines().compactMap { $0["text"]?.stringValue }
    }

    @Test func `what is written between two questions is read on, and the oldest lines go`() throws {
        let api = try scratch.file("api.log", "one\ntwo\n")
        let web = try scratch.file("web.log", "")
        let tail = LogTail(
            of: answer([("api", api), ("web", web)]),
            try LogQuestion([("lines", "3")])
        )
        #expect(try texts(tail) == ["one", "two"])
        #expect(try texts(tail) == ["one", "two"])
        try append("three\n", to: web)
        #expect(try texts(tail) == ["one", "two", "three"])
        try append("four\nfi", to: api)
        #expect(try texts(tail) == ["two", "three", "four"])
        try append("ve\n", to: api)
        #expect(try texts(tail) == ["three", "four", "five"])
        let last = try #require(try tail.lines().last)
        #expect(last["process"]?.stringValue == "api" && last["stream"]?.stringValue == "out")
    }

    @Test func `a log that was rotated or made anew is gone on with`() throws {
        let path = try scratch.file("api.log", "one\n")
        let tail = LogTail(of: answer([("api", path)]), try LogQuestion([]))
        #expect(try texts(tail) == ["one"])
        try append("two\n", to: path)
        try FileManager.default.moveItem(atPath: path, toPath: path + ".other")
        _ = try scratch.file("api.log", "three\n")
        #expect(try texts(tail) == ["one", "two", "three"])
    }

    @Test func `only wanted lines are kept`() throws {
        let path = try scratch.file("api.log", "warning: one\ntwo\n")
        let level = LogTail(of: answer([("api", path)]), try LogQuestion([("level", "warning")]))
        let words = LogTail(of: answer([("api", path)]), try LogQuestion([("search", "O")]))
        #expect(try texts(level) == ["warning: one"])
        #expect(try texts(words) == ["warning: one", "two"])
        try append("ERROR four\nthree\n", to: path)
        #expect(try texts(level) == ["warning: one", "ERROR four"])
        #expect(try texts(words) == ["warning: one", "two", "ERROR four"])
    }

    @Test func `the same question has one tail, and others go when there are many`() throws {
        let path = try scratch.file("api.log", "one\n")
        let tails = LogTails()
        let files = answer([("api", path)])
        let first = tails.tail(of: files, try LogQuestion([]))
        #expect(tails.tail(of: files, try LogQuestion([])) === first)
        #expect(tails.tail(of: answer([("web", path)]), try LogQuestion([])) !== first)
        let second = tails.tail(of: files, try LogQuestion([]))
        for lines in 1...Limits.logTails {
            _ = tails.tail(of: files, try LogQuestion([("lines", "\(lines)")]))
        }
        #expect(tails.tail(of: files, try LogQuestion([])) !== second)
        let third = tails.tail(of: files, try LogQuestion([]))
        tails.forget(third)
        #expect(tails.tail(of: files, try LogQuestion([])) !== third)
    }
}

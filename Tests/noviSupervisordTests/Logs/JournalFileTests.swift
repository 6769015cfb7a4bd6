import LinuxSystem
import Testing

@testable import noviSupervisord

@Suite struct JournalFileTests {
    @Test func `the daemon's own log is bounded, and its lines stay whole and in order`() throws {
        let folder = try ScratchFolder()
        let file = JournalFile(path: folder.path + "/own.log", maximumBytes: 100)
        for number in 10..<50 { file.append(Array("line \(number) of it\n".utf8)) }
        #expect(folder.names.sorted() == ["own.log", "own.log.1", "own.log.2"])
        let text = try ["own.log.2", "own.log.1", "own.log"].map { try folder.text($0) }
        #expect(text.allSatisfy { $0.utf8.count <= 100 && $0.hasSuffix("\n") })
        let numbers = text.joined().split(separator: "\n").compactMap { Int($0.split(separator: " ")[1]) }
        #expect(numbers == Array((50 - numbers.count)..<50))
    }

    @Test func `a longer line than fits is kept whole, and a file of an earlier daemon counts`() throws {
        let folder = try ScratchFolder()
        try folder.write(String(repeating: "x", count: 90) + "\n", to: "own.log")
        let file = JournalFile(path: folder.path + "/own.log", maximumBytes: 100)
        let long = String(repeating: "y", count: 300) + "\n"
        file.append(Array(long.utf8))
        #expect(try folder.text("own.log") == long)
        #expect(try folder.text("own.log.1").hasPrefix("xx"))
    }
}

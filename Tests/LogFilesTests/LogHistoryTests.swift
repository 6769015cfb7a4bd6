import Foundation
import SupervisorCore
import Testing

@testable import LogFiles

struct LogHistoryTests {
    @Test(arguments: [0, 1, 3, 5, 100]) func `the last lines are found over rotated and compressed files`(
        count: Int
    ) throws {
        let scene = try WritingScene { $0.maximumFileBytes = 20 }
        var expected: [String] = []
        for number in 0..<20 {
            try scene.write("line \(number)\n")
            scene.moveAll()
            expected.append("line \(number)\n")
        }
        let rotated = RotatedLog.all(of: scene.log.log)
        #expect(rotated.count > 4)
        for file in rotated.dropLast(2) { _ = try LogCompression.compress(file.path, shouldStop: { false }) }
        let live = scene.text("a.log").split(separator: "\n").count
        let old = expected.dropLast(live).suffix(count).joined()
        #expect(String(decoding: LogHistory.lastLines(count, of: scene.log.log), as: UTF8.self) == old)
    }

    @Test func `the link to the current file is there from the first byte on`() throws {
        let scene = try WritingScene { $0.symbolicLink = "current" }
        try scene.write("word\n")
        scene.moveAll()
        #expect(scene.names == ["a-current.log", "a.log"])
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: "\(scene.folder)/a-current.log")
                == "a.log"
        )
    }
}

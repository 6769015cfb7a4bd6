import Foundation
import LinuxSystem
import Testing

@testable import LogFiles
@testable import SupervisorCore

/// What readers cannot get, and whether they are told.
struct ReadingLossTests {
    private static func follower(_ scene: ReadingScene, last count: Int?) throws -> MergedLogs {
        try MergedLogs(scene.sources, LineConditions(), last: count)
    }

    @Test(arguments: ["/dev/full", "/dev/zero", "/dev/null"])
    func `a device is no log and has no lines`(path: String) throws {
        for count in [nil, 0, 10] {
            let logs = try MergedLogs([LogSource(log: LogPath(path))], LineConditions(), last: count)
            #expect(try ReadingScene.read(logs).isEmpty)
            #expect(logs.takeSurprises().isEmpty)
        }
    }

    @Test func `a named pipe without a writer holds no reader up`() throws {
        let scene = try ReadingScene(logs: 1)
        let path = "\(scene.scenes[0].folder)/fifo.log"
        #expect(mkfifo(path, 0o600) == 0)
        let logs = try MergedLogs([LogSource(log: LogPath(path))], LineConditions(), last: 3)
        #expect(try ReadingScene.read(logs, isComplete: false).isEmpty)
    }

    @Test func `files that are removed before they are read are told with their number`() throws {
        let scene = try ReadingScene(logs: 1) { $0.maximumFileBytes = 300 }
        try scene.put(0, ["first"])
        let logs = try Self.follower(scene, last: nil)
        #expect(try ReadingScene.read(logs, isComplete: false).map(\.text) == ["first"])
        for _ in 0..<100 { try scene.put(0, [String(repeating: "x", count: 70)]) }
        let rotated = RotatedLog.all(of: scene.scenes[0].log.log)
        try #require(rotated.count > 10)
        // The first one is held open by the reader.
        for file in rotated[..<8] { try FileManager.default.removeItem(atPath: file.path) }
        logs.wake(0)
        _ = try ReadingScene.read(logs, isComplete: false)
        let surprises = logs.takeSurprises().map(\.surprise)
        #expect(surprises == [.missing(files: 7)])
        #expect(logs.takeSurprises().isEmpty)
    }

    @Test func `rotations that lose nothing are not told`() throws {
        let scene = try ReadingScene(logs: 1) { $0.maximumFileBytes = 300 }
        let logs = try Self.follower(scene, last: nil)
        for _ in 0..<100 {
            try scene.put(0, [String(repeating: "x", count: 70)])
            logs.wake(0)
            _ = try ReadingScene.read(logs, isComplete: false)
        }
        #expect(logs.takeSurprises().isEmpty)
    }

    @Test func `a file that others cut is told`() throws {
        let scene = try ReadingScene(logs: 1)
        try scene.put(0, ["one", "two"])
        let logs = try Self.follower(scene, last: nil)
        _ = try ReadingScene.read(logs, isComplete: false)
        #expect(truncate(scene.scenes[0].log.log.path, 0) == 0)
        try scene.put(0, ["three"])
        logs.wake(0)
        #expect(try ReadingScene.read(logs, isComplete: false).map(\.text).last == "three")
        #expect(logs.takeSurprises().map(\.surprise) == [.cut])
    }

    @Test(arguments: [false, true], [nil, 1000])
    func `a damaged archive is told once, and what can be read is read`(isBeheaded: Bool, count: Int?) throws
    {
        let scene = try ReadingScene(logs: 1, seed: 3) { $0.maximumFileBytes = 30_000 }
        for number in 0..<6000 { try scene.put(0, ["\(number) \(scene.number(0...1_000_000_000))"]) }
        let rotated = RotatedLog.all(of: scene.scenes[0].log.log)
        try #require(!rotated.isEmpty)
        let archive = try #require(try LogCompression.compress(rotated[0].path) { false })
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: archive))
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: isBeheaded ? 0 : size / 2)
        try handle.write(contentsOf: Data(repeating: 0x41, count: 400))
        try handle.close()
        let logs = try Self.follower(scene, last: count.map { $0 * 6 })
        let found = try ReadingScene.read(logs)
        #expect(found.last?.text == scene.lines.last?.text)
        #expect(found.count < scene.lines.count)
        let known = Set(scene.lines.map(\.text))
        #expect(found.count { !known.contains($0.text) } <= 1)
        #expect(logs.takeSurprises().map(\.surprise) == [.damaged(path: archive)])
    }

    // F20
    @Test func `a follower's lag counts the files that were rotated meanwhile`() throws {
        let scene = try ReadingScene(logs: 1) { $0.maximumFileBytes = 1000 }
        try scene.put(0, ["first"])
        let logs = try Self.follower(scene, last: 1)
        _ = try ReadingScene.read(logs, isComplete: false)
        for number in 0..<100 { try scene.put(0, ["\(number) " + String(repeating: "z", count: 96)]) }
        try #require(RotatedLog.all(of: scene.scenes[0].log.log).count > 5)
        let skipped = logs.skipBacklogs(above: 5000)
        #expect(skipped.count == 1)
        #expect(skipped.first.map { $0.bytes > 9000 && $0.bytes < 10_100 } == true)
        try scene.put(0, ["next"])
        logs.wake(0)
        // What is shown next is the beginning of a line.
        let texts = try ReadingScene.read(logs, isComplete: false).map(\.text)
        #expect(texts.last == "next")
        #expect(texts.allSatisfy { $0 == "next" || $0.hasSuffix("zzzz") })
        #expect(logs.skipBacklogs(above: 5000).isEmpty)
    }

    // F20
    @Test func `after a skip the line that is being written is shown as a whole`() throws {
        let scene = try ReadingScene(logs: 1)
        try scene.put(0, ["first"])
        let logs = try Self.follower(scene, last: nil)
        _ = try ReadingScene.read(logs, isComplete: false)
        try scene.put(0, [String(repeating: "z", count: 5000)])
        try scene.scenes[0].write("half")
        scene.scenes[0].moveAll()
        #expect(logs.skipBacklogs(above: 1000).map(\.bytes) == [5001])
        try scene.put(0, [" and the rest"])
        logs.wake(0)
        #expect(try ReadingScene.read(logs, isComplete: false).map(\.text) == ["half and the rest"])
    }

    // F20
    @Test func `what was there before a follower began is no lag`() throws {
        let scene = try ReadingScene(logs: 1)
        for number in 0..<3000 { try scene.put(0, ["\(number) " + String(repeating: "z", count: 96)]) }
        let logs = try Self.follower(scene, last: nil)
        #expect(logs.skipBacklogs(above: 1000).isEmpty)
        var found = try ReadingScene.portion(of: logs, 10, isComplete: false).lines.count
        #expect(found < 3000)
        try scene.put(0, ["more"])
        logs.wake(0)
        #expect(logs.skipBacklogs(above: 1000).isEmpty)
        found += try ReadingScene.read(logs, isComplete: false).count
        #expect(found == 3001)
    }

    @Test func `a log that comes later is read with the others, from the wanted moment on`() throws {
        let scene = try ReadingScene(logs: 2)
        try scene.put(1, ["old"])
        scene.now += 1_000_000_000
        let logs = try MergedLogs([scene.sources[0]], LineConditions(), last: 5)
        #expect(try ReadingScene.read(logs, isComplete: false).isEmpty)
        var source = scene.sources[1]
        source.since = scene.now
        try scene.put(1, ["new"])
        try logs.add(source)
        try scene.put(0, ["mine"])
        logs.wake(0)
        let found = try ReadingScene.read(logs, isComplete: false)
        #expect(found.map(\.text).sorted() == ["mine", "new"])
        #expect(Set(found.map(\.source)) == [0, 1])
    }
}

import Foundation
import LinuxSystem
import Shared
import SupervisorCore
import Testing

@testable import LogFiles

/// A pipe, a log in a scratch folder, and clocks that stand still until told.
final class WritingScene {
    let folder: String
    let pipe: OutputPipe
    let writer: Descriptor
    var wall: Int64 = 1_764_000_000_000_000_000
    var boot: Int64 = 1_000_000_000
    let log: RotatingLog

    init(_ change: (inout LogPolicy) -> Void = { _ in }) throws {
        folder = "/tmp/novi-writing-\(UInt32.random(in: 0 ... .max))"
        try Directory.create(folder, mode: 0o700)
        pipe = try OutputPipe()
        writer = try pipe.openWriteEnd()
        var policy = LogPolicy()
        policy.usesUTC = true
        change(&policy)
        log = RotatingLog(LogPath("\(folder)/a.log"), policy: policy, .init(bootID: nil))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func write(_ text: String) throws { try writer.writeAll(Array(text.utf8)) }

    /// Moves until the pipe is empty.
    func moveAll() {
        while case .moved = log.move(from: pipe, upTo: 1 << 20, wall: wall, boot: boot) {}
    }

    /// The names in the folder, without indexes.
    var names: [String] {
        ((try? Directory.names(in: folder)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }

    func text(_ name: String) -> String {
        String(decoding: (try? FileContents.read("\(folder)/\(name)", limit: 1 << 24)) ?? [], as: UTF8.self)
    }
}

struct RotatingLogTests {
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

    @Test func `a full file is put aside at a line end and nothing is lost`() throws {
        let scene = try WritingScene { $0.maximumFileBytes = 100 }
        var expected = ""
        for number in 0..<200 {
            let line = "line \(number) " + String(repeating: "x", count: number % 37) + "\n"
            expected += line
            try scene.write(line)
            if number % 7 == 0 { scene.moveAll() }
        }
        scene.moveAll()
        let rotated = scene.names.filter { $0 != "a.log" }
        #expect(rotated.count > 20)
        #expect(rotated.first == "a-2025-11-24-0001.log")
        let texts = rotated.map(scene.text)
        #expect(texts.allSatisfy { $0.hasSuffix("\n") })
        #expect(texts.allSatisfy { $0.utf8.count < 100 + 60 })
        #expect(texts.joined() + scene.text("a.log") == expected)
    }

    @Test func `writes that cut lines do not make rotation cut them`() throws {
        let scene = try WritingScene { $0.maximumFileBytes = 64 }
        let whole = (0..<100).map { "line number \($0) of a hundred\n" }.joined()
        var rest = Array(whole.utf8)[...]
        while !rest.isEmpty {
            try scene.write(String(decoding: rest.prefix(17), as: UTF8.self))
            rest = rest.dropFirst(17)
            scene.moveAll()
        }
        let files = scene.names.filter { $0 != "a.log" }.map(scene.text)
        #expect(files.count > 10)
        #expect(files.allSatisfy { $0.hasSuffix("\n") })
        #expect(files.joined() + scene.text("a.log") == whole)
    }

    @Test func `a line without an end is cut after a megabyte, and it is told`() throws {
        let scene = try WritingScene { $0.maximumFileBytes = 1000 }
        let piece = String(repeating: "y", count: 60_000)
        for _ in 0..<40 {
            try scene.write(piece)
            scene.moveAll()
        }
        let occurrences = scene.log.takeOccurrences()
        #expect(occurrences.contains { if case .rotatedInsideLine = $0 { true } else { false } })
        let sizes = scene.names.map { scene.text($0).utf8.count }
        #expect(sizes.reduce(0, +) == 40 * 60_000)
        #expect(sizes.allSatisfy { $0 <= 1000 + RotatingLog.longestLineBytes + 65_536 })
    }

    @Test func `a new day begins a new file, with or without output`() throws {
        let scene = try WritingScene()
        try scene.write("monday\n")
        scene.moveAll()
        scene.wall += 86_400_000_000_000
        try scene.write("tuesday\n")
        scene.moveAll()
        #expect(scene.names == ["a-2025-11-24-0001.log", "a.log"])
        #expect(scene.text("a.log") == "tuesday\n")
        scene.wall += 86_400_000_000_000
        #expect(scene.log.rotateIfPeriodEnded(wall: scene.wall) != nil)
        #expect(scene.names == ["a-2025-11-24-0001.log", "a-2025-11-25-0002.log"])
    }

    // F10
    @Test(arguments: [-3_650, -1, 1, 3_650]) func `a clock that jumps by days loses and overwrites nothing`(
        days: Int64
    ) throws {
        let scene = try WritingScene()
        for number in 0..<6 {
            try scene.write("line \(number)\n")
            scene.moveAll()
            scene.wall += (number % 2 == 0 ? days : -days) * 86_400_000_000_000
        }
        let files = try ArchivedNames.bySequence(scene.names)
        #expect(
            files.map(scene.text).joined() + scene.text("a.log") == (0..<6).map { "line \($0)\n" }.joined()
        )
        #expect(files.count == 5)
    }

    // F42
    @Test func `a name that is taken is not overwritten`() throws {
        let scene = try WritingScene { $0.maximumFileBytes = 5 }
        try AtomicFile.replace("\(scene.folder)/a-2025-11-24-0001.log.gz", Array("mine".utf8))
        try scene.write("first\n")
        scene.moveAll()
        try scene.write("second\n")
        scene.moveAll()
        #expect(scene.text("a-2025-11-24-0001.log.gz") == "mine")
        #expect(scene.text("a-2025-11-24-0002.log") == "first\n")
    }

    // F7
    @Test func `a folder that others remove is made again`() throws {
        let scene = try WritingScene()
        try scene.write("before\n")
        scene.moveAll()
        try FileManager.default.removeItem(atPath: scene.folder)
        try scene.write("after\n")
        scene.moveAll()
        #expect(scene.text("a.log") == "after\n")
        #expect(scene.log.takeOccurrences() == [.changedByOthers(.replaced)])
    }

    @Test func `the index tells when each batch was written, over rotations`() throws {
        let scene = try WritingScene { $0.maximumFileBytes = 1000 }
        var times: [Int64] = []
        for number in 0..<300 {
            try scene.write("line \(number)\n")
            scene.moveAll()
            times.append(scene.wall)
            scene.wall += 1_700_000
            scene.boot += 1_700_000
        }
        var number = 0
        for name in try ArchivedNames.bySequence(scene.names) + ["a.log"] {
            let path = "\(scene.folder)/\(name)"
            let identity = try FileStatus(path: path).identity
            let cursor = try #require(IndexCursor(LogPath.index(of: path), of: identity))
            var offset: Int64 = 0
            for line in scene.text(name).split(separator: "\n") {
                let time = try #require(cursor.batch(at: offset)?.time)
                #expect(abs(time - times[number]) < 2000 + 1000 * 60, "\(name) \(line)")
                offset += Int64(line.utf8.count + 1)
                number += 1
            }
        }
        #expect(number == 300)
    }

    @Test func `a wall clock that jumps is followed by the index`() throws {
        let scene = try WritingScene { $0.frequency = .never }
        for jump in [0, 3_600, -7_200] as [Int64] {
            scene.wall += jump * 1_000_000_000
            scene.boot += 5_000_000
            try scene.write("at \(scene.wall)\n")
            scene.moveAll()
        }
        let path = "\(scene.folder)/a.log"
        let cursor = try #require(IndexCursor(LogPath.index(of: path), of: FileStatus(path: path).identity))
        var offset: Int64 = 0
        for line in scene.text("a.log").split(separator: "\n") {
            #expect(cursor.batch(at: offset)?.time == Int64(line.dropFirst(3)))
            offset += Int64(line.utf8.count + 1)
        }
    }

    @Test func `a line soon after another keeps its time when nothing follows for an hour`() throws {
        let scene = try WritingScene { $0.frequency = .never }
        var times: [Int64] = []
        for wait in [300_000, 3_600_000_000_000, 0] as [Int64] {
            try scene.write("line\n")
            scene.moveAll()
            times.append(scene.wall)
            scene.wall += wait
            scene.boot += wait
        }
        let path = "\(scene.folder)/a.log"
        let cursor = try #require(IndexCursor(LogPath.index(of: path), of: FileStatus(path: path).identity))
        #expect([0, 5, 10].map { cursor.batch(at: $0)?.time } == times)
    }

    // M4
    @Test func `bytes that a killed writer left without an entry have the time of the last change`() throws {
        let scene = try WritingScene { $0.frequency = .never }
        try scene.write("first\n")
        scene.moveAll()
        let path = "\(scene.folder)/a.log"
        try AppendOnlyFile(path, mode: 0o640).append(Array("left\n".utf8))
        let changed = scene.wall + 5_000_000_000
        let parts = timespec(
            tv_sec: Int(changed / 1_000_000_000),
            tv_nsec: Int(changed % 1_000_000_000)
        )
        try #require(utimensat(AT_FDCWD, path, [parts, parts], 0) == 0)
        let successor = RotatingLog(scene.log.log, policy: scene.log.policy, .init(bootID: nil))
        let later = scene.wall + 3_600_000_000_000
        try scene.write("next\n")
        #expect(successor.move(from: scene.pipe, upTo: 100, wall: later, boot: scene.boot) == .moved(5))
        let cursor = try #require(IndexCursor(LogPath.index(of: path), of: FileStatus(path: path).identity))
        #expect([0, 6, 11].map { cursor.batch(at: $0)?.time } == [scene.wall, changed, later])
    }

    // M4
    @Test func `a file that others cut gets a new index`() throws {
        let scene = try WritingScene { $0.frequency = .never }
        try scene.write(String(repeating: "old line\n", count: 50))
        scene.moveAll()
        #expect(truncate("\(scene.folder)/a.log", 0) == 0)
        scene.wall += 60_000_000_000
        scene.boot += 60_000_000_000
        try scene.write("new\n")
        scene.moveAll()
        #expect(scene.text("a.log") == "new\n")
        let path = "\(scene.folder)/a.log"
        let cursor = try #require(IndexCursor(LogPath.index(of: path), of: FileStatus(path: path).identity))
        #expect(cursor.batch(at: 0) == IndexCursor.Batch(end: 4, time: scene.wall))
        #expect(cursor.batch(at: 4) == nil)
    }
}

/// Rotated files in the order in which they were written.
enum ArchivedNames {
    static func bySequence(_ names: [String]) throws -> [String] {
        try names.filter { $0 != "a.log" }.map { name in
            let digits = name.dropLast(4).split(separator: "-").last.map(String.init) ?? ""
            return (try #require(Int(digits)), name)
        }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

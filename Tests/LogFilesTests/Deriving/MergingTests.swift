import Glibc
import LinuxSystem
import SupervisorCore
import Testing

@testable import LogFiles

struct MergingTests {
    private let scene: DerivingScene

    init() throws { scene = try DerivingScene() }

    private static func number(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var value = value
        var bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }

    /// Appends batches to a log and writes its index anew, with so many entries in a block.
    private func write(
        _ name: String,
        _ batches: [(milliseconds: Int, text: String)],
        perBlock: Int = 3
    ) throws {
        var index: [UInt8] = []
        var offset: Int64 = 0
        var blocks: [[UInt8]] = []
        for (place, batch) in batches.enumerated() {
            let end = offset + Int64(batch.text.utf8.count)
            if place % perBlock == 0 {
                let wall = UInt64(batch.milliseconds) * 1_000_000
                blocks.append(Self.number(wall) + Self.number(wall) + Self.number(UInt64(end)))
            } else {
                let gap = UInt64(batch.milliseconds - batches[place - 1].milliseconds) * 1000
                blocks[blocks.count - 1] += Self.varint(gap) + Self.varint(UInt64(end - offset))
            }
            offset = end
        }
        try scene.write(name, Array(batches.map(\.text).joined().utf8))
        let identity = try FileStatus(path: "\(scene.folder)/\(name)").identity
        index = Array("NOVILOG1".utf8) + Self.number(identity.device) + Self.number(identity.inode)
        index += [UInt8](repeating: 0, count: 64 - index.count)
        for (place, block) in blocks.enumerated() {
            index += block
            if place < blocks.count - 1 { index += [UInt8](repeating: 0, count: 4096 - block.count) }
        }
        try scene.write(".\(name).idx", index)
    }

    private func sources() throws -> [DerivedJob.Source] {
        [try scene.source("a-out.log", "a"), try scene.source("b-out.log", "b")]
    }

    @Test(arguments: [1, 2, 3, 100])
    func `lines of several logs come in the order of their times`(perBlock: Int) throws {
        var a: [(milliseconds: Int, text: String)] = []
        var b: [(milliseconds: Int, text: String)] = []
        var expected = ""
        for moment in 1...300 {
            if moment % 3 == 0 {
                b.append((moment * 10, "b \(moment)\n"))
                expected += "b | b \(moment)\n"
            } else {
                a.append((moment * 10, "a \(moment)\na again\n"))
                expected += "a | a \(moment)\na | a again\n"
            }
        }
        try write("a-out.log", a, perBlock: perBlock)
        try write("b-out.log", b, perBlock: perBlock)
        try scene.derive(scene.job(try sources(), .all, .prefixed(stamp: nil)))
        #expect(scene.text("derived.log") == expected)
    }

    @Test func `a batch of several lines stays together`() throws {
        try write("a-out.log", [(10, "a\n"), (30, "a\na\na\n")])
        try write("b-out.log", [(20, "b\nb\n"), (40, "b\n")])
        try scene.derive(scene.job(try sources(), .all, .prefixed(stamp: nil)))
        #expect(scene.text("derived.log") == "a | a\nb | b\nb | b\na | a\na | a\na | a\nb | b\n")
    }

    @Test func `a line has the time of the batch in which it began`() throws {
        try write("a-out.log", [(1000, "one\ntw"), (2000, "o\nthree\n")])
        try scene.derive(scene.job([try scene.source("a-out.log")], .all, .json(stamp: nil)))
        let lines = scene.text("derived.log").split(separator: "\n")
        #expect(lines.map { $0.contains("1970-01-01T00:00:01.000Z") } == [true, true, false])
        #expect(lines.last?.contains("1970-01-01T00:00:02.000Z") == true)
    }

    @Test func `lines behind the end of the index have the time of the file's last change`() throws {
        try write("a-out.log", [(1000, "one\n")])
        try scene.append("a-out.log", "two\n")
        var times = [timespec(tv_sec: 0, tv_nsec: 0), timespec(tv_sec: 77, tv_nsec: 0)]
        utimensat(AT_FDCWD, "\(scene.folder)/a-out.log", &times, 0)
        try scene.derive(
            scene.job(
                [try scene.source("a-out.log")],
                .all,
                .timestamped("YYYY-MM-DDTHH:mm:ss"),
                policy: utcPolicy
            )
        )
        #expect(scene.text("derived.log") == "1970-01-01T00:00:01: one\n1970-01-01T00:01:17: two\n")
    }

    private var utcPolicy: LogPolicy {
        var policy = LogPolicy()
        policy.usesUTC = true
        return policy
    }

    @Test func `a compressed file is read as what it was`() throws {
        let job = scene.job([try scene.source("a-out.log")])
        let text = DerivingScene.lines(0..<200)
        try write("a-out.log", [(1000, text)])
        let half = Array(text.utf8.prefix(text.utf8.count / 2))
        // Half of it is read, then it is rotated and compressed.
        try scene.write("a-out.log", half)
        try scene.derive(job)
        try scene.write("a-out.log", Array(text.utf8))
        try scene.rotate("a-out.log", 1)
        try FileContents.rename(
            "\(scene.folder)/.a-out.log.idx",
            to: "\(scene.folder)/.a-out-2026-11-24-0001.log.idx"
        )
        let plain = "\(scene.folder)/a-out-2026-11-24-0001.log"
        let result = CommandOutput.of("/bin/gzip", ["-c", plain])
        try scene.write("a-out-2026-11-24-0001.log.gz", try #require(result))
        unlink(plain)
        try scene.append("a-out.log", "live\n")
        try scene.derive(job)
        #expect(scene.text("derived.log") == text + "live\n")
    }

    @Test(arguments: [true, false])
    func `a damaged archive is told and does not stop what comes after it`(isCutOff: Bool) throws {
        let job = scene.job([try scene.source("a-out.log")])
        let plain = "a-out-2026-11-24-0001.log"
        try scene.append(plain, DerivingScene.lines(0..<500))
        let gzip = CommandOutput.of("/bin/gzip", ["-c", "\(scene.folder)/\(plain)"])
        unlink("\(scene.folder)/\(plain)")
        var bytes = try #require(gzip)
        if isCutOff {
            bytes.removeLast(bytes.count / 2)
        } else {
            for index in bytes.count / 2..<bytes.count { bytes[index] ^= 0x55 }
        }
        try scene.write("\(plain).gz", bytes)
        try scene.append("a-out.log", "two\n")
        #expect(try scene.derive(job).contains(.damaged))
        #expect(scene.text("derived.log").hasSuffix("two\n"))
    }

    @Test func `a derived file is rotated like a primary one, at line ends`() throws {
        var policy = LogPolicy()
        policy.maximumFileBytes = 1000
        let job = scene.job([try scene.source("a-out.log")], policy: policy)
        let text = DerivingScene.lines(0..<100)
        for range in stride(from: 0, to: 100, by: 10) {
            try scene.append("a-out.log", DerivingScene.lines(range..<range + 10))
            try scene.derive(job)
        }
        let rotated = RotatedLog.all(of: scene.log("derived.log"))
        #expect(rotated.count >= 3)
        #expect(rotated.map(\.sequence) == Array(1...rotated.count))
        let parts = rotated.map { scene.text(String($0.path.dropFirst(scene.folder.utf8.count + 1))) }
        #expect(parts.allSatisfy { $0.hasSuffix("\n") && $0.utf8.count >= 1000 && $0.utf8.count < 2000 })
        #expect(parts.joined() + scene.text("derived.log") == text)
    }

    @Test func `a derived file of an earlier day is put aside before the first line of today`() throws {
        let job = scene.job([try scene.source("a-out.log")], policy: utcPolicy)
        try scene.append("a-out.log", "old\n")
        try scene.derive(job)
        var times = [timespec(tv_sec: 0, tv_nsec: 0), timespec(tv_sec: 86_400 * 3, tv_nsec: 0)]
        utimensat(AT_FDCWD, "\(scene.folder)/derived.log", &times, 0)
        try scene.append("a-out.log", "new\n")
        try scene.derive(job)
        #expect(scene.text("derived-1970-01-04-0001.log") == "old\n")
        #expect(scene.text("derived.log") == "new\n")
    }

    @Test
    func `a crash between the rotation of a derived file and its first commit loses and doubles nothing`()
        throws
    {
        let job = scene.job([try scene.source("a-out.log")])
        try scene.append("a-out.log", "one\n")
        try scene.derive(job)
        try scene.rotate("derived.log", 1)
        try scene.append("a-out.log", "two\n")
        try scene.derive(job)
        #expect(scene.text("derived.log") == "two\n")
        // The same, but the new file had been made already.
        try scene.rotate("derived.log", 2)
        try scene.write("derived.log", [])
        try scene.append("a-out.log", "three\n")
        try scene.derive(job)
        #expect(scene.text("derived.log") == "three\n")
    }
}

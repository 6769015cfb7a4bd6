import Foundation
import LinuxSystem
import Shared
import SupervisorCore
import Testing

@testable import LogFiles

/// Rotated files, their retention and their compression, with a clock of our own and real files.
struct LogKeeperTests {
    private static let day: Int64 = 86_400
    private static let start: Int64 = 1_764_000_000

    private func names(_ folder: String) -> [String] { KeptFiles.names(folder) }

    private func rotated(_ scene: WritingScene, _ name: String, _ bytes: Int, at time: Int64) throws {
        try scene.addRotated(name, bytes, at: time)
    }

    private func kept(
        _ scene: WritingScene,
        _ change: (inout LogPolicy) -> Void = { _ in }
    ) -> LogKeeper.KeptLog {
        scene.kept("a", change)
    }

    @Test func `a file is compressed after its delay, and reads back the same`() throws {
        let scene = try WritingScene()
        try rotated(scene, "a-2025-11-24-0001.log", 200_000, at: Self.start)
        let before = scene.text("a-2025-11-24-0001.log")
        let keeper = LogKeeper()
        let early = keeper.pass([kept(scene)], now: Self.start + 59)
        #expect(early.compressed.isEmpty && early.nextLook == Self.start + 60)
        let report = keeper.pass([kept(scene)], now: Self.start + 60)
        #expect(report.notices == [])
        #expect(names(scene.folder) == ["a-2025-11-24-0001.log.gz"])
        let gzip = Process()
        gzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
        gzip.arguments = ["-dc", "\(scene.folder)/a-2025-11-24-0001.log.gz"]
        let pipe = Pipe()
        gzip.standardOutput = pipe
        try gzip.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text == before)
        let status = try FileStatus(path: "\(scene.folder)/a-2025-11-24-0001.log.gz")
        #expect(status.modifiedNanoseconds == Self.start * 1_000_000_000)
        #expect(status.mode & 0o777 == 0o640)
        // Nothing is left to do until it leaves the folder.
        let later = keeper.pass([kept(scene)], now: Self.start + 61)
        #expect(later.compressed.isEmpty && later.nextLook == Self.start + 14 * Self.day)
    }

    @Test func `a compression that is told to stop leaves the file as it was`() throws {
        let scene = try WritingScene()
        try rotated(scene, "a-2025-11-24-0001.log", 500_000, at: Self.start)
        var asked = 0
        let result = try LogCompression.compress("\(scene.folder)/a-2025-11-24-0001.log") {
            asked += 1
            return asked > 3
        }
        #expect(result == nil)
        #expect(names(scene.folder) == ["a-2025-11-24-0001.log"])
    }

    @Test func `a file that is still to be derived from is kept`() throws {
        let scene = try WritingScene()
        for number in 1...4 {
            try rotated(scene, "a-2025-11-24-000\(number).log", 100, at: Self.start + Int64(number))
        }
        var log = kept(scene) {
            $0.archiveSeconds = 0
            $0.compression = .none
        }
        log.floor = 3
        _ = LogKeeper().pass([log], now: Self.start + Self.day)
        #expect(names(scene.folder) == ["a-2025-11-24-0003.log", "a-2025-11-24-0004.log"])
    }

    @Test func `a disk that is short of room loses its oldest rotated logs, and it is told`() throws {
        let scene = try WritingScene()
        for number in 1...5 {
            try rotated(scene, "a-2025-11-24-000\(number).log", 1000, at: Self.start + Int64(number))
        }
        var log = kept(scene) { $0.compression = .none }
        log.policy.keepFreePercent = 10
        let folder = scene.folder
        // A disk of 100 files on which each rotated file takes one; two too many.
        let report = LogKeeper().pass(
            [log],
            now: Self.start + 10,
            room: { _ in (Int64(13 - names(folder).count), 100) }
        )
        #expect(names(folder) == ["a-2025-11-24-0003.log", "a-2025-11-24-0004.log", "a-2025-11-24-0005.log"])
        #expect(Set(report.deleted.values) == [.disk])
        let expected = LogNotice.diskGuarded(
            folder: folder,
            percent: 10,
            files: 2,
            bytes: 2000,
            isStillShort: false
        )
        #expect(report.notices == [expected])
    }

    // F10
    @Test func `a clock that is ten years ahead deletes nothing`() throws {
        let scene = try WritingScene()
        for number in 1...3 { try rotated(scene, "a-2025-11-24-000\(number).log", 100, at: Self.start) }
        let report = LogKeeper().pass(
            [kept(scene) { $0.compression = .none }],
            now: Self.start + 3650 * Self.day
        )
        #expect(report.deleted.isEmpty)
        #expect(report.archived.count == 3)
    }

    /// Show 4: what is left after each day is exactly what the policy says.
    @Test func `weeks of traffic end where the policy says`() throws {
        let scene = try WritingScene {
            $0.maximumFileBytes = 10_000
            $0.liveSeconds = 3 * Self.day
            $0.archiveSeconds = 8 * Self.day
            $0.keepFreePercent = 0
        }
        let keeper = LogKeeper()
        let log = LogKeeper.KeptLog(log: scene.log.log, policy: scene.log.policy, app: "a")
        let first = scene.wall / 1_000_000_000
        var written: [Int] = []
        for hour in 0..<24 * 20 {
            // 4,000 bytes an hour: a rotation by size every third hour, and one at midnight.
            for _ in 0..<40 {
                try scene.write(String(repeating: "z", count: 91) + " \(hour % 10) end\n".suffix(9))
            }
            scene.moveAll()
            for case .rotated(let path) in scene.log.takeOccurrences() {
                let now = Int(scene.wall / 1_000_000_000)
                let times = [timespec(tv_sec: now, tv_nsec: 0), timespec(tv_sec: now, tv_nsec: 0)]
                try #require(utimensat(AT_FDCWD, path, times, 0) == 0)
                written.append(now)
            }
            scene.wall += 3_600_000_000_000
            scene.boot += 3_600_000_000_000
            let now = scene.wall / 1_000_000_000
            let report = keeper.pass([log], now: now)
            #expect(report.notices == [])
            guard hour % 24 == 23 else { continue }
            let ages = written.map { Int(now) - $0 }
            let live = names(scene.folder).filter { $0 != "a.log" }
            let archived = names("\(scene.folder)/archive")
            #expect(live.count == ages.count { $0 < 3 * 86_400 })
            #expect(archived.count == ages.count { $0 >= 3 * 86_400 && $0 < 8 * 86_400 })
            #expect((live + archived).allSatisfy { $0.hasSuffix(".log.gz") })
            // A second pass finds nothing to do.
            let again = keeper.pass([log], now: now)
            #expect(again.compressed.isEmpty && again.archived.isEmpty && again.deleted.isEmpty)
        }
        #expect(written.count > 150)
        #expect(scene.wall / 1_000_000_000 - first == 20 * Self.day)
    }

    // F47
    @Test(
        .enabled(
            if: (try? FileStatus(path: "/dev/shm").identity.device)
                != (try? FileStatus(path: "/tmp").identity.device),
            "there is no second device here"
        ),
        arguments: [Compression.none, .gzip]
    )
    func `archives go to another device whole, with the times of their lines`(
        _ compression: Compression
    ) throws {
        let archive = "/dev/shm/novi-archive-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: archive) }
        let scene = try WritingScene {
            $0.maximumFileBytes = 50
            $0.compression = compression
            $0.liveSeconds = 0
            $0.compressionDelaySeconds = 0
            $0.keepFreePercent = 0
        }
        let lines = (0..<20).map { "line number \($0)\n" }
        for line in lines {
            try scene.write(line)
            scene.moveAll()
            scene.wall += 2_000_000_000
            scene.boot += 2_000_000_000
        }
        let log = LogPath(scene.log.log.path, archive: archive)
        let kept = LogKeeper.KeptLog(log: log, policy: scene.log.policy, app: "a")
        let before = try Self.times(of: log)
        let now = Clocks.realtimeNanoseconds() / 1_000_000_000 + 1
        let report = LogKeeper().pass([kept], now: now)
        #expect(report.notices == [])
        #expect(report.archived.count > 3)
        #expect(names(scene.folder) == ["a.log"])
        #expect(names(archive + scene.folder).count == report.archived.count)
        #expect(try Self.times(of: log) == before)
        #expect(before.map(\.line) == lines.map { String($0.dropLast()) })
        // The next pass has nothing to do.
        #expect(LogKeeper().pass([kept], now: now).archived == [])
    }

    private struct TimedLine: Equatable {
        var line: String
        var time: Int64
    }

    /// All lines of a log with their times, as readers see them.
    private static func times(of log: LogPath) throws -> [TimedLine] {
        var lines: [TimedLine] = []
        let logs = try MergedLogs([LogSource(log: log)], LineConditions(), last: nil)
        try logs.read(isComplete: true) { entry, buffer in
            let text = String(decoding: buffer[entry.line.range], as: UTF8.self)
            lines.append(TimedLine(line: text, time: entry.time))
        }
        return lines
    }

    // F47
    @Test func `whatever an archiving was killed at, one whole copy is left`() throws {
        for state in ["half", "both", "other"] {
            let scene = try WritingScene()
            let name = "a-2025-11-24-0001.log"
            let archive = "\(scene.folder)/archive"
            try rotated(scene, name, 10_000, at: Self.start)
            let before = try FileContents.read("\(scene.folder)/\(name)", limit: 1 << 20)
            try Directory.create(archive, mode: 0o750)
            switch state {
            case "half": try AtomicFile.replace("\(archive)/.\(name).moving", Array(before.prefix(100)))
            case "both": try AtomicFile.replace("\(archive)/\(name)", before)
            default: try AtomicFile.replace("\(archive)/\(name)", Array("somebody else's".utf8))
            }
            let policy = kept(scene) { $0.compression = .none }
            let report = LogKeeper().pass([policy], now: Self.start + 20 * Self.day)
            let left = names(scene.folder)
            #expect(left == (state == "other" ? [name] : []))
            #expect(report.notices.count == (state == "other" ? 1 : 0))
            let all = (try? Directory.names(in: archive)) ?? []
            #expect(!all.contains { $0.hasSuffix(".moving") })
            let whole = state == "other" ? "\(scene.folder)/\(name)" : "\(archive)/\(name)"
            #expect(try FileContents.read(whole, limit: 1 << 20) == before)
        }
    }

    // F43
    @Test func `rotated files that come faster than they are compressed are bounded by bytes`() throws {
        let scene = try WritingScene {
            $0.maximumFileBytes = 1000
            $0.maximumTotalBytes = 20_000
            $0.keepFreePercent = 0
        }
        let log = LogKeeper.KeptLog(log: scene.log.log, policy: scene.log.policy, app: "a")
        let keeper = LogKeeper()
        for _ in 0..<20 {
            // Fifty rotations for each pass, of which none compresses: the delay is not over.
            for _ in 0..<50 {
                try scene.write(String(repeating: "x", count: 999) + "\n")
                scene.moveAll()
            }
            _ = keeper.pass([log], now: Clocks.realtimeNanoseconds() / 1_000_000_000)
            let sizes = try names(scene.folder).map { try FileStatus(path: "\(scene.folder)/\($0)").size }
            #expect(sizes.reduce(0, +) <= 21_000)
        }
        #expect(names(scene.folder).contains { $0.hasPrefix("a-2025-11-24-0999") })
    }

    /// Show 4: on a disk that is short the newest files that leave enough room are left, exactly.
    @Test func `a week of traffic on a small disk ends where the guard says`() throws {
        let scene = try WritingScene {
            $0.maximumFileBytes = 10_000
            $0.compression = .none
            $0.keepFreePercent = 20
            $0.liveSeconds = Self.day
        }
        let capacity: Int64 = 300_000
        let log = LogKeeper.KeptLog(log: scene.log.log, policy: scene.log.policy, app: "a")
        let keeper = LogKeeper()
        let archive = "\(scene.folder)/archive"
        func size(_ path: String) -> Int64 { (try? FileStatus(path: path).size) ?? 0 }
        func room(_ folder: String) -> LogKeeper.Room {
            let files =
                names(scene.folder).map { "\(scene.folder)/\($0)" }
                + names(archive).map { "\(archive)/\($0)" }
            return (capacity - files.map(size).reduce(0, +), capacity)
        }
        var written: [(name: String, bytes: Int64)] = []
        for _ in 0..<24 * 7 {
            for _ in 0..<40 { try scene.write(String(repeating: "z", count: 99) + "\n") }
            scene.moveAll()
            for case .rotated(let path) in scene.log.takeOccurrences() {
                let now = Int(scene.wall / 1_000_000_000)
                let times = [timespec(tv_sec: now, tv_nsec: 0), timespec(tv_sec: now, tv_nsec: 0)]
                try #require(utimensat(AT_FDCWD, path, times, 0) == 0)
                written.append((String(path.dropFirst(scene.folder.utf8.count + 1)), size(path)))
            }
            scene.wall += 3_600_000_000_000
            scene.boot += 3_600_000_000_000
            _ = keeper.pass([log], now: scene.wall / 1_000_000_000, room: room)
            var expected = written
            var used = expected.reduce(size(scene.log.log.path)) { $0 + $1.bytes }
            while (capacity - used) * 100 < capacity * 20, !expected.isEmpty {
                used -= expected.removeFirst().bytes
            }
            let left = names(archive) + names(scene.folder).filter { $0 != "a.log" }
            #expect(left.sorted() == expected.map(\.name).sorted())
        }
        #expect(written.count > 60)
        #expect(!names(archive).isEmpty)
    }
}

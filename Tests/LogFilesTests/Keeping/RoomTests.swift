import Foundation
import LinuxSystem
import Shared
import SupervisorCore
import Testing

@testable import LogFiles

/// What goes for the room of all, and what is told of keeping.
struct RoomTests {
    private static let day: Int64 = 86_400
    private static let start: Int64 = 1_764_000_000

    private func texts(_ report: LogKeeper.Report) -> [String] { report.notices.map(\.message) }

    @Test func `a look at the disks deletes where room is short, and touches nothing where it is not`() throws
    {
        let scene = try WritingScene()
        for number in 1...3 {
            try scene.addRotated("a-2025-11-24-000\(number).log", 1000, at: Self.start + Int64(number))
        }
        let log = scene.kept("a") { $0.keepFreePercent = 10 }
        let keeper = LogKeeper()
        let folder = scene.folder
        #expect(keeper.lookAtDisks([log], room: { _ in (50, 100) }) == LogKeeper.Report())
        let report = keeper.lookAtDisks([log]) { _ in (Int64(12 - KeptFiles.names(folder).count), 100) }
        #expect(KeptFiles.names(folder) == ["a-2025-11-24-0002.log", "a-2025-11-24-0003.log"])
        #expect(report.notices.count == 1)
    }

    @Test func `a disk that stays short is told once, and again when it was well in between`() throws {
        let scene = try WritingScene()
        let log = scene.kept("a") { $0.keepFreePercent = 10 }
        let keeper = LogKeeper()
        func look(_ free: Int64) -> [String] { texts(keeper.lookAtDisks([log]) { _ in (free, 100) }) }
        let text =
            "less than 10 % of the disk of \(scene.folder) are free: no rotated log is there that could be deleted"
        #expect(look(5) == [text])
        #expect(look(5) == [])
        #expect(keeper.pass([log], now: Self.start) { _ in (5, 100) }.notices.isEmpty)
        #expect(look(50) == [])
        #expect(look(5) == [text])
    }

    @Test func `a failure is told once, and again when it was over in between`() throws {
        let scene = try WritingScene()
        let name = "a-2025-11-24-0001.log"
        try scene.addRotated(name, 1000, at: Self.start)
        let blocker = "\(scene.folder)/\(name).gz.tmp"
        let keeper = LogKeeper()
        func pass() -> Int { keeper.pass([scene.kept("a")], now: Self.start + 100).notices.count }
        try Directory.create(blocker, mode: 0o755)
        #expect(pass() == 1)
        #expect(pass() == 0)
        #expect(scene.names.contains(name))
        rmdir(blocker)
        #expect(pass() == 0)
        #expect(scene.names == [name + ".gz"])
        try scene.addRotated(name, 1000, at: Self.start)
        rename("\(scene.folder)/\(name).gz", "\(scene.folder)/gone")
        try Directory.create(blocker, mode: 0o755)
        #expect(pass() == 1)
    }

    @Test func `the oldest files of all apps go when all together are too many bytes`() throws {
        let scene = try WritingScene()
        for number in 1...3 {
            for (place, app) in ["a", "b"].enumerated() {
                let time = Self.start + Int64(2 * number + place)
                try scene.addRotated("\(app)-2025-11-24-000\(number).log", 1000, at: time)
            }
        }
        var logs = ["a", "b"].map { app in scene.kept(app) { $0.compression = .none } }
        let keeper = LogKeeper()
        #expect(keeper.pass(logs, now: Self.start + 100, totalLimit: 6000).deleted.isEmpty)
        let report = keeper.pass(logs, now: Self.start + 100, totalLimit: 3500)
        #expect(
            KeptFiles.names(scene.folder) == [
                "a-2025-11-24-0003.log", "b-2025-11-24-0002.log", "b-2025-11-24-0003.log",
            ]
        )
        #expect(Set(report.deleted.values) == [.total])
        #expect(
            texts(report) == [
                "rotated logs of all apps are more than 3500 bytes: the 3 oldest rotated logs, 3000 bytes in all, were deleted"
            ]
        )
        // What something is still derived from stays, and that is told once.
        for index in logs.indices { logs[index].floor = 0 }
        #expect(keeper.pass(logs, now: Self.start + 100, totalLimit: 100).notices.count == 1)
        #expect(keeper.pass(logs, now: Self.start + 100, totalLimit: 100).notices.isEmpty)
        #expect(KeptFiles.names(scene.folder).count == 3)
    }

    @Test func `a log that grows beyond its limits because something lags is told once`() throws {
        let scene = try WritingScene()
        for number in 1...4 {
            try scene.addRotated("a-2025-11-24-000\(number).log", 1000, at: Self.start + Int64(number))
        }
        var log = scene.kept("a") {
            $0.maximumTotalBytes = 2000
            $0.compression = .none
        }
        log.floor = 1
        let keeper = LogKeeper()
        let report = keeper.pass([log], now: Self.start + 100)
        #expect(report.deleted.isEmpty)
        #expect(report.notices.map(\.subject) == [log.log.path])
        #expect(texts(report).first?.contains("still to be derived") == true)
        #expect(keeper.pass([log], now: Self.start + 100).notices.isEmpty)
        log.floor = nil
        #expect(keeper.pass([log], now: Self.start + 100).deleted.count == 2)
        // The trouble was over: it is told when it comes back.
        log.floor = 1
        log.policy.maximumTotalBytes = 500
        #expect(keeper.pass([log], now: Self.start + 100).notices.count == 1)
    }

    @Test func `logs of errors live as such unless the app says otherwise`() {
        #expect(LogPolicy().effectiveArchiveSeconds == 90 * Self.day)
        #expect(LogPolicy().ofErrors.effectiveArchiveSeconds == 730 * Self.day)
        var policy = LogPolicy()
        policy.logClass = .access
        #expect(policy.ofErrors.effectiveArchiveSeconds == 365 * Self.day)
        policy.archiveSeconds = 5
        #expect(policy.ofErrors.effectiveArchiveSeconds == 5)
    }

    // F10
    @Test func `a clock that shows 1970, or is an hour wrong, deletes and moves nothing`() throws {
        for (shift, name) in [(-Self.start + 1000, "1970"), (-3600, "an hour back"), (3600, "an hour ahead")]
        {
            let scene = try WritingScene()
            for number in 1...3 { try scene.addRotated("a-2025-11-24-000\(number).log", 100, at: Self.start) }
            let log = scene.kept("a") {
                $0.compression = .none
                $0.liveSeconds = Self.day
                $0.archiveSeconds = 2 * Self.day
            }
            let report = LogKeeper().pass([log], now: Self.start + shift)
            #expect(report.deleted.isEmpty && report.archived.isEmpty, "\(name)")
            #expect(report.nextLook != nil, "\(name)")
            #expect(KeptFiles.names(scene.folder).count == 3)
        }
    }

    // F10
    @Test func `clocks that jump by hours and to 1970 lose no line and no order`() throws {
        let scene = try WritingScene { $0.maximumFileBytes = 20 }
        var text = ""
        let right = scene.wall
        for (number, wall) in [
            right, right - 3_600_000_000_000, right + 3_600_000_000_000, 1_000_000_000, right,
        ].enumerated() {
            scene.wall = wall
            for part in 0..<3 {
                let line = "line \(number) \(part) ......\n"
                text += line
                try scene.write(line)
                scene.moveAll()
            }
        }
        let files = try ArchivedNames.bySequence(scene.names)
        #expect(files.map(scene.text).joined() + scene.text("a.log") == text)
        #expect(files.contains { $0.hasPrefix("a-1970-01-01-") })
        #expect(RotatedLog.all(of: scene.log.log).count == files.count)
    }
}

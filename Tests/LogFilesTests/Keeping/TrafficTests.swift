import Foundation
import LinuxSystem
import Shared
import SupervisorCore
import Testing

@testable import LogFiles

/// Weeks of rotated files of several apps with several policies.
struct TrafficTests {
    private static let day: Int64 = 86_400
    private static let start: Int64 = 1_764_000_000

    private struct Written {
        var app: String
        var log: String
        var name: String
        var time: Int64
        var bytes: Int64
    }

    /// What each policy leaves, worked out in the plainest way.
    private static func expected(_ files: [Written], now: Int64, capacity: Int64) -> [Written] {
        func newest(_ files: [Written]) -> [Written] {
            files.sorted { ($0.time, $0.name) > ($1.time, $1.name) }
        }
        let byAge = files.filter { $0.app == "web" && $0.time + 3 * day > now }
        let byCount = newest(files.filter { $0.app == "api" }).prefix(10)
        var sum: Int64 = 0
        let bySize = newest(files.filter { $0.app == "db" }).prefix { file in
            sum += file.bytes
            return sum <= 60_000
        }
        let errors = files.filter { $0.app == "bad" }
        var left = newest(byAge + byCount + bySize + errors)
        var used = left.reduce(0) { $0 + $1.bytes }
        while (capacity - used) * 100 < capacity * 10, let oldest = left.popLast() { used -= oldest.bytes }
        return left
    }

    // Show 4
    @Test(arguments: [1_000_000, 120_000] as [Int64])
    func `a week of several apps on one disk ends where their policies say`(_ capacity: Int64) throws {
        let scene = try WritingScene()
        var policies: [String: LogPolicy] = [:]
        for app in ["web", "api", "db", "bad"] {
            var policy = LogPolicy()
            policy.compression = .none
            policy.keepFreePercent = 10
            policy.liveSeconds = 2 * Self.day
            policies[app] = policy
        }
        policies["web"]?.archiveSeconds = 3 * Self.day
        policies["api"]?.maximumFiles = 10
        policies["db"]?.maximumTotalBytes = 60_000
        policies["bad"] = policies["bad"]?.ofErrors
        let logs = [("web", "web"), ("api", "api"), ("db", "db"), ("db", "db-1"), ("bad", "bad")]
        let kept = try logs.map { app, log in
            LogKeeper.KeptLog(
                log: LogPath("\(scene.folder)/\(log).log"),
                policy: try #require(policies[app]),
                app: app
            )
        }
        let archive = "\(scene.folder)/archive"
        func present() -> [String] { (KeptFiles.names(scene.folder) + KeptFiles.names(archive)).sorted() }
        var written: [Written] = []
        var numbers: [String: Int] = [:]
        let keeper = LogKeeper()
        for hour in 0..<24 * 7 {
            let now = Self.start + Int64(hour) * 3600
            for (place, (app, log)) in logs.enumerated() where hour % (place + 1) == 0 {
                numbers[log, default: 0] += 1
                let number = String(numbers[log] ?? 0)
                let digits = String(repeating: "0", count: 4 - number.count) + number
                let name = "\(log)-2025-11-24-\(digits).log"
                let time = now - Int64(logs.count - place)
                let bytes = Int64(1000 + 10 * ((hour * 7 + place) % 90))
                try scene.addRotated(name, Int(bytes), at: time)
                written.append(Written(app: app, log: log, name: name, time: time, bytes: bytes))
            }
            let report = keeper.pass(kept, now: now) { _ in
                let used = written.reduce(Int64(0)) { sum, file in
                    let isThere = [scene.folder, archive].contains { FileStatus.exists("\($0)/\(file.name)") }
                    return sum + (isThere ? file.bytes : 0)
                }
                return (capacity - used, capacity)
            }
            // What is gone does not come back.
            written = Self.expected(written, now: now, capacity: capacity)
            try #require(present() == written.map(\.name).sorted(), "hour \(hour)")
            #expect(report.notices.allSatisfy { $0.word == "disk_guard" })
        }
        #expect(written.contains { $0.app == "bad" })
        #expect(capacity < 1_000_000 || !KeptFiles.names(archive).isEmpty)
    }

    // F43
    @Test func `what waits for a compression that is slower than the writer is bounded`() throws {
        let scene = try WritingScene {
            $0.maximumFileBytes = 100_000
            $0.maximumTotalBytes = 500_000
            $0.compressionDelaySeconds = 0
            $0.keepFreePercent = 0
        }
        let log = LogKeeper.KeptLog(log: scene.log.log, policy: scene.log.policy, app: "a")
        let keeper = LogKeeper()
        var random = UInt64(88_172_645_463_325_252)
        func line() -> String {
            var text = ""
            for _ in 0..<62 {
                random ^= random << 13
                random ^= random >> 7
                random ^= random << 17
                text += String(random, radix: 36)
            }
            return String(text.prefix(799)) + "\n"
        }
        let now = Clocks.realtimeNanoseconds() / 1_000_000_000 + 10
        var compressed = 0
        for _ in 0..<4 {
            // In the middle of a compression the writer goes on, faster than it.
            var asked = 0
            let report = keeper.pass(
                [log],
                now: now,
                shouldStop: {
                    asked += 1
                    guard asked.isMultiple(of: 2), asked < 40 else { return false }
                    for _ in 0..<63 { try? scene.write(line()) }
                    scene.moveAll()
                    return false
                }
            )
            #expect(report.notices == [])
            compressed += report.compressed.count
            // What was written meanwhile is bounded by the next pass.
            _ = keeper.pass([log], now: now, shouldStop: { false })
            let sizes = try KeptFiles.names(scene.folder).filter { $0 != "a.log" }
                .map { try FileStatus(path: "\(scene.folder)/\($0)").size }
            #expect(sizes.reduce(0, +) <= 500_000)
            for _ in 0..<800 {
                try scene.write(line())
                scene.moveAll()
            }
        }
        #expect(compressed > 0)
    }

    // F7
    @Test
    func `files, rotated and compressed ones and their indexes are the daemon's own and closed to others`()
        throws
    {
        let scene = try WritingScene {
            $0.maximumFileBytes = 50
            $0.compressionDelaySeconds = 0
            $0.liveSeconds = 0
            $0.keepFreePercent = 0
        }
        for number in 0..<20 {
            try scene.write("line \(number)\n")
            scene.moveAll()
        }
        let log = LogKeeper.KeptLog(log: scene.log.log, policy: scene.log.policy, app: "a")
        let now = Clocks.realtimeNanoseconds() / 1_000_000_000 + 10
        #expect(LogKeeper().pass([log], now: now).archived.count > 1)
        let archive = "\(scene.folder)/archive"
        #expect(try FileStatus(path: archive).mode & 0o777 == 0o750)
        for folder in [scene.folder, archive] {
            for name in try Directory.names(in: folder) where name != "archive" {
                let status = try FileStatus(path: "\(folder)/\(name)", followsLinks: false)
                #expect(status.mode & 0o777 == 0o640, "\(name)")
                #expect(status.userID == CurrentProcess.userID && status.kind == .regular)
            }
        }
    }
}

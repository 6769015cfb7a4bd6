import Foundation
import LinuxSystem
import Shared
import SupervisorCore
import Testing

@testable import LogFiles

/// What belongs to a log, and that nothing else is ever touched.
struct OwnFilesTests {
    private static let day: Int64 = 86_400
    private static let start: Int64 = 1_764_000_000

    private func keepNothing(_ policy: inout LogPolicy) {
        policy.maximumFiles = 0
        policy.archiveSeconds = 0
        policy.compression = .none
    }

    // F42
    @Test func `what only looks like a log's own is never touched`() throws {
        let scene = try WritingScene()
        let others = [
            "a-b-2025-11-24-0001.log", "my-a-2025-11-24-0001.log", "a.log", "a-2025-11-24-0001.txt",
            "a-2025-11-24-1.log", "a-notes.log", "a-2025-11-24-0001.log.gz.bak",
            // Files of the second and third instance, and of an app that is called alike.
            "a-1-2025-11-24-0001.log", "a-2-2025-11-24-0001.log.gz", "a-2-2025-11-24-0002.log",
            "a-1-0001.log", "a-2025-11-0024.log.bak", "a-2025-13-01-0001.log", "a-11-24-2025-0001.log",
        ]
        for name in others { try scene.addRotated(name, 100, at: Self.start) }
        try Directory.create("\(scene.folder)/a-2025-11-24-0002.log", mode: 0o755)
        try #require(symlink("/etc/passwd", "\(scene.folder)/a-2025-11-24-0003.log") == 0)
        let report = LogKeeper().pass([scene.kept("a", keepNothing)], now: Self.start + 10 * Self.day)
        #expect(report.deleted.isEmpty)
        let expected = (others + ["a-2025-11-24-0002.log", "a-2025-11-24-0003.log"]).sorted()
        #expect(KeptFiles.names(scene.folder) == expected)
    }

    @Test func `logs that are called alike lose their own files only, whatever their date patterns`() throws {
        let scene = try WritingScene()
        let mine = ["a-1-2025-11-24-0001.log", "a-24-2025-11-24-0001.log", "a-2025-11-24-0007.log"]
        for name in mine { try scene.addRotated(name, 100, at: Self.start) }
        let odd = scene.kept("a") {
            keepNothing(&$0)
            $0.datePattern = "D-YYYY-MM-DD"
        }
        let other = scene.kept("a-1") { $0.compression = .none }
        let report = LogKeeper().pass([odd, other], now: Self.start + Self.day)
        // The first can be of both: it is that of the log with the longer name.
        #expect(KeptFiles.names(scene.folder) == ["a-1-2025-11-24-0001.log"])
        #expect(report.deleted.count == 2)
    }

    @Test(arguments: [
        "YYYY-MM-DD", "YYYY-MM-DD HH:mm:ss", "YYYYMMDDHH", "DD.MM.YY", "D-M-YYYY", "YYYY-MM-DD[ at ]h a",
        "YY[x]ZZ", "HH-Z", "YYYY-MM-DDTHH:mm", "M", "YYYY[ä/]A",
    ])
    func `all that a date pattern produces is a log's own`(_ pattern: String) throws {
        for seconds in stride(from: -10_000, to: 2_000_000_000, by: 7_777_777) {
            let scene = LogPath("/l/a.log", datePattern: pattern)
            for usesUTC in [true, false] {
                let text = LineStamps.text(
                    of: Int64(seconds) * 1_000_000_000,
                    pattern: pattern,
                    usesUTC: usesUTC
                )
                let name = "a-\(RotationDate.nameText(text))-0001.log"
                #expect(RotatedLog.parse(name, of: scene) != nil, "\(name)")
            }
        }
    }

    @Test func `files under an earlier date pattern are known, and numbers go on behind them`() throws {
        let log = LogPath("/l/a.log", datePattern: "DD.MM.YYYY")
        for name in [
            "a-2025-11-24-0001.log", "a-20251124-0002.log.gz", "a-2025-11-24-13-0003.log",
            "a-24.11.2025-0004.log",
        ] {
            #expect(RotatedLog.parse(name, of: log) != nil, "\(name)")
        }
        let scene = try WritingScene { $0.maximumFileBytes = 5 }
        try scene.addRotated("a-24.11-0041.log", 10, at: Self.start)
        for _ in 0..<2 {
            try scene.write("a line\n")
            scene.moveAll()
        }
        #expect(scene.names.contains("a-2025-11-24-0042.log"))
    }

    // F6
    @Test func `whatever a compression was killed at, one whole copy is left`() throws {
        for state in ["half", "both", "other", "link"] {
            let scene = try WritingScene()
            let name = "a-2025-11-24-0001.log"
            let path = "\(scene.folder)/\(name)"
            try scene.addRotated(name, 100_000, at: Self.start)
            let before = scene.text(name)
            switch state {
            case "half": try AtomicFile.replace("\(path).gz.tmp", [31, 139, 8, 0])
            case "both":
                _ = try LogCompression.compress(path, shouldStop: { false })
                try AtomicFile.replace(path, Array(before.utf8))
            case "link":
                _ = try LogCompression.compress(path, shouldStop: { false })
                try AtomicFile.replace(path, Array(before.utf8))
                try FileContents.rename("\(path).gz", to: "\(scene.folder)/z")
                try #require(symlink("z", "\(path).gz") == 0)
            default: try AtomicFile.replace("\(path).gz", Array("somebody else's".utf8))
            }
            var folders = LogFolders()
            LogCompression.cleanUp(after: LogPath("\(scene.folder)/a.log"), in: &folders)
            let expected = [
                "half": [name], "both": [name + ".gz"], "other": [name, name + ".gz"],
                "link": [name, name + ".gz", "z"],
            ]
            #expect(KeptFiles.names(scene.folder) == expected[state])
            let file = try #require(RotatedLog.all(of: LogPath("\(scene.folder)/a.log")).first)
            #expect(file.isCompressed == (state == "both"))
            if state != "both" { #expect(scene.text(name) == before) }
        }
    }
}

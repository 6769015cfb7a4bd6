import Foundation
import LinuxSystem
import Testing

@testable import LogFiles

@Suite struct LogFoldersTests {
    @Test func `a folder is read once`() throws {
        let folder =
            FileManager.default.temporaryDirectory.path + "/novi-folders-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var folders = LogFolders()
        #expect(FileManager.default.createFile(atPath: "\(folder)/a-2026-11-24-0001.log", contents: nil))
        #expect(FileManager.default.createFile(atPath: "\(folder)/a.log", contents: nil))
        #expect(folders.names(in: folder) == ["a-2026-11-24-0001.log"])
        #expect(FileManager.default.createFile(atPath: "\(folder)/b-2026-11-24-0001.log", contents: nil))
        #expect(RotatedLog.all(of: LogPath("\(folder)/b.log"), in: &folders).isEmpty)
        #expect(RotatedLog.all(of: LogPath("\(folder)/b.log")).count == 1)
    }

    @Test(arguments: [
        ("/l/api.log", "api-2026-11-24-0007.log"), ("/l/api.log", "api-2026-0007.log.gz"),
        ("/l/api", "api-2026-00071"),
        ("/l/.api.log.raw", ".api.log-2026-11-24-0007.raw"), ("/l/a.2-0001.log", "a.2-0001-2026-0001.log"),
    ])
    func `what is the name of a rotated log may be one`(log: String, name: String) {
        #expect(RotatedLog.parse(name, of: LogPath(log)) != nil)
        #expect(RotatedLog.mayBeName(name))
        #expect(RotatedLog.mayBeName(name + ".gz.tmp") || name.hasSuffix(".gz"))
    }

    @Test(arguments: [
        "api.log", "api-out.log", "c0001.log", ".api-out.log.idx", "api-1.log", "api-123.log", "-", "",
    ])
    func `the name of a log that is written is none`(name: String) {
        #expect(!RotatedLog.mayBeName(name))
    }
}

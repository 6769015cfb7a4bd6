import Foundation
import LinuxSystem
import Shared
import SupervisorCore
import Testing

@testable import LogFiles

/// Rotated files for the keeper.
enum KeptFiles {
    /// The names in a folder, without indexes and the archive.
    static func names(_ folder: String) -> [String] {
        ((try? Directory.names(in: folder)) ?? []).filter { !$0.hasPrefix(".") && $0 != "archive" }.sorted()
    }
}

extension WritingScene {
    /// Writes a rotated file with an index, last changed at a time.
    func addRotated(_ name: String, _ bytes: Int, at time: Int64) throws {
        let path = "\(folder)/\(name)"
        let text = (0..<bytes / 10).map { String(1_000_000_000 + $0).suffix(9) + "\n" }.joined()
        try AtomicFile.replace(path, Array(text.utf8), mode: 0o640)
        try AtomicFile.replace(LogPath.index(of: path), Array("index".utf8), mode: 0o640)
        let times = [timespec(tv_sec: Int(time), tv_nsec: 0), timespec(tv_sec: Int(time), tv_nsec: 0)]
        try #require(utimensat(AT_FDCWD, path, times, 0) == 0)
    }

    /// The log `NAME.log` as the keeper knows it, without a guard for the disk.
    func kept(_ name: String, _ change: (inout LogPolicy) -> Void = { _ in }) -> LogKeeper.KeptLog {
        var policy = LogPolicy()
        policy.keepFreePercent = 0
        change(&policy)
        return LogKeeper.KeptLog(log: LogPath("\(folder)/\(name).log", policy), policy: policy, app: name)
    }
}

import Foundation
import LinuxSystem
import Testing

@testable import LogFiles

/// A time index that could not be written for a while.
struct IndexRecoveryTests {
    /// Writes a line each second; returns the times that the index knows by their offset.
    private func write(_ count: Int, _ scene: WritingScene) throws {
        for _ in 0..<count {
            try scene.write("a line\n")
            scene.moveAll()
            scene.wall += 1_000_000_000
            scene.boot += 1_000_000_000
        }
    }

    private func times(_ scene: WritingScene) throws -> [Int64: Int64] {
        let path = "\(scene.folder)/a.log"
        let identity = try FileStatus(path: path).identity
        let cursor = try #require(IndexCursor(LogPath.index(of: path), of: identity))
        var times: [Int64: Int64] = [:]
        for offset in stride(from: Int64(0), to: try FileStatus(path: path).size, by: 7) {
            times[offset] = cursor.batch(at: offset)?.time
        }
        return times
    }

    /// The descriptor of this process that is open for a file.
    private func descriptor(of path: String) throws -> Int32 {
        let found = try Directory.names(in: "/proc/self/fd").compactMap { Int32($0) }.first { number in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)")) == path
        }
        return try #require(found)
    }

    @Test(arguments: [1, 5, 400])
    func `entries go on after some that failed`(_ before: Int) throws {
        let scene = try WritingScene()
        let start = scene.wall
        try write(before, scene)
        let number = try descriptor(of: "\(scene.folder)/.a.log.idx")
        let copy = dup(number)
        // From here on every write to the index fails.
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer {
            close(copy)
            close(null)
        }
        try #require(dup2(null, number) == number)
        try write(3, scene)
        try #require(dup2(copy, number) == number)
        try write(5, scene)
        let times = try times(scene)
        for line in 0..<(before + 8) {
            let known = times[Int64(line) * 7].map { ($0 - start) / 1_000_000_000 }
            // Lines whose entries failed may have the time of the next one that went well.
            let range = (before..<before + 3).contains(line) ? line...before + 3 : line...line
            #expect(known.map { range.contains(Int($0)) } == true, "line \(line): \(known ?? -1)")
        }
    }

    @Test func `an index that could not be opened is tried again`() throws {
        let scene = try WritingScene()
        let start = scene.wall
        let path = "\(scene.folder)/.a.log.idx"
        try Directory.create(path, mode: 0o755)
        try write(3, scene)
        rmdir(path)
        try write(20, scene)
        let times = try times(scene)
        #expect(times[22 * 7].map { ($0 - start) / 1_000_000_000 } == 22)
    }
}

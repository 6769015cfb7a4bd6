import CZlib
import Glibc
import LinuxSystem

/// The lines that a log held before its present file.
public enum LogHistory {
    private static let blockBytes = 256 << 10
    /// The most bytes of one rotated file that are shown: a page, not an archive.
    private static let maximumBytes = 4 << 20

    /// The last lines of the rotated files of a log, compressed or not, oldest first, each with its line end.
    ///
    /// - Parameters:
    ///   - count: How many lines at most.
    ///   - log: The log.
    /// - Returns: Their bytes; files that cannot be read are left out.
    public static func lastLines(_ count: Int, of log: LogPath) -> [UInt8] {
        var parts: [[UInt8]] = []
        var missing = count
        for file in RotatedLog.all(of: log).reversed() where missing > 0 {
            let (lines, found) = tail(of: file.path, missing)
            parts.append(lines)
            missing -= found
        }
        return Array(parts.reversed().joined())
    }

    /// The last lines of one file, read onward with bounded memory: gzip cannot be read backwards.
    private static func tail(of path: String, _ count: Int) -> (lines: [UInt8], found: Int) {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return ([], 0) }
        // Reads files that are not compressed as they are.
        guard let stream = gzdopen(descriptor, "rb") else {
            close(descriptor)
            return ([], 0)
        }
        defer { gzclose(stream) }
        var kept: [UInt8] = []
        var block = [UInt8](repeating: 0, count: blockBytes)
        while true {
            let length = gzread(stream, &block, UInt32(blockBytes))
            guard length > 0 else { break }
            kept += block[..<Int(length)]
            if kept.count > 2 * maximumBytes { kept.removeFirst(kept.count - maximumBytes) }
        }
        var found = 0
        var start = kept.endIndex
        while start > 0, found < count {
            let before = kept[..<(start - 1)].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            found += 1
            start = before
        }
        if let last = kept.last, last != 0x0A { kept.append(0x0A) }
        return (Array(kept[start...]), found)
    }
}

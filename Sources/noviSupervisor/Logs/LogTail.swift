import LinuxSystem
import LogFiles
import SupervisorCore

/// Reads the end of a log.
enum LogTail {
    /// The most of a line that is shown on a page, in bytes.
    private static let lineBytes = 8192

    /// The last lines of a log as text, from rotated files as well; nothing for one that cannot be read.
    static func lastLines(_ count: Int, of path: String) -> [String] {
        var lines: [String] = []
        let source = LogSource(log: LogPath(path))
        guard let logs = try? MergedLogs([source], LineConditions(), last: count) else { return [] }
        _ = try? logs.read(isComplete: true) { entry, buffer in
            guard !entry.line.continues else { return }
            let bytes = buffer[entry.line.range].prefix(lineBytes)
            let isCut = bytes.count < entry.line.range.count || entry.line.isContinued
            lines.append(String(decoding: bytes, as: UTF8.self) + (isCut ? " …" : ""))
        }
        return lines
    }
}

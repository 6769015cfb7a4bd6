import LogFiles
import SupervisorClient
import SupervisorCore

/// Reads the end of logs.
enum LogTail {
    /// The most of a line that is shown on a page, in bytes.
    private static let lineBytes = 8192

    /// The last lines of files together as text, in the order and with the signs of `logs`: `|` before standard output, `!`
    /// before standard error.
    ///
    /// - Parameters:
    ///   - count: How many lines.
    ///   - files: The files, of which rotated ones are read as well; nothing comes of those that cannot be read.
    /// - Returns: The lines.
    static func lastLines(_ count: Int, of files: [LogFile]) -> [String] {
        var lines: [String] = []
        let sources = files.map { $0.source(ofPreviousRun: false) }
        guard let logs = try? MergedLogs(sources, LineConditions(), last: count) else { return [] }
        _ = try? logs.read(isComplete: true) { entry, buffer in
            guard !entry.line.continues else { return }
            let bytes = buffer[entry.line.range].prefix(lineBytes)
            let isCut = bytes.count < entry.line.range.count || entry.line.isContinued
            let sign = files[entry.source].origin.stream == .error ? "!" : "|"
            lines.append("\(sign) \(String(decoding: bytes, as: UTF8.self))\(isCut ? " …" : "")")
        }
        return lines
    }
}

import LinuxSystem
import Shared
public import SupervisorCore

/// Asks the journal how far it has got a log, after a daemon that may have died between sending and noting it.
///
/// By `journalctl`, not by its library: the library maps files that others may cut under it, which would end the
/// supervisor with SIGBUS, and it stays in memory for a question that is asked once a start. Where there is no
/// `journalctl` or it does not answer, the committed positions hold alone and a few lines may come twice (M8).
public struct JournalReadback: Sendable {
    private let executable: String?
    private let timeoutMilliseconds: Int

    private static let places = ["/usr/bin/journalctl", "/bin/journalctl"]

    /// Makes a reader.
    ///
    /// - Parameters:
    ///   - executable: The program; `nil` for where it usually is.
    ///   - timeoutMilliseconds: How long each question may take.
    public init(executable: String? = nil, timeoutMilliseconds: Int = 2000) {
        self.executable = executable ?? Self.places.first { FileStatus.exists($0) }
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// A reader that knows nothing.
    public static let none = JournalReadback(executable: "/nonexistent", timeoutMilliseconds: 1)

    /// Waits until journald has taken in what it was sent, so that answers are complete.
    public func synchronize() {
        guard let executable else { return }
        _ = CommandOutput.of(executable, ["--sync"], timeoutMilliseconds: timeoutMilliseconds)
    }

    /// How far the journal has a log.
    ///
    /// - Parameter origin: The process and stream.
    /// - Returns: What the newest entry says that we sent ourselves; `nil` when there is none.
    public func lastOffset(of origin: LineOrigin) -> JournalOffset? {
        guard let executable else { return nil }
        let arguments = [
            // One field only: the message may have megabytes.
            "--output=export", "--output-fields=NOVI_OFFSET", "--lines=1", "--no-pager", "--quiet",
            "NOVI_APP=\(origin.process.app.rawValue)", "NOVI_INSTANCE=\(origin.process.instance)",
            "NOVI_STREAM=\(origin.stream.rawValue)",
            // journald vouches for the sender: an app cannot make us skip lines by sending offsets.
            "_UID=\(CurrentProcess.userID)",
        ]
        guard let output = CommandOutput.of(executable, arguments, timeoutMilliseconds: timeoutMilliseconds)
        else { return nil }
        return Self.offset(inExport: output)
    }

    /// Finds the offset in an entry of the export format: before a field with a length there are only whole lines.
    static func offset(inExport output: [UInt8]) -> JournalOffset? {
        let name = Array("NOVI_OFFSET=".utf8)
        var index = 0
        while index < output.count {
            let end = output[index...].firstIndex(of: 0x0A) ?? output.count
            let line = output[index..<end]
            if line.starts(with: name) {
                return JournalOffset(String(decoding: line.dropFirst(name.count), as: UTF8.self))
            }
            index = end + 1
            // A name alone: the length and the value follow.
            if !line.isEmpty, !line.contains(UInt8(ascii: "=")) {
                guard index + 8 <= output.count else { return nil }
                let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(output[index + $1]) << UInt64(8 * $1) }
                guard let count = Int(exactly: length), count <= output.count - index - 8 else { return nil }
                index += 8 + count + 1
            }
        }
        return nil
    }
}

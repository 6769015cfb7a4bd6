import Glibc
import LinuxSystem
import Shared
import SupervisorCore

/// When files of one log are rotated and what they are called then (docs/LOGS.md).
struct LogRotation {
    let log: LogPath
    let policy: LogPolicy
    private var nextSequence: Int?

    init(log: LogPath, policy: LogPolicy) {
        self.log = log
        self.policy = policy
    }

    /// What two moments of the same period have in common.
    func period(of nanoseconds: Int64) -> String {
        let pattern =
            switch policy.frequency {
            case .never: ""
            case .datePattern: policy.datePattern
            case .minutes: "YYYY-MM-DD HH:mm"
            }
        guard !pattern.isEmpty else { return "" }
        let text = LineStamps.text(of: nanoseconds, pattern: pattern, usesUTC: policy.usesUTC)
        guard case .minutes(let count) = policy.frequency, count > 0 else { return text }
        let clock = text.suffix(5).split(separator: ":").compactMap { Int($0) }
        guard clock.count == 2 else { return text }
        return "\(text.prefix(10)) \((clock[0] * 60 + clock[1]) / count)"
    }

    /// The next moment at which the period has to be asked for again, in nanoseconds since 1970.
    ///
    /// Every civil hour and day of every time zone begins at a quarter of an hour of UTC, so nothing has to be known of
    /// zones here, and a zone that is changed meanwhile is noticed, too.
    func nextLook(after nanoseconds: Int64) -> Int64 {
        let seconds: Int64
        switch policy.frequency {
        case .never: return .max
        case .minutes: seconds = 60
        case .datePattern:
            seconds = policy.datePattern.contains("s") ? 1 : policy.datePattern.contains("m") ? 60 : 900
        }
        let step = seconds * 1_000_000_000
        return (nanoseconds / step + 1) * step
    }

    /// Renames the file and its index; a name that is taken is never overwritten.
    ///
    /// - Parameter began: The time of its first byte, in nanoseconds since 1970.
    /// - Returns: Where it is now.
    /// - Throws: `SystemError`; the file is where it was then.
    mutating func rename(began: Int64) throws(SystemError) -> String {
        let date = RotationDate.nameText(
            LineStamps.text(of: began, pattern: policy.datePattern, usesUTC: policy.usesUTC)
        )
        var sequence = nextSequence ?? (RotatedLog.highestSequence(of: log) + 1)
        while true {
            let digits = String(sequence)
            let number = String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
            let path = "\(log.folder)/\(log.stem)-\(date)-\(number)\(log.suffix)"
            sequence += 1
            guard !FileStatus.exists(path), !FileStatus.exists(path + RotatedLog.compressedSuffix) else {
                continue
            }
            try FileContents.rename(log.path, to: path)
            try? FileContents.rename(LogPath.index(of: log.path), to: LogPath.index(of: path))
            nextSequence = sequence
            return path
        }
    }
}

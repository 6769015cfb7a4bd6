import Glibc
import Shared

/// Civil time as text.
public enum Timestamp {
    /// The present time as RFC 3339 in UTC with milliseconds: `2026-06-10T08:30:00.125Z`.
    ///
    /// - Parameter wait: A time from now; the past when negative.
    /// - Returns: The text.
    public static func now(after wait: Duration = .zero) -> String {
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME, &clock)
        let milliseconds =
            clock.tv_sec * 1000 + clock.tv_nsec / 1_000_000 + Int(clamping: wait.wholeMilliseconds)
        return text(seconds: milliseconds / 1000, milliseconds: milliseconds % 1000)
    }

    /// The text of a point in time since 1970.
    static func text(seconds: Int, milliseconds: Int) -> String {
        var seconds = time_t(seconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ number: Int32, _ width: Int = 2) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"
            + "T\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))"
            + ".\(padded(Int32(clamping: milliseconds), 3))Z"
    }
}

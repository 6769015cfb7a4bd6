import Glibc
public import Shared

/// The clocks of this machine.
public enum Clocks {
    /// Nanoseconds since boot (CLOCK_BOOTTIME).
    ///
    /// Not CLOCK_MONOTONIC: that one stands still while the machine sleeps, and an app's uptime and back-off should not.
    /// It is also the clock of start times in /proc.
    public static func monotonicNanoseconds() -> Int64 {
        read(CLOCK_BOOTTIME)
    }

    /// Nanoseconds since 1970 (CLOCK_REALTIME); it can jump.
    public static func realtimeNanoseconds() -> Int64 {
        read(CLOCK_REALTIME)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // Cannot fail for these clocks.
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// The civil time of this machine's time zone (localtime_r(3)); `nil` for a year that does not fit.
    public static func localTime(of realtimeNanoseconds: Int64) -> CivilTime? {
        var seconds = time_t(realtimeNanoseconds.flooredSeconds)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return nil }
        return CivilTime(parts)
    }

    /// Looks whether the machine has another time zone now, or other rules for it (tzset(3)).
    ///
    /// localtime_r(3) looks at TZ and /etc/localtime once only.
    public static func refreshTimeZone() {
        tzset()
    }

    /// When this machine's time zone shows a civil time (mktime(3)), in nanoseconds since 1970.
    ///
    /// Days and hours beyond their range count on. Of a time that a change of the clocks skips or repeats it is one of the two.
    public static func nanoseconds(ofLocal time: CivilTime) -> Int64? {
        var parts = time.parts
        parts.tm_isdst = -1
        let seconds = mktime(&parts)
        return seconds == -1 ? nil : Int64(seconds) * 1_000_000_000
    }

    /// When a clock in UTC shows a civil time (timegm(3)), in nanoseconds since 1970.
    public static func nanoseconds(ofUTC time: CivilTime) -> Int64 {
        var parts = time.parts
        return Int64(timegm(&parts)) * 1_000_000_000
    }

    /// The time in UTC with milliseconds, such as `2025-06-01T12:00:00.250Z` (RFC 3339).
    public static func timestamp(of realtimeNanoseconds: Int64) -> String {
        var seconds = time_t(realtimeNanoseconds.flooredSeconds)
        var parts = tm()
        guard gmtime_r(&seconds, &parts) != nil else { return "1970-01-01T00:00:00.000Z" }
        let time = CivilTime(parts)
        let nanoseconds = realtimeNanoseconds - Int64(seconds) * 1_000_000_000
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        func append(_ value: Int, _ width: Int, _ separator: UInt8) {
            var divisor = 1
            for _ in 1..<width { divisor *= 10 }
            while divisor > 0 {
                bytes.append(48 + UInt8(value / divisor % 10))
                divisor /= 10
            }
            bytes.append(separator)
        }
        append(time.year, 4, UInt8(ascii: "-"))
        append(time.month, 2, UInt8(ascii: "-"))
        append(time.day, 2, UInt8(ascii: "T"))
        append(time.hour, 2, UInt8(ascii: ":"))
        append(time.minute, 2, UInt8(ascii: ":"))
        append(time.second, 2, UInt8(ascii: "."))
        append(Int(nanoseconds / 1_000_000), 3, UInt8(ascii: "Z"))
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension CivilTime {
    fileprivate var parts: tm {
        var parts = tm()
        parts.tm_year = Int32(clamping: year - 1900)
        parts.tm_mon = Int32(clamping: month - 1)
        parts.tm_mday = Int32(clamping: day)
        parts.tm_hour = Int32(clamping: hour)
        parts.tm_min = Int32(clamping: minute)
        parts.tm_sec = Int32(clamping: second)
        return parts
    }

    fileprivate init(_ parts: tm) {
        self.init(
            year: Int(parts.tm_year) + 1900,
            month: Int(parts.tm_mon) + 1,
            day: Int(parts.tm_mday),
            hour: Int(parts.tm_hour),
            minute: Int(parts.tm_min),
            second: Int(parts.tm_sec),
            weekday: Int(parts.tm_wday),
            secondsFromUTC: Int(parts.tm_gmtoff)
        )
    }
}

extension Int64 {
    /// Whole seconds, downwards: also right before 1970.
    fileprivate var flooredSeconds: Int64 {
        let quotient = self / 1_000_000_000
        return self % 1_000_000_000 < 0 ? quotient - 1 : quotient
    }
}

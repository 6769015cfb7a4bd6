import Glibc

/// A point in time as PostgreSQL's `timestamptz` keeps it: microseconds, no zone.
///
/// Exact to the last digit, so that a page's cursor finds its row again.
public struct UTCInstant: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Microseconds since 1970 in UTC.
    public let microseconds: Int64

    /// Makes an instant of microseconds since 1970.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The present time of the machine's clock (clock_gettime(2), CLOCK_REALTIME).
    public static func now() -> UTCInstant {
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME, &clock)
        return UTCInstant(microseconds: Int64(clock.tv_sec) * 1_000_000 + Int64(clock.tv_nsec) / 1000)
    }

    /// Whether one comes before the other.
    public static func < (left: UTCInstant, right: UTCInstant) -> Bool {
        left.microseconds < right.microseconds
    }

    /// Moves an instant.
    public static func + (instant: UTCInstant, duration: Duration) -> UTCInstant {
        let (seconds, attoseconds) = duration.components
        return UTCInstant(
            microseconds: instant.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        )
    }

    /// Moves an instant back.
    public static func - (instant: UTCInstant, duration: Duration) -> UTCInstant {
        instant + (.zero - duration)
    }

    /// The time between two instants.
    public static func - (left: UTCInstant, right: UTCInstant) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }

    /// RFC 3339 in UTC with three digits, six where they say more: `2026-06-10T08:30:00.125Z`.
    public var description: String {
        let micros = UTCInstant.remainder(microseconds, 1_000_000)
        let seconds = (microseconds - micros) / 1_000_000
        let secondOfDay = UTCInstant.remainder(seconds, 86_400)
        let date = CalendarDate(daysSince1970: Int((seconds - secondOfDay) / 86_400))
        let isWholeMilliseconds = micros % 1000 == 0
        return "\(date)T\(padded(Int(secondOfDay / 3600), 2)):\(padded(Int(secondOfDay / 60 % 60), 2))"
            + ":\(padded(Int(secondOfDay % 60), 2))"
            + ".\(isWholeMilliseconds ? padded(Int(micros / 1000), 3) : padded(Int(micros), 6))Z"
    }

    /// The remainder that is never negative.
    private static func remainder(_ value: Int64, _ divisor: Int64) -> Int64 {
        let remainder = value % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}

extension UTCInstant {
    /// Reads RFC 3339 or PostgreSQL's ISO form: `2026-06-10 08:30:00.125+00`, `2026-06-10T09:30:00+01:00`.
    ///
    /// - Parameter text: The text; more than six digits of a second are cut. `nil` for anything else, also for a time
    ///   without a zone.
    public init?(_ text: String) {
        var reader = DigitReader(text)
        guard let date = reader.date(), reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.number(digits: 2), hour <= 24, reader.take(":"),
            let minute = reader.number(digits: 2), minute < 60
        else { return nil }
        var second = 0
        var micros = 0
        if reader.take(":") {
            guard let number = reader.number(digits: 2), number <= 60 else { return nil }
            second = number
            if reader.take(".") {
                guard let fraction = reader.fraction(digits: 6) else { return nil }
                micros = fraction
            }
        }
        guard let offset = reader.zoneOffset(), reader.isAtEnd else { return nil }
        let seconds = date.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second - offset
        microseconds = Int64(seconds) * 1_000_000 + Int64(micros)
    }
}

extension UTCInstant: DatabaseValue {
    /// PostgreSQL's text format.
    public var databaseText: String? { description }

    /// Reads PostgreSQL's text format; `nil` for anything else.
    public init?(databaseText: String) { self.init(databaseText) }
}

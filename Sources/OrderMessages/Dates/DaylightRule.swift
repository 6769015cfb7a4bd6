/// The rule for times after the last transition of a zone: `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX TZ, RFC 9636 section 3.3.1).
struct DaylightRule: Sendable {
    private let standard: Int
    private let daylight: (offset: Int, start: Change, end: Change)?

    /// When it changes, in a year.
    private struct Change: Sendable {
        enum Day: Sendable {
            /// `Mm.w.d`
            case weekday(month: Int, week: Int, weekday: Int)
            /// `Jn`: 1 to 365, 29 February never counted.
            case julian(Int)
            /// `n`: 0 to 365.
            case ordinal(Int)
        }
        let day: Day
        /// Seconds after midnight, may be negative or more than a day.
        let time: Int
    }

    /// Reads a rule; `nil` when it is none.
    init?(_ text: String) {
        var scanner = RuleScanner(text)
        guard scanner.skipName(), let standard = scanner.offset() else { return nil }
        self.standard = -standard
        guard !scanner.isAtEnd else {
            daylight = nil
            return
        }
        guard scanner.skipName() else { return nil }
        let offset = scanner.peek == 0x2C ? -standard + 3600 : scanner.offset().map { -$0 }
        guard let offset, let start = DaylightRule.change(&scanner), let end = DaylightRule.change(&scanner),
            scanner.isAtEnd
        else { return nil }
        daylight = (offset, start, end)
    }

    /// Seconds ahead of UTC at an instant.
    func offset(at instant: Int64) -> Int {
        guard let daylight else { return standard }
        let local = instant + Int64(standard)
        let year = CivilDate(
            daysSince1970: Int(clamping: local >= 0 ? local / 86_400 : (local - 86_399) / 86_400)
        ).year
        let start = DaylightRule.instant(daylight.start, year) - Int64(standard)
        let end = DaylightRule.instant(daylight.end, year) - Int64(daylight.offset)
        let isDaylight = start < end ? (start..<end).contains(instant) : !(end..<start).contains(instant)
        return isDaylight ? daylight.offset : standard
    }

    private static func change(_ scanner: inout RuleScanner) -> Change? {
        guard scanner.skip(0x2C) else { return nil }
        let day: Change.Day
        if scanner.skip(0x4D) {
            guard let month = scanner.number(), scanner.skip(0x2E), let week = scanner.number(),
                scanner.skip(0x2E),
                let weekday = scanner.number(), (1...12).contains(month), (1...5).contains(week),
                (0...6).contains(weekday)
            else { return nil }
            day = .weekday(month: month, week: week, weekday: weekday)
        } else if scanner.skip(0x4A) {
            guard let number = scanner.number(), (1...365).contains(number) else { return nil }
            day = .julian(number)
        } else {
            guard let number = scanner.number(), (0...365).contains(number) else { return nil }
            day = .ordinal(number)
        }
        guard scanner.skip(0x2F) else { return Change(day: day, time: 7200) }
        return scanner.offset().map { Change(day: day, time: $0) }
    }

    /// The change in seconds since 1970, as if its clock were UTC.
    private static func instant(_ change: Change, _ year: Int) -> Int64 {
        let newYear = CivilDate(year: max(1, min(9999, year)), month: 1, day: 1)?.daysSince1970 ?? 0
        let days: Int
        switch change.day {
        case .ordinal(let number): days = newYear + number
        case .julian(let number):
            let isLeap = CivilDate.days(inMonth: 2, of: year) == 29
            days = newYear + number - 1 + (isLeap && number >= 60 ? 1 : 0)
        case .weekday(let month, let week, let weekday):
            let first = CivilDate(year: max(1, min(9999, year)), month: month, day: 1)?.daysSince1970 ?? 0
            // 1 January 1970 was a Thursday.
            let firstWeekday = ((first + 4) % 7 + 7) % 7
            var day = (weekday - firstWeekday + 7) % 7 + 7 * (week - 1)
            while day >= CivilDate.days(inMonth: month, of: year) { day -= 7 }
            days = first + day
        }
        return Int64(days) * 86_400 + Int64(change.time)
    }
}

/// Reads the parts of a rule.
private struct RuleScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { position == bytes.count }
    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    /// `CET` or `<+0330>`.
    mutating func skipName() -> Bool {
        let start = position
        if skip(0x3C) {
            while let byte = peek, byte != 0x3E { _ = skip(byte) }
            return skip(0x3E)
        }
        while let byte = peek, (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) { _ = skip(byte) }
        return position - start >= 3
    }

    mutating func number() -> Int? {
        let start = position
        while let byte = peek, (0x30...0x39).contains(byte), position - start < 4 { _ = skip(byte) }
        return Int(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    /// `-1`, `5:30`, `+3:00:00` in seconds.
    mutating func offset() -> Int? {
        let isNegative = skip(0x2D)
        if !isNegative { _ = skip(0x2B) }
        guard var seconds = number().map({ $0 * 3600 }) else { return nil }
        for unit in [60, 1] where skip(0x3A) {
            guard let part = number() else { return nil }
            seconds += part * unit
        }
        return isNegative ? -seconds : seconds
    }
}

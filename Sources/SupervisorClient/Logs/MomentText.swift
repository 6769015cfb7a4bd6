import Glibc
import LinuxSystem
import Shared

/// Moments as people type them: `2026-11-24 12:30`, `12:30`, `yesterday`, `10m`, `2h ago`, RFC 3339.
public enum MomentText {
    private static let second: Int64 = 1_000_000_000
    /// More is a slip of the finger: a hundred years.
    private static let longestSeconds: Int64 = 100 * 366 * 86_400

    /// Reads a moment.
    ///
    /// - Parameters:
    ///   - text: What was typed.
    ///   - now: Nanoseconds since 1970.
    /// - Returns: Nanoseconds since 1970; `nil` when it is no moment.
    public static func nanoseconds(_ text: String, now: Int64) -> Int64? {
        switch text {
        case "now": return now
        case "today": return midnight(now, daysBefore: 0)
        case "yesterday": return midnight(now, daysBefore: 1)
        default: break
        }
        if text.hasPrefix("@") { return epoch(text.dropFirst()) }
        if let span = ago(text) { return now - span }
        return civil(text, now: now)
    }

    /// Reads the moment of an option such as `--since`.
    public static func option(_ text: String?, _ name: String) throws(CommandFailure) -> Int64? {
        guard let text else { return nil }
        guard let moment = nanoseconds(text, now: Clocks.realtimeNanoseconds()) else {
            throw CommandFailure(
                "\(name) \(text) is no time",
                .usage,
                hint: "write 10m, 2h, yesterday, 12:30, 2026-11-24, \"2026-11-24 12:30\" or RFC 3339"
            )
        }
        return moment
    }

    /// Refuses a time that ends before it begins.
    public static func check(_ since: Int64?, _ until: Int64?) throws(CommandFailure) {
        guard let since, let until, until < since else { return }
        throw CommandFailure("--until is before --since", .usage)
    }

    /// `10m`, `-10m`, `1h30m`, `2 hours ago`.
    private static func ago(_ text: String) -> Int64? {
        var rest = text[...]
        if rest.hasPrefix("-") { rest = rest.dropFirst() }
        if rest.hasSuffix(" ago") { rest = rest.dropLast(4) }
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int64(digits), number <= longestSeconds else { return nil }
            rest = rest.dropFirst(digits.count).drop { $0 == " " }
            let word = rest.prefix { $0.isLetter }
            guard let seconds = unit(word), number <= longestSeconds / seconds else { return nil }
            total += number * seconds
            rest = rest.dropFirst(word.count).drop { $0 == " " }
        }
        return total <= longestSeconds ? total * second : nil
    }

    private static func unit(_ word: Substring) -> Int64? {
        switch word {
        case "s", "sec", "second", "seconds": 1
        case "m", "min", "minute", "minutes": 60
        case "h", "hour", "hours": 3600
        case "d", "day", "days": 86_400
        case "w", "week", "weeks": 7 * 86_400
        default: nil
        }
    }

    private static func epoch(_ text: Substring) -> Int64? {
        guard let seconds = Double(text), abs(seconds) < Double(4 * longestSeconds) else { return nil }
        return Int64(seconds * 1000) * 1_000_000
    }

    private static func midnight(_ now: Int64, daysBefore days: Int) -> Int64? {
        guard var time = Clocks.localTime(of: now) else { return nil }
        time.day -= days
        time.hour = 0
        time.minute = 0
        time.second = 0
        return Clocks.nanoseconds(ofLocal: time)
    }

    /// A date, a time of day, or both; local, unless an offset from UTC follows.
    private static func civil(_ text: String, now: Int64) -> Int64? {
        var scanner = DigitScanner(text)
        guard var time = Clocks.localTime(of: now) else { return nil }
        var nanoseconds: Int64 = 0
        time.second = 0
        let hasDate = scanner.comesDate
        if hasDate {
            guard let year = scanner.number(4), scanner.take("-"), let month = scanner.number(2),
                scanner.take("-"), let day = scanner.number(2), (1...12).contains(month),
                (1...31).contains(day)
            else { return nil }
            (time.year, time.month, time.day, time.hour, time.minute) = (year, month, day, 0, 0)
        }
        if !hasDate || scanner.take("T") || scanner.take(" ") {
            guard let hour = scanner.number(2), scanner.take(":"), let minute = scanner.number(2), hour < 24,
                minute < 60
            else { return nil }
            (time.hour, time.minute) = (hour, minute)
            if scanner.take(":") {
                guard let seconds = scanner.number(2), seconds <= 60 else { return nil }
                time.second = seconds
                if scanner.take(".") || scanner.take(",") {
                    guard let fraction = scanner.fraction() else { return nil }
                    nanoseconds = fraction
                }
            }
        }
        if hasDate, let offset = scanner.offsetFromUTC() {
            guard scanner.isAtEnd else { return nil }
            return Clocks.nanoseconds(ofUTC: time) + nanoseconds - Int64(offset) * second
        }
        guard scanner.isAtEnd else { return nil }
        return Clocks.nanoseconds(ofLocal: time).map { $0 + nanoseconds }
    }
}

/// Takes numbers of fixed width off a text.
private struct DigitScanner {
    private var rest: [UInt8]

    init(_ text: String) { rest = Array(text.utf8) }

    var isAtEnd: Bool { rest.isEmpty }
    /// Whether four digits and a dash come.
    var comesDate: Bool { rest.count > 4 && rest[4] == UInt8(ascii: "-") }

    mutating func take(_ character: Character) -> Bool {
        guard let byte = character.asciiValue, rest.first == byte else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(_ width: Int) -> Int? {
        guard rest.count >= width, rest[..<width].allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        defer { rest.removeFirst(width) }
        return rest[..<width].reduce(0) { $0 * 10 + Int($1) - 0x30 }
    }

    /// Up to nine digits behind a point, in nanoseconds.
    mutating func fraction() -> Int64? {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard (1...9).contains(digits.count) else { return nil }
        rest.removeFirst(digits.count)
        return (digits + Array(repeating: 0x30, count: 9 - digits.count))
            .reduce(0) { $0 * 10 + Int64($1) - 0x30 }
    }

    /// `Z`, `+02:00`, `-0330` in seconds; `nil` when there is none.
    mutating func offsetFromUTC() -> Int? {
        if take("Z") { return 0 }
        let sign = rest.first == UInt8(ascii: "-") ? -1 : 1
        guard take("+") || take("-") else { return nil }
        guard let hours = number(2), hours < 24 else { return nil }
        _ = take(":")
        guard let minutes = number(2), minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}

import LinuxSystem
import Shared
import SupervisorCore

/// The texts of the times of lines; one is made for each moment that differs in the text.
public final class LineStamps {
    private let pattern: String?
    private let usesUTC: Bool
    private let resolution: Int64
    private var text: [UInt8] = []
    private var moment: Int64?

    /// Makes stamps.
    ///
    /// - Parameters:
    ///   - pattern: In moment.js letters; `nil` for RFC 3339 in UTC.
    ///   - usesUTC: Whether a pattern tells the time in UTC.
    public init(pattern: String?, usesUTC: Bool = false) {
        self.pattern = pattern
        self.usesUTC = usesUTC
        resolution = pattern.map { $0.contains("S") } ?? true ? 1_000_000 : 1_000_000_000
    }

    /// The text of a time.
    public func text(of nanoseconds: Int64) -> [UInt8] {
        let moment = nanoseconds / resolution
        if moment == self.moment { return text }
        self.moment = moment
        text = Array(Self.text(of: nanoseconds, pattern: pattern, usesUTC: usesUTC).utf8)
        return text
    }

    /// The text of a time in a pattern.
    static func text(of nanoseconds: Int64, pattern: String?, usesUTC: Bool) -> String {
        guard let pattern, let time = usesUTC ? utc(nanoseconds) : Clocks.localTime(of: nanoseconds) else {
            return Clocks.timestamp(of: nanoseconds)
        }
        let milliseconds = Int((nanoseconds % 1_000_000_000 + 1_000_000_000) % 1_000_000_000 / 1_000_000)
        var result = ""
        var rest = pattern[...]
        while let letter = rest.first {
            if letter == "[", let end = rest.firstIndex(of: "]") {
                result += rest[rest.index(after: rest.startIndex)..<end]
                rest = rest[rest.index(after: end)...]
                continue
            }
            let run = rest.prefix { $0 == letter }
            rest = rest.dropFirst(run.count)
            result += part(letter, run.count, time, milliseconds) ?? String(run)
        }
        return result
    }

    private static func utc(_ nanoseconds: Int64) -> CivilTime? {
        // RFC 3339 has all the parts at fixed places.
        let text = Array(Clocks.timestamp(of: nanoseconds).utf8)
        guard text.count == 24 else { return nil }
        func number(_ range: Range<Int>) -> Int { text[range].reduce(0) { $0 * 10 + Int($1) - 48 } }
        return CivilTime(
            year: number(0..<4),
            month: number(5..<7),
            day: number(8..<10),
            hour: number(11..<13),
            minute: number(14..<16),
            second: number(17..<19)
        )
    }

    private static func part(
        _ letter: Character,
        _ count: Int,
        _ time: CivilTime,
        _ milliseconds: Int
    ) -> String? {
        switch (letter, count) {
        case ("Y", 4): return padded(time.year, 4)
        case ("Y", 2): return padded(time.year % 100, 2)
        case ("M", 1...2): return padded(time.month, count)
        case ("D", 1...2): return padded(time.day, count)
        case ("H", 1...2): return padded(time.hour, count)
        case ("h", 1...2): return padded((time.hour + 11) % 12 + 1, count)
        case ("m", 1...2): return padded(time.minute, count)
        case ("s", 1...2): return padded(time.second, count)
        case ("S", 1): return padded(milliseconds / 100, 1)
        case ("S", 2): return padded(milliseconds / 10, 2)
        case ("S", 3): return padded(milliseconds, 3)
        case ("A", 1): return time.hour < 12 ? "AM" : "PM"
        case ("a", 1): return time.hour < 12 ? "am" : "pm"
        case ("Z", 1...2):
            let minutes = abs(time.secondsFromUTC) / 60
            let sign = time.secondsFromUTC < 0 ? "-" : "+"
            return sign + padded(minutes / 60, 2) + (count == 1 ? ":" : "") + padded(minutes % 60, 2)
        default: return nil
        }
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

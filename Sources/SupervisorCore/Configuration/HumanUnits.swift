public import Shared

/// Amounts as people write them in a configuration: `"300M"`, `"1.5G"`, `"5s"`, `"2m"`.
///
/// Bytes count in steps of 1024, as PM2's `max_memory_restart` does. A bare number of time is milliseconds.
public enum HumanUnits {
    /// Why a text is no amount.
    public enum Failure: Error, Hashable, Sendable {
        /// Not a number with one of the units.
        case malformed
        /// Less than nothing.
        case negative
        /// More than 64 bits can count.
        case tooLarge
    }

    /// Reads `512`, `512k`, `300M`, `1.5G`, `2T`, each also with a `B` or `iB` behind the letter.
    ///
    /// - Throws: Why the text is no amount of bytes.
    public static func bytes(_ text: some StringProtocol) throws(Failure) -> ByteCount {
        let (number, unit) = try split(text)
        let scale: UInt64
        switch unit.lowercased() {
        case "", "b": scale = 1
        case "k", "kb", "kib": scale = 1 << 10
        case "m", "mb", "mib": scale = 1 << 20
        case "g", "gb", "gib": scale = 1 << 30
        case "t", "tb", "tib": scale = 1 << 40
        default: throw .malformed
        }
        return ByteCount(try number.scaled(by: scale))
    }

    /// Reads `1500`, `500ms`, `1.5s`, `2m`, `1h`, `1d`; a number without a unit is milliseconds.
    ///
    /// - Throws: Why the text is no time.
    public static func duration(_ text: some StringProtocol) throws(Failure) -> Duration {
        let (number, unit) = try split(text)
        let scale: UInt64
        switch unit.lowercased() {
        case "", "ms": scale = 1_000_000
        case "s": scale = 1_000_000_000
        case "m", "min": scale = 60_000_000_000
        case "h": scale = 3_600_000_000_000
        case "d": scale = 86_400_000_000_000
        default: throw .malformed
        }
        return .nanoseconds(try number.scaled(by: scale))
    }

    /// Writes a time with the largest unit that gives a whole number: `5s`, `1500ms`, `2m`.
    public static func text(_ duration: Duration) -> String {
        let milliseconds = duration.wholeMilliseconds
        if milliseconds == 0 { return "0" }
        if milliseconds % 3_600_000 == 0 { return "\(milliseconds / 3_600_000)h" }
        if milliseconds % 60_000 == 0 { return "\(milliseconds / 60_000)m" }
        if milliseconds % 1000 == 0 { return "\(milliseconds / 1000)s" }
        return "\(milliseconds)ms"
    }

    /// A decimal number, kept as digits so that `0.1G` is not off by what binary fractions cannot hold.
    private struct Decimal {
        /// All digits, without the point.
        var digits: UInt64
        /// The power of ten that the digits are divided by.
        var divisor: UInt64

        /// The number times `scale`, cut to a whole number.
        func scaled(by scale: UInt64) throws(Failure) -> Int64 {
            let (high, low) = digits.multipliedFullWidth(by: scale)
            // Otherwise the quotient does not fit 64 bits, and the division traps.
            guard high < divisor else { throw .tooLarge }
            guard let whole = Int64(exactly: divisor.dividingFullWidth((high, low)).quotient) else {
                throw .tooLarge
            }
            return whole
        }
    }

    private static func split(_ text: some StringProtocol) throws(Failure) -> (Decimal, String) {
        let bytes = trimmed(Array(text.utf8)[...])
        if bytes.first == UInt8(ascii: "-") { throw .negative }
        let isNumeric: (UInt8) -> Bool = { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        let numberEnd = bytes.firstIndex { !isNumeric($0) } ?? bytes.endIndex
        let parts = bytes[..<numberEnd].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, parts.count <= 2 else { throw .malformed }
        var fraction: ArraySlice<UInt8> = []
        if parts.count == 2 {
            fraction = parts[1]
            guard !fraction.isEmpty, fraction.count <= 6 else { throw .malformed }
        }
        var digits: UInt64 = 0
        var divisor: UInt64 = 1
        for digit in whole + fraction {
            let (tens, overflow) = digits.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflow) = tens.addingReportingOverflow(UInt64(digit - 0x30))
            guard !overflow, !sumOverflow else { throw .tooLarge }
            digits = sum
        }
        for _ in fraction { divisor *= 10 }
        let unit = String(decoding: trimmed(bytes[numberEnd...]), as: UTF8.self)
        return (Decimal(digits: digits, divisor: divisor), unit)
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        let start = bytes.drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return [] }
        return start[...last]
    }
}

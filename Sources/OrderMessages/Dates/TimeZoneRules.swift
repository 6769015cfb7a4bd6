/// A time zone of the tz database, read from the bytes of its file (TZif, RFC 9636).
///
/// Foundation's zones need ICU, and localtime_r(3) knows only the zone of the process.
public struct TimeZoneRules: Sendable {
    private let transitions: [Int64]
    private let offsets: [Int]
    private let firstOffset: Int
    private let footer: DaylightRule?

    /// A zone that is always so many seconds ahead of UTC.
    public init(fixedOffset: Int) {
        transitions = []
        offsets = []
        firstOffset = fixedOffset
        footer = nil
    }

    /// Reads a file of versions 1 to 4; `nil` when it is damaged.
    public init?(tzif bytes: [UInt8]) {
        guard let first = TZifBlock(bytes, at: 0, timeBytes: 4) else { return nil }
        guard bytes[4] >= 0x32 else {
            self.init(block: first, footer: nil)
            return
        }
        guard let second = TZifBlock(bytes, at: first.end, timeBytes: 8) else { return nil }
        let text = bytes[second.end...]
        guard text.first == 0x0A, let end = text.dropFirst().firstIndex(of: 0x0A) else { return nil }
        let rule = String(decoding: text[(second.end + 1)..<end], as: UTF8.self)
        self.init(block: second, footer: DaylightRule(rule))
    }

    private init(block: TZifBlock, footer: DaylightRule?) {
        transitions = block.transitions
        offsets = block.offsets
        firstOffset = block.firstOffset
        self.footer = footer
    }

    /// Seconds ahead of UTC at an instant, in seconds since 1970.
    public func offset(at instant: Int64) -> Int {
        guard let last = transitions.last, instant < last else {
            return footer?.offset(at: instant) ?? offsets.last ?? firstOffset
        }
        // The last transition that is not after the instant.
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= instant { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? firstOffset : offsets[low - 1]
    }

    /// The day there at an instant, in seconds since 1970.
    public func day(at instant: Int64) -> CivilDate {
        let local = instant + Int64(offset(at: instant))
        let days = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
        return CivilDate(daysSince1970: Int(clamping: max(-700_000, min(days, 2_900_000))))
    }
}

/// The transitions of one block of a TZif file.
private struct TZifBlock {
    private(set) var transitions: [Int64] = []
    private(set) var offsets: [Int] = []
    private(set) var firstOffset = 0
    /// The byte after the block.
    let end: Int

    init?(_ bytes: [UInt8], at start: Int, timeBytes: Int) {
        guard bytes.count >= start + 44, bytes[start..<start + 4].elementsEqual("TZif".utf8) else {
            return nil
        }
        func number(_ position: Int, _ count: Int) -> Int64 {
            var value: Int64 =
                count == 4
                ? Int64(Int8(bitPattern: bytes[position])) : Int64(Int8(bitPattern: bytes[position]))
            for index in 1..<count { value = value << 8 | Int64(bytes[position + index]) }
            return value
        }
        let counts = (0..<6).map { Int(number(start + 20 + 4 * $0, 4)) }
        let (isUT, isStandard, leaps) = (counts[0], counts[1], counts[2])
        let (times, types, letters) = (counts[3], counts[4], counts[5])
        guard counts.allSatisfy({ (0...10_000).contains($0) }), types > 0 else { return nil }
        let timesAt = start + 44
        let typesAt = timesAt + times * timeBytes
        let infoAt = typesAt + times
        end = infoAt + types * 6 + letters + leaps * (timeBytes + 4) + isStandard + isUT
        guard bytes.count >= end else { return nil }
        func offset(_ type: Int) -> Int { Int(number(infoAt + 6 * type, 4)) }
        firstOffset = offset(0)
        for index in 0..<times {
            let type = Int(bytes[typesAt + index])
            guard type < types else { return nil }
            transitions.append(number(timesAt + index * timeBytes, timeBytes))
            offsets.append(offset(type))
        }
    }
}

/// Reads an instant with its offset: `2026-06-10T09:30:00+01:00` (RFC 3339).
public enum RFC3339 {
    /// Seconds since 1970; `nil` when the text is no such time.
    public static func seconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[10] == 0x54 || bytes[10] == 0x74 || bytes[10] == 0x20,
            let day = CivilDate(String(decoding: bytes[..<10], as: UTF8.self)),
            bytes[13] == 0x3A, bytes[16] == 0x3A,
            let hour = number(bytes, 11), let minute = number(bytes, 14), let second = number(bytes, 17),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var position = 19
        if bytes[position] == 0x2E {
            position += 1
            while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        }
        guard let offset = offset(bytes[min(position, bytes.count)...]) else { return nil }
        return Int64(day.daysSince1970) * 86_400 + Int64(hour * 3600 + minute * 60 + second - offset)
    }

    private static func offset(_ bytes: ArraySlice<UInt8>) -> Int? {
        let bytes = Array(bytes)
        if bytes == [0x5A] || bytes == [0x7A] { return 0 }
        guard bytes.count == 6, bytes[3] == 0x3A, bytes[0] == 0x2B || bytes[0] == 0x2D,
            let hours = number(bytes, 1),
            let minutes = number(bytes, 4), hours < 24, minutes < 60
        else { return nil }
        return (bytes[0] == 0x2D ? -1 : 1) * (hours * 3600 + minutes * 60)
    }

    private static func number(_ bytes: [UInt8], _ position: Int) -> Int? {
        guard position + 2 <= bytes.count, (0x30...0x39).contains(bytes[position]),
            (0x30...0x39).contains(bytes[position + 1])
        else {
            return nil
        }
        return Int(bytes[position] - 0x30) * 10 + Int(bytes[position + 1] - 0x30)
    }
}

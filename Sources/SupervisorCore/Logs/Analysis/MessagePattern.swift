import Shared

/// The part of a line that is the same each time the same thing happens: without time and level, with numbers and
/// identities left out.
///
///     2026-11-24T04:05:02Z ERROR order 4711 of user7: timeout after 30.5 s    order # of user#: timeout after # s
///     {"level":"error","msg":"no row for 1b4e28ba-2fa1-11d2-883f-0016d3cca427"}    no row for <id>
public enum MessagePattern {
    /// The longest pattern, in bytes.
    public static let maximumBytes = 200
    private static let maximumJSONBytes = 64 << 10
    private static let messageKeys = ["message", "msg", "error", "err", "event"]

    /// The pattern of a line.
    public static func text(of line: ArraySlice<UInt8>) -> String {
        normalized(message(of: line))
    }

    // MARK: - The message

    /// What a line says: the message of a JSON record or of pairs, else what follows time and level.
    static func message(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = withoutColours(line)
        if rest.first == UInt8(ascii: "{"), rest.count <= maximumJSONBytes,
            let record = try? JSONValue(parsing: Array(rest)), let text = message(of: record)
        {
            return Array(text.utf8)[...]
        }
        if let text = pair(["msg=", "message="], in: rest) { return text }
        rest = withoutPriority(rest)
        // Time, level and brackets in whatever order: what comes first and says nothing of the matter.
        while true {
            let blanks = rest.drop { $0 == 0x20 || $0 == 0x09 }
            let word = blanks.prefix { $0 != 0x20 && $0 != 0x09 }
            guard !word.isEmpty, isTime(word) || isLevel(word) else { return blanks }
            rest = blanks.dropFirst(word.count)
        }
    }

    private static func message(of record: JSONValue) -> String? {
        for key in messageKeys {
            if let text = record[key]?.stringValue { return text }
            if let text = record[key]?["message"]?.stringValue { return text }
        }
        return nil
    }

    /// The value of the first of these keys in a line of pairs.
    static func pair(_ keys: [String], in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        for key in keys {
            guard let start = ByteText.find(key, in: line, atWordStart: true) else { continue }
            let value = line[start...].dropFirst(key.utf8.count)
            guard value.first == UInt8(ascii: "\"") else {
                return value.prefix { $0 != 0x20 && $0 != 0x09 }
            }
            var isEscaped = false
            let text = value.dropFirst().prefix { byte in
                defer { isEscaped = byte == UInt8(ascii: "\\") && !isEscaped }
                return byte != UInt8(ascii: "\"") || isEscaped
            }
            return text
        }
        return nil
    }

    private static func withoutPriority(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let head = Array(line.prefix(3))
        guard head.count == 3, head[0] == UInt8(ascii: "<"), ASCII.isDigit(head[1]),
            head[2] == UInt8(ascii: ">")
        else { return line }
        return line.dropFirst(3)
    }

    private static func withoutColours(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard line.contains(0x1B) else { return line }
        var result: [UInt8] = []
        var index = line.startIndex
        while index < line.endIndex {
            let rest = line[index...]
            if let end = ByteText.colourEnd(rest.span, 0) {
                index += end
            } else {
                result.append(line[index])
                index += 1
            }
        }
        return result[...]
    }

    private static let timeBytes = Set("0123456789-:.,/+TZ[]()".utf8)

    private static func isTime(_ word: ArraySlice<UInt8>) -> Bool {
        word.allSatisfy { timeBytes.contains($0) } && word.contains { ASCII.isDigit($0) }
            && word.contains { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "/") }
    }

    private static func isLevel(_ word: ArraySlice<UInt8>) -> Bool {
        let letters = word.drop { !isLetter($0) }.prefix { isLetter($0) }
        guard letters.count >= 3, word.count <= letters.count + 3 else { return false }
        let name = String(decoding: letters, as: UTF8.self)
        // `Error:` in mixed case begins many messages; then it is part of them.
        guard name == name.uppercased() || word.first == UInt8(ascii: "[") || name == name.lowercased() else {
            return false
        }
        return LogLevel(name: name.lowercased()) != nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A }

    // MARK: - What varies

    /// A message with its numbers and identities left out, blanks drawn together, cut to ``maximumBytes``.
    static func normalized(_ message: ArraySlice<UInt8>) -> String {
        var output: [UInt8] = []
        var index = message.startIndex
        while index < message.endIndex, output.count < maximumBytes {
            let byte = message[index]
            if isWord(byte) {
                let end = message[index...].firstIndex { !isWord($0) } ?? message.endIndex
                append(message[index..<end], to: &output)
                index = end
                continue
            }
            let isBlank = byte <= 0x20
            if !isBlank || output.last != 0x20 { output.append(isBlank ? 0x20 : byte) }
            index += 1
        }
        while output.last == 0x20 { output.removeLast() }
        return String(decoding: output.prefix(maximumBytes), as: UTF8.self)
    }

    private static func append(_ word: ArraySlice<UInt8>, to output: inout [UInt8]) {
        guard word.contains(where: { ASCII.isDigit($0) }) else {
            output += word
            return
        }
        if isIdentity(word) {
            output += "<id>".utf8
            return
        }
        for byte in word {
            if !ASCII.isDigit(byte) {
                output.append(byte)
                continue
            }
            if output.last == UInt8(ascii: "#") { continue }
            // 10.0.0.1, 12:30, 2026-11-24 and 1,000 are one number each.
            let joins = Set(".:,-/".utf8)
            if let last = output.last, joins.contains(last), output.dropLast().last == UInt8(ascii: "#") {
                output.removeLast()
                continue
            }
            output.append(UInt8(ascii: "#"))
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            || byte >= 0x80
    }

    /// Eight or more hexadecimal digits, perhaps with dashes, among them a letter: a UUID, a hash, an address.
    private static func isIdentity(_ word: ArraySlice<UInt8>) -> Bool {
        var digits = word
        if digits.starts(with: Array("0x".utf8)) { digits = digits.dropFirst(2) }
        var count = 0
        var hasLetter = false
        for byte in digits where byte != UInt8(ascii: "-") {
            let isHexLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66
            guard isHexLetter || ASCII.isDigit(byte) else { return false }
            hasLetter = hasLetter || isHexLetter
            count += 1
        }
        return count >= 8 && (hasLetter || count >= 16) || digits.count < word.count && count > 0
    }
}

extension ByteText {
    /// Where a text begins in bytes; `nil` when it is not there.
    static func find(_ text: String, in bytes: ArraySlice<UInt8>, atWordStart: Bool = false) -> Int? {
        let wanted = Array(text.utf8)
        guard let first = wanted.first, bytes.count >= wanted.count else { return nil }
        var index = bytes.startIndex
        let last = bytes.endIndex - wanted.count
        while index <= last {
            let fits = bytes[index] == first && bytes[index..<(index + wanted.count)].elementsEqual(wanted)
            let isStart = index == bytes.startIndex || !ASCII.isWordByte(bytes[index - 1])
            if fits, !atWordStart || isStart { return index }
            index += 1
        }
        return nil
    }
}

extension ASCII {
    /// A letter, a digit or `_`.
    static func isWordByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte == UInt8(ascii: "_")
    }
}

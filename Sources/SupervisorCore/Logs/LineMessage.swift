/// What a program wrote, in a line of a file that was made of its output.
public struct LineMessage: Hashable, Sendable {
    /// Where it begins in the line, which it is the rest of; the line's start where nothing stands before it.
    public var start = 0
    /// Its bytes where they are not those of the line: out of a record of JSON.
    public var text: [UInt8]?
    /// The number of the process, where the line says it.
    public var processID: Int?

    /// Makes a message that is the whole line.
    public init() {}
}

extension DerivedFormat {
    private static let recordStart: StaticString = #"{"message":""#

    /// What a program wrote in a line of a file of this format.
    ///
    /// A line that does not look like one of the format, as from before the format was changed, is all message.
    public func message(of line: Span<UInt8>) -> LineMessage {
        var message = LineMessage()
        switch self {
        case .plain, .prefixed: break
        case .timestamped(let pattern):
            if let end = StampShape.end(of: pattern, in: line),
                ByteText.starts(line, at: end, with: ": ")
            {
                message.start = end + 2
            }
        case .json:
            guard ByteText.starts(line, at: 0, with: Self.recordStart) else { break }
            var index = Self.recordStart.utf8CodeUnitCount
            message.text = Self.unescaped(line, &index)
            message.processID = Self.processID(line, behind: index)
        }
        return message
    }

    /// Whether a line of a file of this format continues the entry before it; its beginning is enough.
    public func continuesEntry(_ line: Span<UInt8>) -> Bool {
        switch self {
        case .plain, .prefixed: return LevelRecognition.continuesEntry(line)
        case .timestamped:
            let start = message(of: line).start
            return LevelRecognition.continuesEntry(line.extracting(start..<line.count))
        case .json:
            guard let text = message(of: line).text else { return LevelRecognition.continuesEntry(line) }
            return LevelRecognition.continuesEntry(text.span)
        }
    }

    /// The text of a JSON string whose contents begin here; the index moves behind its end.
    private static func unescaped(_ line: Span<UInt8>, _ index: inout Int) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(min(line.count, 4096))
        while index < line.count {
            let byte = line[index]
            index += 1
            if byte == UInt8(ascii: "\"") { break }
            guard byte == UInt8(ascii: "\\"), index < line.count else {
                text.append(byte)
                continue
            }
            let letter = line[index]
            index += 1
            switch letter {
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "u"):
                // Records have only control characters so.
                var number: UInt32 = 0
                let end = min(line.count, index + 4)
                while index < end, let digit = hexDigit(line[index]) {
                    number = number << 4 | digit
                    index += 1
                }
                text += String(Unicode.Scalar(number).map(Character.init) ?? "\u{FFFD}").utf8
            default: text.append(letter)
            }
        }
        return text
    }

    private static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x37)
        case 0x61...0x66: UInt32(byte - 0x57)
        default: nil
        }
    }

    /// The number in `"process_id":N`, among what stands behind a record's message.
    private static func processID(_ line: Span<UInt8>, behind start: Int) -> Int? {
        var index = start
        for key: StaticString in [#","timestamp":""#, #","type":""#] {
            guard ByteText.starts(line, at: index, with: key) else { return nil }
            index += key.utf8CodeUnitCount
            while index < line.count, line[index] != UInt8(ascii: "\"") { index += 1 }
            index += 1
        }
        let key: StaticString = #","process_id":"#
        guard ByteText.starts(line, at: index, with: key) else { return nil }
        index += key.utf8CodeUnitCount
        var number: Int?
        while index < line.count, ASCII.isDigit(line[index]), (number ?? 0) < 1 << 32 {
            number = (number ?? 0) * 10 + Int(line[index] - 0x30)
            index += 1
        }
        return number
    }
}

/// What the text of a date pattern looks like.
enum StampShape {
    /// The first byte behind a stamp of a pattern at the start of a line; `nil` when there is none.
    static func end(of pattern: String, in line: Span<UInt8>) -> Int? {
        var index = 0
        var rest = pattern[...]
        while let letter = rest.first {
            if letter == "[", let end = rest.firstIndex(of: "]") {
                guard skip(rest[rest.index(after: rest.startIndex)..<end], line, &index) else { return nil }
                rest = rest[rest.index(after: end)...]
                continue
            }
            let run = rest.prefix { $0 == letter }
            rest = rest.dropFirst(run.count)
            guard skipToken(run, letter, line, &index) else { return nil }
        }
        return index
    }

    private static func skipToken(
        _ run: Substring,
        _ letter: Character,
        _ line: Span<UInt8>,
        _ index: inout Int
    ) -> Bool {
        switch (letter, run.count) {
        case ("Y", 4): digits(4...4, line, &index)
        case ("Y", 2): digits(2...2, line, &index)
        case ("M", 1), ("D", 1), ("H", 1), ("h", 1), ("m", 1), ("s", 1): digits(1...2, line, &index)
        case ("M", 2), ("D", 2), ("H", 2), ("h", 2), ("m", 2), ("s", 2): digits(2...2, line, &index)
        case ("S", 1...3): digits(run.count...run.count, line, &index)
        case ("A", 1): skip("AM", line, &index) || skip("PM", line, &index)
        case ("a", 1): skip("am", line, &index) || skip("pm", line, &index)
        case ("Z", 1...2):
            (skip("+", line, &index) || skip("-", line, &index)) && digits(2...2, line, &index)
                && (run.count == 2 || skip(":", line, &index)) && digits(2...2, line, &index)
        default: skip(run, line, &index)
        }
    }

    private static func digits(_ count: ClosedRange<Int>, _ line: Span<UInt8>, _ index: inout Int) -> Bool {
        let start = index
        while index < line.count, index - start < count.upperBound, ASCII.isDigit(line[index]) { index += 1 }
        return index - start >= count.lowerBound
    }

    private static func skip(_ text: Substring, _ line: Span<UInt8>, _ index: inout Int) -> Bool {
        var position = index
        for byte in text.utf8 {
            guard position < line.count, line[position] == byte else { return false }
            position += 1
        }
        index = position
        return true
    }
}

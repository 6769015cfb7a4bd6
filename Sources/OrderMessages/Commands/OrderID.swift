/// The id of an order, as people read it: `QWE-20260610-001`.
public struct OrderID: Hashable, Sendable {
    /// The business's three letters or digits, in capitals.
    public let code: String

    /// The business's day on which it was made.
    public let day: CivilDate

    /// The order's number on that day, from 1.
    public let serial: Int

    /// Makes an id; `nil` unless the code has three letters or digits of ASCII and the serial is 1 to 999,999,999.
    public init?(code: String, day: CivilDate, serial: Int) {
        let code = code.uppercased()
        guard code.utf8.count == 3, code.utf8.allSatisfy(Self.isCodeByte), (1...999_999_999).contains(serial)
        else {
            return nil
        }
        self.code = code
        self.day = day
        self.serial = serial
    }

    /// Reads an id that stands alone, in any case.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].utf8.count == 8, (3...9).contains(parts[2].utf8.count),
            parts[1...].allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let date = Int(parts[1]), let serial = Int(parts[2]),
            let day = CivilDate(year: date / 10_000, month: date / 100 % 100, day: date % 100)
        else { return nil }
        self.init(code: String(parts[0]), day: day, serial: serial)
    }

    /// The first id in a text, such as one of our confirmations.
    public init?(firstIn text: String) {
        for line in MessageText(text).lines {
            for index in line.phrase.range {
                if let found = OrderID.find(in: line.phrase, at: index) {
                    self = found.id
                    return
                }
            }
        }
        return nil
    }

    /// The id that begins at a token, and the token after it.
    static func find(in phrase: Phrase, at index: Int) -> (id: OrderID, end: Int)? {
        let tokens = phrase.line.tokens
        guard index + 4 < phrase.range.upperBound, tokens[index].folded.utf8.count == 3,
            tokens[index + 1].isDash,
            tokens[index + 2].kind == .number, tokens[index + 3].isDash, tokens[index + 4].kind == .number,
            (index + 1...index + 4).allSatisfy({ !tokens[$0].hasSpaceBefore }),
            !sticksToBefore(phrase, index), !sticksToAfter(phrase, index + 4)
        else { return nil }
        let text = "\(tokens[index].folded)-\(tokens[index + 2].folded)-\(tokens[index + 4].folded)"
        return OrderID(text).map { ($0, index + 5) }
    }

    private static func sticksToBefore(_ phrase: Phrase, _ index: Int) -> Bool {
        guard index > phrase.range.lowerBound, !phrase.line.tokens[index].hasSpaceBefore else { return false }
        return phrase.line.tokens[index - 1].isDash
    }

    private static func sticksToAfter(_ phrase: Phrase, _ index: Int) -> Bool {
        guard index + 1 < phrase.range.upperBound, !phrase.line.tokens[index + 1].hasSpaceBefore else {
            return false
        }
        return phrase.line.tokens[index + 1].isDash
    }

    private static func isCodeByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
    }
}

extension Phrase {
    /// Whether the id of an order is in it.
    var namesOrder: Bool { range.contains { OrderID.find(in: self, at: $0) != nil } }
}

extension OrderID: CustomStringConvertible {
    /// `QWE-20260610-001`.
    public var description: String {
        let number = String(serial)
        let zeros = String(repeating: "0", count: max(0, 3 - number.utf8.count))
        return "\(code)-\(day.compact)-\(zeros)\(number)"
    }
}

/// The time and the sender that WhatsApp puts before a message when it is copied: `[10/06/2026, 09:12] Ada Obi: `.
enum CopyMark {
    /// The line without it.
    static func dropped(from line: Line) -> Line {
        guard let end = end(line.tokens), end < line.tokens.count else { return line }
        return Line(Array(line.scalars[line.tokens[end].range.lowerBound...]))
    }

    /// Where the message begins; `nil` where there is no mark.
    private static func end(_ tokens: [Token]) -> Int? {
        guard let first = tokens.first else { return nil }
        if first.isSign("[") {
            guard let close = tokens.prefix(14).firstIndex(where: { $0.isSign("]") }),
                hasTime(tokens[..<close])
            else { return nil }
            return endOfSender(tokens, close + 1)
        }
        // The form of an exported chat: `10/06/2026, 09:12 - Ada Obi: `.
        guard first.kind == .number,
            let dash = tokens.prefix(14).firstIndex(where: { $0.isDash && $0.hasSpaceBefore }),
            hasTime(tokens[..<dash]), tokens[..<dash].contains(where: { $0.isSign(",") })
        else { return nil }
        return endOfSender(tokens, dash + 1)
    }

    /// A date with `/` or `.` and a time with `:`.
    private static func hasTime(_ tokens: ArraySlice<Token>) -> Bool {
        tokens.contains { $0.isSign(":") }
            && tokens.contains { $0.isSign("/") || $0.isSign(".") || $0.isSign("-") }
    }

    private static func endOfSender(_ tokens: [Token], _ start: Int) -> Int? {
        guard start < tokens.count,
            let colon = tokens[start...].prefix(16).firstIndex(where: { $0.isSign(":") })
        else { return nil }
        return colon + 1
    }
}

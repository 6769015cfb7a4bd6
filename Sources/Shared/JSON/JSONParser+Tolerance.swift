/// Mistakes that a file was read over, in the order of its text.
struct JSONTolerated {
    /// The most that are kept; a file of nothing but comments must not become a report of its own size.
    static let maximumCount = 20

    private(set) var mistakes: [(reason: String, offset: Int)] = []
    private var more: (count: Int, offset: Int)?

    /// Notes a mistake; those behind the most that are kept are only counted.
    mutating func note(_ reason: String, at offset: Int) {
        guard mistakes.count >= Self.maximumCount else { return mistakes.append((reason, offset)) }
        more = ((more?.count ?? 0) + 1, more?.offset ?? offset)
    }

    /// The mistakes with their places.
    func errors(in bytes: [UInt8]) -> [JSONSyntaxError] {
        var all = mistakes
        if let more {
            let reason = "and \(more.count) more comments or commas that are not allowed in JSON"
            all.append((reason, more.offset))
        }
        var cursor = JSONPlaceCursor()
        return all.map { reason, offset in
            cursor.advance(to: offset, in: bytes)
            return JSONSyntaxError(reason: reason, offset: offset, line: cursor.line, column: cursor.column)
        }
    }
}

extension JSONParser {
    /// Goes behind the comment that begins here: to the end of its line, or behind its `*/`.
    mutating func skipComment() {
        let isBlock = bytes[position] == 0x2F && position + 1 < bytes.count && bytes[position + 1] == 0x2A
        guard isBlock else {
            while position < bytes.count, bytes[position] != 0x0A { position += 1 }
            return
        }
        position += 2
        while position < bytes.count {
            if bytes[position] == 0x2A, position + 1 < bytes.count, bytes[position + 1] == 0x2F {
                position += 2
                return
            }
            position += 1
        }
    }
}

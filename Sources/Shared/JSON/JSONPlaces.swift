/// Where values and keys start, in bytes.
struct JSONPlaces {
    /// The most values, and the most keys, whose place is kept; a path takes memory by its depth.
    static let maximumCount = 100_000
    /// The most repeated keys that are kept; a file of nothing else must not cost a multiple of itself.
    static let maximumDuplicates = 1000

    var values: [JSONPath: Int] = [:]
    var keys: [JSONPath: Int] = [:]
    var duplicates: [(path: JSONPath, offset: Int)] = []
    /// Whether there were more repeated keys than are kept.
    var hasMoreDuplicates = false
}

/// Counts lines and columns while it goes forward over a text, so that many places cost one pass.
struct JSONPlaceCursor {
    /// The line, from 1.
    private(set) var line = 1
    /// The column, from 1, in characters: bytes that do not continue a UTF-8 sequence.
    private(set) var column = 1
    private var offset = 0

    /// Goes on to a byte that is not before the present one.
    mutating func advance(to target: Int, in bytes: [UInt8]) {
        while offset < min(target, bytes.count) {
            let byte = bytes[offset]
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
            offset += 1
        }
    }
}

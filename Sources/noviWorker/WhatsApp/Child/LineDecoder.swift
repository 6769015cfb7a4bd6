/// Cuts bytes into lines of a bounded length.
struct LineDecoder {
    /// A line is longer than may be.
    struct TooLong: Error, Equatable {
        /// The bound, in bytes.
        var limit: Int
    }

    private let limit: Int
    private var rest: [UInt8] = []

    /// Makes a decoder.
    init(limit: Int) {
        self.limit = limit
    }

    /// Takes bytes and gives the lines that are whole with them, without their ends and without empty ones.
    mutating func lines(_ bytes: some Collection<UInt8>) throws(TooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for part in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            if part.offset > 0 {
                if !rest.isEmpty { lines.append(rest) }
                rest = []
            }
            guard rest.count + part.element.count <= limit else { throw TooLong(limit: limit) }
            rest += part.element
        }
        return lines
    }
}

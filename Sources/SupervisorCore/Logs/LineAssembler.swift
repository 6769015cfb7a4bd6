/// Makes whole lines of bytes that come in chunks.
///
/// Memory is bounded: a line that is longer than the maximum comes in parts, each flagged. Every byte that was given comes
/// out again exactly once.
public struct LineAssembler: Sendable {
    /// One line, or one part of a line that is too long.
    public struct Line: Hashable, Sendable {
        /// Where its bytes are in ``LineAssembler/buffer``, without the line end; until the next call of `append`.
        public var range: Range<Int>
        /// How many of the bytes that were given it used, its end included.
        public var byteCount: Int
        /// Whether its beginning came as an earlier part.
        public var continues: Bool
        /// Whether more of the same line comes as a later part.
        public var isContinued: Bool
        /// Whether its end never came.
        public var isTorn: Bool
    }

    /// The longest line that comes in one piece, in bytes, unless told otherwise.
    public static let defaultMaximumBytes = 1 << 20

    /// The longest line that comes in one piece, in bytes.
    public let maximumBytes: Int
    /// The bytes to which the ranges of lines refer.
    public private(set) var buffer: [UInt8] = []
    /// Whether the next byte continues a line of which a part has been given out.
    public private(set) var isInsideLine: Bool
    private var head = 0
    /// No line end lies before this.
    private var searched = 0

    /// Makes an empty assembler.
    ///
    /// - Parameters:
    ///   - maximumBytes: The longest line that comes in one piece.
    ///   - isInsideLine: Whether the first byte continues a line that was begun before.
    public init(maximumBytes: Int = defaultMaximumBytes, isInsideLine: Bool = false) {
        self.maximumBytes = max(1, maximumBytes)
        self.isInsideLine = isInsideLine
    }

    /// How many bytes wait.
    public var pendingBytes: Int { buffer.count - head }

    /// Takes a chunk in; ranges that were given out before are void then.
    public mutating func append(_ bytes: Span<UInt8>) {
        dropUsed()
        unsafe bytes.withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0) }
    }

    /// Takes a chunk in; ranges that were given out before are void then.
    public mutating func append(_ bytes: [UInt8]) {
        append(bytes.span)
    }

    private mutating func dropUsed() {
        guard head > 0 else { return }
        buffer.removeSubrange(0..<head)
        searched -= head
        head = 0
    }

    /// The next whole line, or the next part of one that is too long; `nil` when more bytes are needed.
    public mutating func next() -> Line? {
        let limit = min(buffer.count, head + maximumBytes)
        if let end = ByteSearch.lineEnd(in: buffer, searched..<limit) { return take(upTo: end, hasEnd: true) }
        searched = limit
        guard buffer.count > head + maximumBytes else { return nil }
        // An end right behind the maximum belongs to this line.
        if buffer[limit] == 0x0A { return take(upTo: limit, hasEnd: true) }
        return take(upTo: limit, hasEnd: false)
    }

    /// The unfinished rest, when nothing more will come of it; `nil` when there is none.
    public mutating func finish() -> Line? {
        if let line = next() { return line }
        guard head < buffer.count else {
            isInsideLine = false
            return nil
        }
        var line = take(upTo: buffer.count, hasEnd: false)
        line.isContinued = false
        line.isTorn = true
        isInsideLine = false
        return line
    }

    /// Puts the last line back, as when its receiver was full.
    ///
    /// - Parameter line: What ``next()`` gave, with nothing asked for since.
    public mutating func putBack(_ line: Line) {
        head = line.range.lowerBound
        searched = head
        isInsideLine = line.continues
    }

    /// Forgets everything and gives the memory back.
    ///
    /// - Parameter isInsideLine: Whether the next byte continues a line that was begun before.
    public mutating func reset(isInsideLine: Bool = false) {
        self = LineAssembler(maximumBytes: maximumBytes, isInsideLine: isInsideLine)
    }

    private mutating func take(upTo end: Int, hasEnd: Bool) -> Line {
        let line = Line(
            range: head..<end,
            byteCount: end - head + (hasEnd ? 1 : 0),
            continues: isInsideLine,
            isContinued: !hasEnd,
            isTorn: false
        )
        head += line.byteCount
        searched = head
        isInsideLine = !hasEnd
        return line
    }
}

/// Finds bytes eight at a time.
enum ByteSearch {
    /// The first line feed in a part of an array.
    static func lineEnd(in bytes: [UInt8], _ range: Range<Int>) -> Int? {
        let span = bytes.span
        var index = range.lowerBound
        let end = min(range.upperBound, span.count)
        let words = unsafe span.bytes
        while index + 8 <= end {
            // Bounded by the line above; a line feed becomes the zero byte that the subtraction finds.
            let loaded = unsafe words.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let word = UInt64(littleEndian: loaded)
            let difference = word ^ 0x0A0A_0A0A_0A0A_0A0A
            let zeros = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
            if zeros != 0 { return index + zeros.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < end {
            if span[index] == 0x0A { return index }
            index += 1
        }
        return nil
    }

    /// Whether a text is plain ASCII that JSON takes as it is: no control character, quote or backslash.
    static func isPlainText(_ bytes: Span<UInt8>) -> Bool {
        let words = unsafe bytes.bytes
        var index = 0
        while index + 8 <= bytes.count {
            let word = unsafe words.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            // The high bit is set where a byte is above 127, below 32, a quote, a backslash or DEL.
            let below = (word &- 0x2020_2020_2020_2020) & ~word
            guard
                (word | below | zeros(word ^ 0x2222_2222_2222_2222) | zeros(word ^ 0x5C5C_5C5C_5C5C_5C5C)
                    | zeros(word ^ 0x7F7F_7F7F_7F7F_7F7F)) & 0x8080_8080_8080_8080 == 0
            else { return false }
            index += 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            guard byte >= 0x20, byte < 0x7F, byte != 0x22, byte != 0x5C else { return false }
            index += 1
        }
        return true
    }

    private static func zeros(_ word: UInt64) -> UInt64 { (word &- 0x0101_0101_0101_0101) & ~word }
}

/// A rule of an app that says which of its lines have which level.
///
/// Literals and simple wildcards only: no pattern, however written, can hold the daemon up.
public struct LevelRule: Hashable, Sendable {
    /// What a line must look like.
    public enum Pattern: Hashable, Sendable {
        /// The line begins with these bytes.
        case prefix([UInt8])
        /// The line holds these bytes.
        case contains([UInt8])
        /// The whole line is like this, where `*` stands for any bytes and `?` for one.
        case glob([UInt8])
    }

    /// What a line must look like.
    public var pattern: Pattern
    /// Its level then.
    public var level: LogLevel

    /// How much of a line is looked at, in bytes.
    public static let lineBytes = 4096
    /// The longest pattern, in bytes.
    public static let patternBytes = 256

    /// Makes a rule; `nil` for a pattern that is empty or too long.
    ///
    /// - Parameters:
    ///   - pattern: What a line must look like.
    ///   - level: Its level then.
    public init?(_ pattern: Pattern, level: LogLevel) {
        let bytes: [UInt8] =
            switch pattern {
            case .prefix(let bytes), .contains(let bytes), .glob(let bytes): bytes
            }
        guard !bytes.isEmpty, bytes.count <= Self.patternBytes else { return nil }
        self.pattern = pattern
        self.level = level
    }

    /// Reads a pattern as a configuration writes it: `text*` is a prefix, `*text*` a part, other wildcards a glob, and
    /// a text without any a part.
    ///
    /// - Parameters:
    ///   - text: The pattern.
    ///   - level: The level of lines like that.
    public init?(text: String, level: LogLevel) {
        let bytes = Array(text.utf8)
        let star = UInt8(ascii: "*")
        let inner = bytes.drop { $0 == star }
        let trailing = inner.reversed().drop { $0 == star }
        let core = Array(trailing.reversed())
        guard !core.isEmpty else { return nil }
        let isLiteral = !core.contains { $0 == star || $0 == UInt8(ascii: "?") }
        switch (isLiteral, bytes.first == star, bytes.last == star) {
        case (true, false, true): self.init(.prefix(core), level: level)
        case (true, true, true), (true, false, false): self.init(.contains(core), level: level)
        case (true, true, false), (false, _, _): self.init(.glob(bytes), level: level)
        }
    }

    /// The pattern as ``init(text:level:)`` reads it.
    public var text: String {
        switch pattern {
        case .prefix(let bytes): String(decoding: bytes, as: UTF8.self) + "*"
        case .contains(let bytes): String(decoding: bytes, as: UTF8.self)
        case .glob(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Whether a line is like the pattern.
    public func matches(_ line: Span<UInt8>) -> Bool {
        let count = min(line.count, Self.lineBytes)
        switch pattern {
        case .prefix(let bytes): return Self.isAt(0, bytes, line, count)
        case .contains(let bytes):
            guard let first = bytes.first, bytes.count <= count else { return false }
            for start in 0...(count - bytes.count) where line[start] == first {
                if Self.isAt(start, bytes, line, count) { return true }
            }
            return false
        case .glob(let bytes): return Self.isLike(bytes, line, count)
        }
    }

    private static func isAt(_ start: Int, _ bytes: [UInt8], _ line: Span<UInt8>, _ count: Int) -> Bool {
        guard start + bytes.count <= count else { return false }
        for index in bytes.indices where line[start + index] != bytes[index] { return false }
        return true
    }

    /// Goes back to the last star only: at most pattern times line steps.
    private static func isLike(_ pattern: [UInt8], _ line: Span<UInt8>, _ count: Int) -> Bool {
        var position = 0
        var place = 0
        var star: Int?
        var starPlace = 0
        while place < count {
            if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
                star = position
                starPlace = place
                position += 1
            } else if position < pattern.count,
                pattern[position] == UInt8(ascii: "?") || pattern[position] == line[place]
            {
                position += 1
                place += 1
            } else if let star {
                position = star + 1
                starPlace += 1
                place = starPlace
            } else {
                return false
            }
        }
        while position < pattern.count, pattern[position] == UInt8(ascii: "*") { position += 1 }
        return position == pattern.count
    }
}

extension LevelRecognition {
    /// The level of a line, by an app's own rules first.
    ///
    /// - Parameters:
    ///   - line: The line, without its end.
    ///   - rules: The app's rules; the first that matches counts.
    /// - Returns: The level; `nil` when neither a rule nor the line says one.
    public static func level(of line: Span<UInt8>, rules: [LevelRule]) -> LogLevel? {
        for rule in rules where rule.matches(line) { return rule.level }
        return level(of: line)
    }
}

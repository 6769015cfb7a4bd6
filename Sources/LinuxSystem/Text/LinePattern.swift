import CSupervisorShims
import Glibc

/// A POSIX extended regular expression (regex(7)) that lines are searched with, byte by byte.
///
/// Plain words, by far the most of what people search for, are found without the engine.
public final class LinePattern {
    /// Why a text is no regular expression.
    public struct Failure: Error, Hashable {
        /// What regerror(3) says.
        public let reason: String
    }

    private enum Way {
        case word([UInt8])
        case expression
    }

    private var expression = regex_t()
    private let way: Way

    /// The bit of regexec(3) by which a text needs no end mark; a macro that Swift does not see.
    private static let startEnd: Int32 = 1 << 2
    private static let special = Set("\\^$.[]|()*+?{}".utf8)

    /// Compiles an expression.
    ///
    /// - Parameters:
    ///   - text: The expression.
    ///   - ignoresCase: Whether letters of ASCII match in either case.
    /// - Throws: ``Failure``.
    public init(_ text: String, ignoresCase: Bool = false) throws(Failure) {
        guard !text.utf8.contains(0) else { throw Failure(reason: "it holds a zero byte") }
        guard ignoresCase || text.utf8.contains(where: { Self.special.contains($0) }) else {
            way = .word(Array(text.utf8))
            return
        }
        way = .expression
        let result = regcomp(&expression, text, REG_EXTENDED | REG_NEWLINE | (ignoresCase ? REG_ICASE : 0))
        guard result == 0 else {
            var reason = [CChar](repeating: 0, count: 256)
            regerror(result, &expression, &reason, reason.count)
            let bytes = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw Failure(reason: String(decoding: bytes, as: UTF8.self))
        }
    }

    deinit {
        if case .expression = way { regfree(&expression) }
    }

    /// Whether a line holds what is searched.
    public func matches(_ line: Span<UInt8>) -> Bool { firstMatch(in: line) != nil }

    /// Where a line first holds what is searched, in bytes from a place on.
    ///
    /// What is empty wherever it is found, as of `x*`, is found at that place.
    public func firstMatch(in line: Span<UInt8>, from start: Int = 0) -> Range<Int>? {
        guard start <= line.count else { return nil }
        return unsafe line.withUnsafeBytes { bytes in
            switch way {
            case .word(let word):
                guard !word.isEmpty, let address = bytes.baseAddress else {
                    return word.isEmpty ? start..<start : nil
                }
                let from = address + start
                guard let found = novi_memmem(from, bytes.count - start, word, word.count) else { return nil }
                let offset = start + (found - from)
                return offset..<offset + word.count
            case .expression:
                var match = regmatch_t(
                    rm_so: regoff_t(clamping: start),
                    rm_eo: regoff_t(clamping: bytes.count)
                )
                let isAtStart: Int32 = start == 0 ? 0 : REG_NOTBOL
                let text = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                let result =
                    if let text {
                        regexec(&expression, text, 1, &match, Self.startEnd | isAtStart)
                    } else {
                        regexec(&expression, "", 1, &match, 0)
                    }
                guard result == 0 else { return nil }
                guard text != nil else { return 0..<0 }
                return Int(match.rm_so)..<Int(match.rm_eo)
            }
        }
    }
}

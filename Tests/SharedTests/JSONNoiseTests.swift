import Foundation
import Shared
import Testing

/// The codec against noise, and against Foundation's on the same bytes.
@Suite struct JSONNoiseTests {
    /// `NOVI_SEED` replays a failure.
    private let seed = ProcessInfo.processInfo.environment["NOVI_SEED"].flatMap { UInt64($0) } ?? 20_261_124

    @Test func `what is written is read again, alike`() throws {
        var noise = JSONNoise(seed: seed)
        for round in 0..<5000 {
            let value = noise.document(depth: 4)
            let bytes = value.serialized(pretty: round.isMultiple(of: 2))
            #expect(try JSONValue(parsing: bytes) == value, "NOVI_SEED=\(seed), round \(round)")
        }
    }

    @Test func `damaged text is read or refused as Foundation does, and never crashes`() throws {
        var noise = JSONNoise(seed: seed)
        var accepted = 0
        for round in 0..<20_000 {
            let bytes = noise.damaged(noise.document(depth: 3).serialized())
            let ours = Result { () throws(JSONSyntaxError) in try JSONValue(parsing: bytes) }
            _ = try? JSONDocument.parse(bytes)
            guard !Self.isKnownToDiffer(bytes) else { continue }
            let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            let agrees =
                switch (ours, theirs) {
                case (.failure, nil): true
                case (.success(let ours), let theirs?): Self.isEqual(ours, theirs)
                case (.success, nil): false
                // Foundation takes a trailing comma, which RFC 8259 does not allow.
                case (.failure(let error), _?): error.reason.hasPrefix("a comma before")
                }
            if case .success = ours { accepted += 1 }
            #expect(agrees, "NOVI_SEED=\(seed), round \(round): \(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(accepted > 500, "the noise must leave some texts whole, or nothing is compared")
    }

    /// Where Foundation is wider than RFC 8259 or the two may differ by design.
    ///
    /// It guesses UTF-16 and UTF-32 from NUL bytes, skips a byte order mark, and takes exponents beyond a double.
    private static func isKnownToDiffer(_ bytes: [UInt8]) -> Bool {
        if bytes.contains(0) || [0xEF, 0xFE, 0xFF].contains(bytes.first ?? 0) { return true }
        return zip(bytes, bytes.dropFirst()).contains { digit, next in
            (0x30...0x39).contains(digit) && (next == 0x65 || next == 0x45)
        }
    }

    private static func isEqual(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours {
        case .null: theirs is NSNull
        case .bool(let flag): (theirs as? NSNumber)?.boolValue == flag
        case .integer(let number): (theirs as? NSNumber)?.int64Value == number
        case .number(let number):
            (theirs as? NSNumber).map { abs($0.doubleValue - number) <= abs(number) * 1e-14 } ?? false
        case .string(let text): (theirs as? String) == text
        case .array(let elements):
            (theirs as? [Any]).map { others in
                others.count == elements.count && zip(elements, others).allSatisfy { isEqual($0, $1) }
            } ?? false
        case .object(let object): isEqual(object, theirs)
        }
    }

    /// With a repeated key, RFC 8259 leaves open which value counts; Foundation's choice is not ours.
    private static func isEqual(_ object: JSONObject, _ theirs: Any) -> Bool {
        guard let others = theirs as? [String: Any] else { return false }
        guard object.duplicateKeys.isEmpty else { return Set(object.keys) == Set(others.keys) }
        return others.count == object.count
            && others.allSatisfy { key, value in object[key].map { isEqual($0, value) } ?? false }
    }
}

/// Random documents, and damage to their text; the same for the same seed (xorshift).
struct JSONNoise {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed == 0 ? 1 : seed
    }

    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }

    mutating func document(depth: Int) -> JSONValue {
        switch below(depth > 0 ? 8 : 6) {
        case 0: return .null
        case 1: return .bool(below(2) == 0)
        case 2: return .integer(Int64(bitPattern: state) >> below(64))
        case 3: return .number(Double(below(1 << 40)) / 1024 + 0.5)
        case 4, 5: return .string(text())
        case 6: return .array((0..<below(5)).map { _ in document(depth: depth - 1) })
        default:
            var object = JSONObject()
            for _ in 0..<below(5) { object[text()] = document(depth: depth - 1) }
            return .object(object)
        }
    }

    private mutating func text() -> String {
        let letters: [Unicode.Scalar] = [
            "a", "Z", "0", " ", "\"", "\\", "/", "\n", "\t", "\u{1}", "\u{7F}", "é", "€", "🍰", "{", "]", ":",
            ",",
        ]
        var text = ""
        for _ in 0..<below(9) { text.unicodeScalars.append(letters[below(letters.count)]) }
        return text
    }

    mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        let likely = Array("{}[]:,\"\\u0123e-+.tfn/ \u{80}".utf8)
        var bytes = bytes
        for _ in 0...below(3) where !bytes.isEmpty {
            let index = below(bytes.count)
            let byte = below(4) == 0 ? UInt8(below(256)) : likely[below(likely.count)]
            switch below(5) {
            case 0: bytes[index] = byte
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(byte, at: index)
            case 3: bytes.removeLast(below(bytes.count))
            default: bytes.insert(contentsOf: bytes[index..<min(index + 4, bytes.count)], at: index)
            }
        }
        return bytes
    }
}

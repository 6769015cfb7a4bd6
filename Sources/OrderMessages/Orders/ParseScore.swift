public import Shared

/// How well results fit what is expected, by field: the parsing accuracy of row A7.
public struct ParseScore: Sendable {
    /// How often one field was there and right.
    public struct Field: Hashable, Sendable {
        /// How many cases expect it.
        public fileprivate(set) var expected = 0
        /// How many results have it.
        public fileprivate(set) var found = 0
        /// How many results have it as expected.
        public fileprivate(set) var right = 0

        /// The share of what was found that is right; 1 when nothing was found.
        public var precision: Double { found == 0 ? 1 : Double(right) / Double(found) }

        /// The share of what is expected that was found; 1 when nothing is expected.
        public var recall: Double { expected == 0 ? 1 : Double(right) / Double(expected) }
    }

    /// A field of a case that differs.
    public struct Difference: Hashable, Sendable {
        /// The case.
        public let id: String
        /// The field.
        public let field: String
        /// What is right; null for nothing.
        public let expected: JSONValue
        /// What was found; null for nothing.
        public let found: JSONValue
    }

    /// The fields in the order of their first appearance.
    public private(set) var fields: [(name: String, score: Field)] = []

    /// Everything that differs.
    public private(set) var differences: [Difference] = []

    /// How many cases were scored.
    public private(set) var cases = 0

    /// How many of them were right in all fields.
    public private(set) var rightCases = 0

    /// Makes a score of nothing.
    public init() {}

    /// Takes a case; a member that is null counts as one that is absent.
    public mutating func add(_ id: String, expected: JSONObject, found: JSONObject) {
        cases += 1
        var isRight = true
        var names = expected.keys
        for key in found.keys where !names.contains(key) { names.append(key) }
        for name in names {
            let want = expected[name] ?? .null
            let got = found[name] ?? .null
            let isSame = ParseScore.same(want, got)
            count(name) { field in
                if want != .null { field.expected += 1 }
                if got != .null { field.found += 1 }
                if want != .null, isSame { field.right += 1 }
            }
            guard !isSame else { continue }
            isRight = false
            differences.append(Difference(id: id, field: name, expected: want, found: got))
        }
        if isRight { rightCases += 1 }
    }

    private mutating func count(_ name: String, _ body: (inout Field) -> Void) {
        if let index = fields.firstIndex(where: { $0.name == name }) {
            body(&fields[index].score)
        } else {
            var field = Field()
            body(&field)
            fields.append((name, field))
        }
    }

    /// Whether two values say the same: order of members, null members and `1` or `1.0` make no difference.
    static func same(_ one: JSONValue, _ two: JSONValue) -> Bool {
        if let first = one.numberValue, let second = two.numberValue { return first == second }
        if let first = one.arrayValue, let second = two.arrayValue {
            return first.count == second.count && zip(first, second).allSatisfy(same)
        }
        if let first = one.objectValue, let second = two.objectValue {
            let keys = Set(first.keys).union(second.keys)
            return keys.allSatisfy { same(first[$0] ?? .null, second[$0] ?? .null) }
        }
        return one == two
    }
}

/// A JSON document (RFC 8259) as a tree.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// The members of a JSON object in the order of the text.
///
/// Kept as a list: control messages have few members, and a list is smaller and faster than a table for those.
public struct JSONObject: Hashable, Sendable, Sequence, ExpressibleByDictionaryLiteral {
    /// One member.
    fileprivate struct Member: Hashable, Sendable {
        var key: String
        var value: JSONValue
    }

    private var members: [Member] = []

    /// Makes an object without members.
    public init() {}

    /// Makes an object of a literal; a later member of the same name wins.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        members.reserveCapacity(elements.count)
        for (key, value) in elements {
            members.append(Member(key: key, value: value))
        }
    }

    /// The value of a member, the last one of that name.
    ///
    /// Setting `nil` removes it.
    public subscript(key: String) -> JSONValue? {
        get { members.last { $0.key == key }?.value }
        set {
            guard let newValue else {
                members.removeAll { $0.key == key }
                return
            }
            if let index = members.lastIndex(where: { $0.key == key }) {
                members[index].value = newValue
            } else {
                members.append(Member(key: key, value: newValue))
            }
        }
    }

    /// Adds a member without looking for one of the same name.
    public mutating func append(_ key: String, _ value: JSONValue) {
        members.append(Member(key: key, value: value))
    }

    /// The names in order, duplicates included.
    public var keys: [String] { members.map(\.key) }
    /// How many members there are, duplicates included.
    public var count: Int { members.count }
    /// Whether there is no member.
    public var isEmpty: Bool { members.isEmpty }

    /// The names that are there more than once, each once.
    public var duplicateKeys: [String] {
        var seen: Set<String> = []
        var repeated: Set<String> = []
        var duplicates: [String] = []
        for member in members where !seen.insert(member.key).inserted && repeated.insert(member.key).inserted
        {
            duplicates.append(member.key)
        }
        return duplicates
    }

    /// Goes over the members of an object in order.
    public struct Iterator: IteratorProtocol {
        private var members: IndexingIterator<[Member]>

        fileprivate init(_ members: [Member]) {
            self.members = members.makeIterator()
        }

        /// The next member; `nil` after the last.
        public mutating func next() -> (key: String, value: JSONValue)? {
            members.next().map { ($0.key, $0.value) }
        }
    }

    /// Goes over the members in order.
    public func makeIterator() -> Iterator { Iterator(members) }
}

extension JSONValue {
    /// The text, where it is one.
    public var stringValue: String? { if case .string(let text) = self { text } else { nil } }
    /// The whole number, where it is one.
    public var integerValue: Int64? { if case .integer(let number) = self { number } else { nil } }
    /// The truth value, where it is one.
    public var boolValue: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    /// The elements, where it is an array.
    public var arrayValue: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
    /// The members, where it is an object.
    public var objectValue: JSONObject? { if case .object(let object) = self { object } else { nil } }

    /// The number, whole or not, where it is one.
    public var numberValue: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        case .null, .bool, .string, .array, .object: nil
        }
    }

    /// The member of an object; `nil` for anything else.
    public subscript(key: String) -> JSONValue? { objectValue?[key] }

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - bytes: The whole text in UTF-8, without a byte order mark.
    ///   - limits: How much is accepted.
    /// - Throws: ``JSONSyntaxError`` with the place of the first mistake.
    public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONSyntaxError) {
        var parser = JSONParser(bytes, limits: limits)
        self = try parser.document()
    }
}

/// How much the parser accepts.
public struct JSONLimits: Hashable, Sendable {
    /// The longest text in bytes.
    public var bytes: Int
    /// How deep arrays and objects may lie in each other.
    public var depth: Int

    /// Makes limits; 256 MiB and 128 levels unless given.
    public init(bytes: Int = 256 << 20, depth: Int = 128) {
        self.bytes = bytes
        self.depth = depth
    }
}

/// The first mistake in a text that should be JSON.
public struct JSONSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, for people.
    public var reason: String
    /// Where, in bytes from the start.
    public var offset: Int
    /// The line, from 1.
    public var line: Int
    /// The column in characters, from 1.
    public var column: Int

    /// Makes an error of its parts.
    public init(reason: String, offset: Int, line: Int, column: Int) {
        self.reason = reason
        self.offset = offset
        self.line = line
        self.column = column
    }

    /// `line 3 column 5: expected …`.
    public var description: String { "line \(line) column \(column): \(reason)" }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByNilLiteral
{
    /// Makes a text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Makes a whole number.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// Makes a number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// Makes a truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Makes an array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// Makes null.
    public init(nilLiteral: ()) { self = .null }

    /// Makes an object.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in elements {
            object.append(key, value)
        }
        self = .object(object)
    }
}

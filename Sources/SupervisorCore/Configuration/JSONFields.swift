import Shared

/// Why a stored or transmitted app is none.
public struct AppDefinitionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where, such as `restart.window_ms`; empty for the whole.
    public var path: String
    /// What is wrong there.
    public var reason: String

    /// `app definition: restart.window_ms: expected a whole number`.
    public var description: String { "app definition: " + (path.isEmpty ? reason : "\(path): \(reason)") }
}

/// Reads the members of an object that a program wrote: a missing one takes its default, a wrong one is an error.
///
/// Members that nobody asks for are skipped: a newer version may have written them.
struct JSONFields {
    private let object: JSONObject
    private let path: String

    init(_ value: JSONValue, path: String = "") throws(AppDefinitionError) {
        guard case .object(let object) = value else {
            throw AppDefinitionError(path: path, reason: "expected an object")
        }
        self.object = object
        self.path = path
    }

    /// The path of a member for messages.
    func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// A member that is there and not null.
    func value(_ key: String) -> JSONValue? {
        guard let value = object[key], value != .null else { return nil }
        return value
    }

    /// Whether a member is there, null or not.
    func has(_ key: String) -> Bool { object[key] != nil }

    func failure(_ key: String, _ reason: String) -> AppDefinitionError {
        AppDefinitionError(path: path(of: key), reason: reason)
    }

    func string(_ key: String) throws(AppDefinitionError) -> String? {
        guard let value = value(key) else { return nil }
        guard case .string(let text) = value else { throw failure(key, "expected a text") }
        guard !text.utf8.contains(0) else { throw failure(key, "holds a NUL character") }
        return text
    }

    func required(_ key: String) throws(AppDefinitionError) -> String {
        guard let text = try string(key) else { throw failure(key, "is missing") }
        return text
    }

    /// The objects of a list; nothing for a member that is not there.
    func objects(_ key: String) throws(AppDefinitionError) -> [JSONFields] {
        guard let value = value(key) else { return [] }
        guard case .array(let elements) = value else { throw failure(key, "expected a list") }
        var objects: [JSONFields] = []
        for (index, element) in elements.enumerated() {
            objects.append(try JSONFields(element, path: "\(path(of: key))[\(index)]"))
        }
        return objects
    }

    func bool(_ key: String) throws(AppDefinitionError) -> Bool? {
        guard let value = value(key) else { return nil }
        guard case .bool(let flag) = value else { throw failure(key, "expected true or false") }
        return flag
    }

    func integer<Number: FixedWidthInteger>(
        _ key: String,
        in range: ClosedRange<Number>
    ) throws(AppDefinitionError) -> Number? {
        guard let value = value(key) else { return nil }
        guard let whole = value.exactInteger, let number = Number(exactly: whole), range.contains(number)
        else {
            throw failure(key, "expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func number(_ key: String, in range: ClosedRange<Double>) throws(AppDefinitionError) -> Double? {
        guard let value = value(key) else { return nil }
        let number: Double
        switch value {
        case .integer(let whole): number = Double(whole)
        case .number(let real): number = real
        default: throw failure(key, "expected a number")
        }
        guard range.contains(number) else { throw failure(key, "is out of range") }
        return number
    }

    func duration(_ key: String) throws(AppDefinitionError) -> Duration? {
        // A hundred years: far beyond any setting, far within what the clock counts.
        try integer(key, in: 0...3_155_760_000_000).map { (number: Int64) in Duration.milliseconds(number) }
    }

    func byteCount(_ key: String) throws(AppDefinitionError) -> ByteCount? {
        try integer(key, in: 0...Int64.max).map { (number: Int64) in ByteCount(number) }
    }

    func array(_ key: String) throws(AppDefinitionError) -> [JSONValue] {
        guard let value = value(key) else { return [] }
        guard case .array(let values) = value else { throw failure(key, "expected a list") }
        return values
    }

    func strings(_ key: String) throws(AppDefinitionError) -> [String] {
        var texts: [String] = []
        for value in try array(key) {
            guard case .string(let text) = value, !text.utf8.contains(0) else {
                throw failure(key, "expected a list of texts")
            }
            texts.append(text)
        }
        return texts
    }

    func numbers<Number: FixedWidthInteger>(_ key: String) throws(AppDefinitionError) -> [Number] {
        var numbers: [Number] = []
        for value in try array(key) {
            guard let whole = value.exactInteger, let number = Number(exactly: whole) else {
                throw failure(key, "expected a list of whole numbers")
            }
            numbers.append(number)
        }
        return numbers
    }

    func fields(_ key: String) throws(AppDefinitionError) -> JSONFields? {
        guard let value = value(key) else { return nil }
        return try JSONFields(value, path: path(of: key))
    }

    func variables(_ key: String) throws(AppDefinitionError) -> [String: String] {
        guard let value = value(key) else { return [:] }
        guard case .object(let object) = value else { throw failure(key, "expected an object") }
        var variables: [String: String] = [:]
        for (name, member) in object {
            guard case .string(let text) = member, !text.utf8.contains(0), name.isVariableName else {
                throw failure("\(key).\(name)", "expected a variable with a text")
            }
            variables[name] = text
        }
        return variables
    }
}

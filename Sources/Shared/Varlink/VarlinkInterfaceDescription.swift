/// What the text of a Varlink interface says (varlink.org, "Interface Definition").
public struct VarlinkInterfaceDescription: Hashable, Sendable {
    /// A field of a type, of a method's input or output, or of an error.
    public struct Field: Hashable, Sendable {
        /// The name.
        public var name: String
        /// What it holds.
        public var type: ValueType
    }

    /// What a field holds.
    public indirect enum ValueType: Hashable, Sendable {
        case bool
        case int
        case float
        case string
        case object
        /// A type of the same interface.
        case named(String)
        /// `?type`: the field may be missing or null.
        case optional(ValueType)
        /// `[]type`
        case array(ValueType)
        /// `[string]type`
        case dictionary(ValueType)
        /// `(name: type, …)`
        case structure([Field])
        /// `(name, …)`
        case enumeration([String])
    }

    /// A method.
    public struct Method: Hashable, Sendable {
        /// What it takes.
        public var input: [Field]
        /// What it answers.
        public var output: [Field]
    }

    /// The name, such as `com.novi.Worker`.
    public internal(set) var name = ""
    /// The types by name; a structure or an enumeration each.
    public internal(set) var types: [String: ValueType] = [:]
    /// The methods by name.
    public internal(set) var methods: [String: Method] = [:]
    /// The errors by name, with their fields.
    public internal(set) var errors: [String: [Field]] = [:]

    /// Reads the text of an interface.
    ///
    /// - Throws: ``VarlinkProtocolError`` with the line of the first mistake: in the grammar, a name that is there twice, or
    ///   a type that is named but not there.
    public init(parsing text: String) throws(VarlinkProtocolError) {
        var parser = VarlinkInterfaceParser(text)
        self = try parser.interface()
    }

    /// Makes an interface of which nothing is known yet.
    init() {}

    /// The types that are named somewhere but not there.
    var missingTypes: Set<String> {
        var names: Set<String> = []
        for type in types.values { Self.collect(type, into: &names) }
        for method in methods.values {
            for field in method.input + method.output { Self.collect(field.type, into: &names) }
        }
        for field in errors.values.joined() { Self.collect(field.type, into: &names) }
        return names.subtracting(types.keys)
    }

    private static func collect(_ type: ValueType, into names: inout Set<String>) {
        switch type {
        case .bool, .int, .float, .string, .object, .enumeration: break
        case .named(let name): names.insert(name)
        case .optional(let inner), .array(let inner), .dictionary(let inner): collect(inner, into: &names)
        case .structure(let fields):
            for field in fields { collect(field.type, into: &names) }
        }
    }
}

extension VarlinkInterfaceDescription {
    /// Tells what in an object does not fit fields: a wrong type, a field that is missing or not described.
    ///
    /// - Returns: Paths such as `processes[0].pid`, empty when everything fits.
    public func mismatches(of object: JSONObject, with fields: [Field]) -> [String] {
        mismatches(of: object, with: fields, at: JSONPath()).map(\.description)
    }

    private func mismatches(of object: JSONObject, with fields: [Field], at path: JSONPath) -> [JSONPath] {
        let known = Set(fields.map(\.name))
        var found = object.keys.filter { !known.contains($0) }.map { path.appending(.key($0)) }
        for field in fields {
            let value = object[field.name] ?? .null
            found += mismatches(of: value, with: field.type, at: path.appending(.key(field.name)))
        }
        return found
    }

    private func mismatches(of value: JSONValue, with type: ValueType, at path: JSONPath) -> [JSONPath] {
        switch (type, value) {
        case (.bool, .bool), (.int, .integer), (.float, .integer), (.float, .number), (.string, .string),
            (.object, .object), (.optional, .null):
            return []
        case (.optional(let inner), _): return mismatches(of: value, with: inner, at: path)
        case (.enumeration(let names), .string(let name)): return names.contains(name) ? [] : [path]
        case (.structure(let fields), .object(let object)):
            return mismatches(of: object, with: fields, at: path)
        case (.array(let inner), .array(let elements)):
            return elements.enumerated().flatMap { index, element in
                mismatches(of: element, with: inner, at: path.appending(.index(index)))
            }
        case (.dictionary(let inner), .object(let object)):
            return object.flatMap { key, value in
                mismatches(of: value, with: inner, at: path.appending(.key(key)))
            }
        case (.named(let name), _):
            guard let type = types[name] else { return [path] }
            return mismatches(of: value, with: type, at: path)
        default: return [path]
        }
    }
}

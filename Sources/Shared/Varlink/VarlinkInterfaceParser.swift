/// Reads the text of a Varlink interface (varlink.org, "Interface Definition").
struct VarlinkInterfaceParser {
    private typealias Field = VarlinkInterfaceDescription.Field
    private typealias ValueType = VarlinkInterfaceDescription.ValueType

    /// How deep types may lie in each other.
    private static let maximumDepth = 32

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// Reads the whole text.
    mutating func interface() throws(VarlinkProtocolError) -> VarlinkInterfaceDescription {
        var description = VarlinkInterfaceDescription()
        guard word() == "interface" else { throw failure("expected \"interface\"") }
        description.name = try interfaceName()
        while true {
            skipSpace()
            if position == bytes.count { break }
            try member(into: &description)
        }
        if let name = description.missingTypes.min() { throw failure("there is no type \(name)") }
        return description
    }

    private mutating func member(
        into description: inout VarlinkInterfaceDescription
    ) throws(VarlinkProtocolError) {
        let keyword = word()
        guard keyword == "type" || keyword == "method" || keyword == "error" else {
            throw failure("expected \"type\", \"method\" or \"error\"")
        }
        let name = try memberName()
        guard description.types[name] == nil, description.methods[name] == nil,
            description.errors[name] == nil
        else { throw failure("\(name) is there twice") }
        switch keyword {
        case "type": description.types[name] = try structureOrEnumeration()
        case "error": description.errors[name] = try fields()
        default:
            let input = try fields()
            guard take("-"), bytes[safe: position] == UInt8(ascii: ">") else {
                throw failure("expected \"->\"")
            }
            position += 1
            description.methods[name] = .init(input: input, output: try fields())
        }
    }

    // MARK: - Types

    private mutating func fields() throws(VarlinkProtocolError) -> [Field] {
        guard case .structure(let fields) = try structureOrEnumeration() else {
            throw failure("expected fields with types")
        }
        return fields
    }

    private mutating func structureOrEnumeration() throws(VarlinkProtocolError) -> ValueType {
        guard take("(") else { throw failure("expected \"(\"") }
        if take(")") { return .structure([]) }
        var fields: [Field] = []
        var names: [String] = []
        repeat {
            let name = try fieldName()
            guard !names.contains(name) else { throw failure("\(name) is there twice") }
            names.append(name)
            if take(":") { fields.append(Field(name: name, type: try type())) }
        } while take(",")
        guard take(")") else { throw failure("expected \",\" or \")\"") }
        if fields.isEmpty { return .enumeration(names) }
        guard fields.count == names.count else { throw failure("some fields have a type, others have none") }
        return .structure(fields)
    }

    private mutating func type() throws(VarlinkProtocolError) -> ValueType {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            throw failure("types lie more than \(Self.maximumDepth) deep in each other")
        }
        if take("?") {
            let inner = try type()
            if case .optional = inner { throw failure("a type cannot be optional twice") }
            return .optional(inner)
        }
        if take("[") {
            if take("]") { return .array(try type()) }
            guard word() == "string", take("]") else { throw failure("expected \"[]\" or \"[string]\"") }
            return .dictionary(try type())
        }
        skipSpace()
        if bytes[safe: position] == UInt8(ascii: "(") { return try structureOrEnumeration() }
        switch word() {
        case "bool": return .bool
        case "int": return .int
        case "float": return .float
        case "string": return .string
        case "object": return .object
        case let name where Self.isMemberName(name): return .named(name)
        default: throw failure("expected a type")
        }
    }

    // MARK: - Names

    /// At least two parts, of letters, digits and dashes, separated by dots.
    private mutating func interfaceName() throws(VarlinkProtocolError) -> String {
        let name = word(and: [UInt8(ascii: "."), UInt8(ascii: "-")])
        let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let dash = UInt8(ascii: "-")
        let isValid = parts.allSatisfy { part in
            !part.isEmpty && part.first != dash && part.last != dash && !part.contains(UInt8(ascii: "_"))
        }
        guard parts.count >= 2, isValid, let first = name.utf8.first, Self.isLetter(first) else {
            throw failure("expected the interface's name, such as org.example.Name")
        }
        return name
    }

    private mutating func memberName() throws(VarlinkProtocolError) -> String {
        let name = word()
        guard Self.isMemberName(name) else { throw failure("expected a name that begins with a capital") }
        return name
    }

    private mutating func fieldName() throws(VarlinkProtocolError) -> String {
        let name = word()
        guard let first = name.utf8.first, Self.isLetter(first) else {
            throw failure("expected a field's name")
        }
        return name
    }

    private static func isMemberName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (0x41...0x5A).contains(first) else { return false }
        return !name.utf8.contains(UInt8(ascii: "_"))
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    // MARK: - Bytes

    /// The next letters, digits, underscores and bytes of `others`; empty when there is none.
    private mutating func word(and others: [UInt8] = []) -> String {
        skipSpace()
        let start = position
        while let byte = bytes[safe: position],
            Self.isLetter(byte) || (0x30...0x39).contains(byte) || byte == 0x5F || others.contains(byte)
        {
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard bytes[safe: position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Skips white space and comments.
    private mutating func skipSpace() {
        while let byte = bytes[safe: position] {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            case UInt8(ascii: "#"):
                while let byte = bytes[safe: position], byte != 0x0A { position += 1 }
            default: return
            }
        }
    }

    private func failure(_ reason: String) -> VarlinkProtocolError {
        let place = JSONParser.place(of: position, in: bytes)
        return VarlinkProtocolError(reason: "line \(place.line) column \(place.column): \(reason)")
    }
}

extension [UInt8] {
    /// The byte at an index; `nil` behind the end.
    fileprivate subscript(safe index: Int) -> UInt8? { index < count ? self[index] : nil }
}

import Shared

/// The query of a URL (`a=1&b=two%20words`), read strictly.
enum QueryText {
    /// Why a query cannot be read.
    struct Malformed: Error {}

    /// The fields in order.
    ///
    /// - Throws: ``Malformed`` for wrong percent signs, text that is no UTF-8, or more fields than anybody needs.
    static func fields(of query: String) throws(Malformed) -> [(name: String, value: String)] {
        var fields: [(String, String)] = []
        for pair in query.split(separator: "&") {
            guard fields.count < 50 else { throw Malformed() }
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            fields.append((try decoded(parts[0]), parts.count == 2 ? try decoded(parts[1]) : ""))
        }
        return fields
    }

    /// Text without its percent encoding; `+` is a blank.
    static func decoded(_ text: Substring) throws(Malformed) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexValue),
                    let low = rest.popFirst().flatMap(hexValue)
                else {
                    throw Malformed()
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw Malformed() }
        return decoded
    }

    /// The fields by the parameters of a route, in the types of their schemas, and everything that is wrong.
    static func values(
        of query: String,
        parameters: [Route.Parameter]
    ) throws(Malformed) -> (values: [String: JSONValue], problems: [FieldProblem]) {
        var values: [String: JSONValue] = [:]
        var problems: [FieldProblem] = []
        for (name, text) in try fields(of: query) {
            let path = JSONPath([.key(String(name.prefix(64)))])
            guard let parameter = parameters.first(where: { $0.place == .query && $0.name == name }) else {
                problems.append(FieldProblem(path: path, problem: "is not known here"))
                continue
            }
            guard values[name] == nil else {
                problems.append(FieldProblem(path: path, problem: "is there twice"))
                continue
            }
            let value = parameter.schema.value(of: text)
            values[name] = value
            problems += parameter.schema.problems(in: value).map {
                FieldProblem(path: path, problem: $0.problem)
            }
        }
        return (values, problems)
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}

extension Schema {
    /// The JSON value that a text of a query stands for.
    fileprivate func value(of text: String) -> JSONValue {
        switch self {
        case .integer: Int64(text).map { .integer($0) } ?? .string(text)
        case .boolean: text == "true" ? true : text == "false" ? false : .string(text)
        default: .string(text)
        }
    }
}

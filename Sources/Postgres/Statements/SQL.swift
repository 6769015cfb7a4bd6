/// A statement with its bound parameters.
///
/// Text comes from literals of the program only; what is interpolated is bound (`$1`, `$2` …), never spliced in:
///
///     let open: SQL = "SELECT * FROM orders WHERE business_id = \(business) AND status = \(status)"
///     let page: SQL = "\(open) ORDER BY created_at DESC LIMIT \(limit)"     // statements compose
///
/// The server infers a parameter's type from its place; where it cannot, write a cast: `\(id)::uuid`. Lists are
/// one parameter: `id = ANY(\(ids))`. Each distinct text is prepared once a connection, so put no varying number of
/// parameters into a text.
public struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// A piece of text or the place of a parameter.
    enum Part: Sendable, Equatable {
        /// Text of the program.
        case text(String)
        /// A bound value; `nil` is NULL.
        case parameter(String?)
    }

    private(set) var parts: [Part]

    /// Makes a statement of a literal.
    public init(stringLiteral text: String) {
        parts = text.isEmpty ? [] : [.text(text)]
    }

    /// Makes a statement of an interpolated literal.
    public init(stringInterpolation: StringInterpolation) {
        parts = stringInterpolation.parts
    }

    /// Makes a statement of text that was not written in the program, such as a migration's file.
    ///
    /// - Parameter text: The whole statement. Nothing that came from outside may be in it.
    public init(trusted text: String) {
        parts = [.text(text)]
    }

    /// The text with `$1`, `$2` … for the parameters.
    public var text: String {
        var text = ""
        var number = 0
        for part in parts {
            switch part {
            case .text(let piece): text += piece
            case .parameter:
                number += 1
                text += "$\(number)"
            }
        }
        return text
    }

    /// The parameters' values as PostgreSQL's text format; `nil` is NULL.
    public var parameters: [String?] {
        parts.compactMap { part -> String?? in
            if case .parameter(let value) = part { .some(value) } else { nil }
        }
    }

    /// Adds a statement to the end.
    public mutating func append(_ other: SQL) {
        parts += other.parts
    }

    /// Two statements, one after the other.
    public static func + (left: SQL, right: SQL) -> SQL {
        var sum = left
        sum.append(right)
        return sum
    }

    /// Statements with a separator between them, such as conditions with ` AND `.
    public static func joined(_ statements: [SQL], separator: SQL) -> SQL {
        var sum: SQL = ""
        for (index, statement) in statements.enumerated() {
            if index > 0 { sum.append(separator) }
            sum.append(statement)
        }
        return sum
    }

    /// Collects the pieces of an interpolated literal.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate(set) var parts: [Part] = []

        /// Begins a literal.
        public init(literalCapacity: Int, interpolationCount: Int) {
            parts.reserveCapacity(interpolationCount * 2 + 1)
        }

        /// Adds text of the program.
        public mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { parts.append(.text(literal)) }
        }

        /// Binds a value.
        public mutating func appendInterpolation(_ value: some DatabaseEncodable) {
            parts.append(.parameter(value.databaseText))
        }

        /// Binds a value or NULL.
        public mutating func appendInterpolation(_ value: (some DatabaseEncodable)?) {
            parts.append(.parameter(value?.databaseText))
        }

        /// Puts a statement with its parameters here.
        public mutating func appendInterpolation(_ statement: SQL) {
            parts += statement.parts
        }
    }
}

extension SQL {
    /// A name of the database, quoted (`"order"`); for the few places where a name cannot be a parameter.
    public static func identifier(_ name: String) -> SQL {
        SQL(
            trusted: "\""
                + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                + "\""
        )
    }
}

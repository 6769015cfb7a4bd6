/// A value that can be a parameter of a statement.
public protocol DatabaseEncodable: Sendable {
    /// The value in PostgreSQL's text format; `nil` is NULL.
    var databaseText: String? { get }
}

/// A value that can be read from a column.
public protocol DatabaseDecodable: Sendable {
    /// Reads PostgreSQL's text format; `nil` when the text is no such value.
    init?(databaseText: String)
}

/// A value that can be both.
public typealias DatabaseValue = DatabaseEncodable & DatabaseDecodable

extension String: DatabaseValue {
    /// PostgreSQL's text format.
    public var databaseText: String? { self }

    /// Reads PostgreSQL's text format; `nil` for anything else.
    public init?(databaseText: String) { self = databaseText }
}

extension Int: DatabaseValue {
    /// PostgreSQL's text format.
    public var databaseText: String? { String(self) }

    /// Reads PostgreSQL's text format; `nil` for anything else.
    public init?(databaseText: String) { self.init(databaseText) }
}

extension Int64: DatabaseValue {
    /// PostgreSQL's text format.
    public var databaseText: String? { String(self) }

    /// Reads PostgreSQL's text format; `nil` for anything else.
    public init?(databaseText: String) { self.init(databaseText) }
}

extension Int32: DatabaseValue {
    /// PostgreSQL's text format.
    public var databaseText: String? { String(self) }

    /// Reads PostgreSQL's text format; `nil` for anything else.
    public init?(databaseText: String) { self.init(databaseText) }
}

extension Double: DatabaseValue {
    /// PostgreSQL's text format.
    public var databaseText: String? {
        // PostgreSQL's words for what has no digits (manual, section 8.1.3).
        if isNaN { return "NaN" }
        if isInfinite { return self < 0 ? "-Infinity" : "Infinity" }
        return description
    }

    /// Reads PostgreSQL's text format; `nil` for anything else.
    public init?(databaseText: String) { self.init(databaseText) }
}

extension Bool: DatabaseValue {
    /// PostgreSQL's text format.
    public var databaseText: String? { self ? "t" : "f" }

    /// Reads PostgreSQL's text format; `nil` for anything else.
    public init?(databaseText: String) {
        switch databaseText {
        case "t": self = true
        case "f": self = false
        default: return nil
        }
    }
}

/// An enum with text for its raw value is a parameter and a column by that text.
///
///     enum OrderStatus: String, DatabaseRawValue { case pending, processing }
public protocol DatabaseRawValue: RawRepresentable, DatabaseEncodable, DatabaseDecodable
where RawValue == String {}

extension DatabaseRawValue {
    /// The raw value.
    public var databaseText: String? { rawValue }

    /// The case with this raw value.
    public init?(databaseText: String) { self.init(rawValue: databaseText) }
}

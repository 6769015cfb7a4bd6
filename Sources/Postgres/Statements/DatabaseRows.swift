/// The rows of an answer; read where they lie in libpq's memory, without a copy.
public struct DatabaseRows: Sendable, RandomAccessCollection {
    private let result: ServerResult

    init(_ result: ServerResult) {
        self.result = result
    }

    /// Always 0.
    public var startIndex: Int { 0 }

    /// The number of rows.
    public var endIndex: Int { result.rowCount }

    /// A row.
    public subscript(position: Int) -> DatabaseRow {
        precondition(position >= 0 && position < result.rowCount, "no row \(position)")
        return DatabaseRow(result: result, index: position)
    }

    /// The names of the columns.
    public var columns: [String] { result.columns }

    /// How many rows the statement changed, inserted, deleted or brought.
    public var affectedCount: Int { result.affectedCount }

    /// The command that the server says it did, such as `COMMIT` or `INSERT`.
    var command: String { result.command }

    /// The only row.
    ///
    /// - Throws: ``DatabaseError/undecodable(_:)`` when there are none or several.
    public func only() throws(DatabaseError) -> DatabaseRow {
        guard count == 1 else { throw .undecodable("one row expected, \(count) came") }
        return self[0]
    }
}

/// One row of an answer.
public struct DatabaseRow: Sendable {
    private let result: ServerResult
    private let index: Int

    init(result: ServerResult, index: Int) {
        self.result = result
        self.index = index
    }

    /// The value of a column that is never NULL.
    ///
    ///     let name: String = try row["customer_name"]
    ///
    /// - Throws: ``DatabaseError/undecodable(_:)`` when there is no such column, it is NULL or no such value.
    public subscript<Value: DatabaseDecodable>(column: String) -> Value {
        get throws(DatabaseError) {
            guard let value = try optional(column, as: Value.self) else {
                throw .undecodable("column \"\(column)\" is NULL where \(Value.self) was expected")
            }
            return value
        }
    }

    /// The value of a column; `nil` is NULL.
    ///
    /// - Throws: ``DatabaseError/undecodable(_:)`` when there is no such column or it is no such value.
    public subscript<Value: DatabaseDecodable>(column: String) -> Value? {
        get throws(DatabaseError) { try optional(column, as: Value.self) }
    }

    /// The value of a column, with the type in words; `nil` is NULL.
    ///
    /// - Throws: ``DatabaseError/undecodable(_:)`` when there is no such column or it is no such value.
    public func optional<Value: DatabaseDecodable>(
        _ column: String,
        as type: Value.Type
    ) throws(DatabaseError) -> Value? {
        guard let position = result.position(of: column) else {
            throw .undecodable(
                "there is no column \"\(column)\" among \(result.columns.joined(separator: ", "))"
            )
        }
        return try value(at: position)
    }

    /// The value of a column by its position, from 0; `nil` is NULL.
    ///
    /// - Throws: ``DatabaseError/undecodable(_:)`` when there is no such column or it is no such value.
    public func value<Value: DatabaseDecodable>(
        at position: Int,
        as type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value? {
        guard position >= 0, position < result.columns.count else {
            throw .undecodable("there is no column \(position) among \(result.columns.count)")
        }
        guard let text = result.text(row: index, column: position) else { return nil }
        guard let value = Value(databaseText: text) else {
            // Not the text itself: rows hold what belongs in no log.
            throw .undecodable("column \"\(result.columns[position])\" holds no \(Value.self)")
        }
        return value
    }

    /// The value of a column, with the type in words: `try row.decode("id", as: UUID.self)`.
    ///
    /// - Throws: ``DatabaseError/undecodable(_:)`` when there is no such column, it is NULL or no such value.
    public func decode<Value: DatabaseDecodable>(
        _ column: String,
        as type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value {
        try self[column]
    }
}

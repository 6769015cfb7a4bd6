/// What can run statements: a pool (each on any connection) or a connection (one after the other, maybe in a transaction).
///
/// Write what asks the database against this, so that it can be part of a transaction or not.
public protocol Database: Sendable {
    /// Runs a statement and brings its rows.
    ///
    /// - Throws: ``DatabaseError``.
    @discardableResult
    func query(_ statement: SQL) async throws(DatabaseError) -> DatabaseRows
}

extension Database {
    /// Runs a statement; returns how many rows it changed.
    ///
    /// - Throws: ``DatabaseError``.
    @discardableResult
    public func execute(_ statement: SQL) async throws(DatabaseError) -> Int {
        try await query(statement).affectedCount
    }

    /// Runs a statement that brings one row or none.
    ///
    /// - Throws: ``DatabaseError``; ``DatabaseError/undecodable(_:)`` when several rows came.
    public func queryFirst(_ statement: SQL) async throws(DatabaseError) -> DatabaseRow? {
        let rows = try await query(statement)
        guard rows.count <= 1 else { throw .undecodable("at most one row expected, \(rows.count) came") }
        return rows.first
    }
}

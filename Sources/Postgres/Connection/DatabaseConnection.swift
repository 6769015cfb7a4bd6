import Synchronization

/// A connection that a pool lent; usable until the closure that got it ends.
///
/// One statement at a time, one after the other: a transaction is a conversation.
public final class DatabaseConnection: Database {
    private let server: ServerConnection
    private let isReturned = Atomic<Bool>(false)
    private let savepoints = Atomic<Int>(0)

    init(_ server: ServerConnection) {
        self.server = server
    }

    /// Runs a statement; it is prepared once and kept so.
    @discardableResult
    public func query(_ statement: SQL) async throws(DatabaseError) -> DatabaseRows {
        try await query(statement, timeout: nil)
    }

    /// Runs a statement with a limit of its own for the whole answer.
    ///
    /// - Parameters:
    ///   - statement: The statement.
    ///   - timeout: The most it may take; afterwards the connection is given up. `statement_timeout` holds as well.
    ///   - isPrepared: Whether it is prepared and kept so; not for what is used once.
    /// - Returns: The rows.
    /// - Throws: ``DatabaseError``.
    @discardableResult
    public func query(
        _ statement: SQL,
        timeout: Duration?,
        isPrepared: Bool = true
    ) async throws(DatabaseError) -> DatabaseRows {
        try await run(ServerRequest(statement, usesCache: isPrepared, timeout: timeout))
    }

    /// Runs several statements without parameters, such as a migration; all or none unless they say otherwise.
    ///
    /// - Throws: ``DatabaseError``.
    public func executeScript(_ script: SQL, timeout: Duration? = nil) async throws(DatabaseError) {
        guard script.parameters.isEmpty else {
            throw .misused("a script of several statements cannot have parameters")
        }
        _ = try await run(ServerRequest(script, usesCache: false, isScript: true, timeout: timeout))
    }

    /// Runs a closure in a savepoint: when it throws, what it did is taken back, and the transaction goes on.
    ///
    /// - Throws: What the closure throws, and ``DatabaseError``.
    @discardableResult
    public func withSavepoint<Value: Sendable>(
        _ body: (DatabaseConnection) async throws -> Value
    ) async throws -> Value {
        let name = SQL.identifier("novi_\(savepoints.add(1, ordering: .relaxed).newValue)")
        _ = try await control("SAVEPOINT \(name)")
        do {
            let value = try await body(self)
            _ = try await control("RELEASE SAVEPOINT \(name)")
            return value
        } catch {
            _ = try await control("ROLLBACK TO SAVEPOINT \(name)")
            throw error
        }
    }

    /// Brings the rows of a query in batches, for answers that should not lie in memory whole; inside a transaction only.
    ///
    /// - Parameters:
    ///   - statement: The query.
    ///   - size: How many rows a batch has at most.
    ///   - body: Gets each batch.
    /// - Throws: What the closure throws, and ``DatabaseError``.
    public func forEachBatch(
        of statement: SQL,
        size: Int = 500,
        _ body: (DatabaseRows) async throws -> Void
    ) async throws {
        let name = SQL.identifier("novi_cursor_\(savepoints.add(1, ordering: .relaxed).newValue)")
        try await query("DECLARE \(name) NO SCROLL CURSOR FOR \(statement)", timeout: nil, isPrepared: false)
        while true {
            let rows = try await query(
                "FETCH \(SQL(trusted: String(size))) FROM \(name)",
                timeout: nil,
                isPrepared: false
            )
            if !rows.isEmpty { try await body(rows) }
            if rows.count < size { break }
        }
        try await query("CLOSE \(name)", timeout: nil, isPrepared: false)
    }

    // MARK: For the pool

    /// Runs a request.
    func run(_ request: ServerRequest) async throws(DatabaseError) -> DatabaseRows {
        guard !isReturned.load(ordering: .acquiring) else {
            throw .misused("it was given back to the pool already")
        }
        return DatabaseRows(try await server.run(request))
    }

    /// Opens a transaction with the first statement inside.
    func open(_ statement: String) { server.open(statement) }

    /// Takes an ``open(_:)`` back that no statement followed; false when the transaction is open.
    func closeUnused() -> Bool { server.closeUnused() }

    /// Runs what belongs to a transaction's frame; never cancelled.
    func control(_ statement: SQL) async throws(DatabaseError) -> DatabaseRows {
        try await run(ServerRequest(statement, kind: .control, usesCache: false))
    }

    /// Lets no later call through.
    func giveBack() {
        isReturned.store(true, ordering: .releasing)
    }
}

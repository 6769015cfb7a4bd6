/// A transaction on a connection.
extension DatabaseConnection {
    /// Runs a closure in a transaction; see ``DatabasePool/withTransaction(isolation:access:attempts:_:)``.
    func transaction<Value: Sendable>(
        isolation: TransactionIsolation = .readCommitted,
        access: TransactionAccess = .readWrite,
        _ body: (DatabaseConnection) async throws -> Value
    ) async throws -> Value {
        open("BEGIN ISOLATION LEVEL \(isolation.rawValue) \(access.rawValue)")
        let value: Value
        do {
            value = try await body(self)
            guard !Task.isCancelled else { throw DatabaseError.cancelled }
        } catch {
            // When the connection is gone, the server takes everything back itself.
            if !closeUnused() { _ = try? await control("ROLLBACK") }
            throw error
        }
        if closeUnused() { return value }
        let answer = try await run(ServerRequest("COMMIT", kind: .commit, usesCache: false))
        guard answer.command == "COMMIT" else {
            // The closure swallowed an error; the server says ROLLBACK to such a COMMIT.
            throw DatabaseError.misused("the transaction had failed before its commit and was rolled back")
        }
        return value
    }
}

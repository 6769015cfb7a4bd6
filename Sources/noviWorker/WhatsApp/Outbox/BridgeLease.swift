import Postgres
import Shared

/// The right to be the one bridge of a provider: an advisory lock on a connection of its own and the fence that was taken with it.
///
/// What needs the right is asked over that connection. When it is lost, so is the lock, and the next question fails: nobody has to
/// look whether it is there still. A bridge that was overtaken all the same fails at the fence, in the database.
struct BridgeLease {
    /// Whose bridge.
    let provider: ProviderKind
    /// The number that the database raised when the lock was taken.
    let fence: Int64
    /// The connection that holds the lock.
    let connection: DatabaseConnection

    /// What came before the provider in the key of the lock: "wab" in ASCII.
    private static let keySpace: Int32 = 0x0077_6162

    /// Waits for the right, has `body` use it, and gives it back.
    ///
    /// - Parameters:
    ///   - provider: Whose bridge.
    ///   - holder: Who takes it, for people.
    ///   - database: Lends the connection.
    ///   - onWait: Is told once when another bridge has it.
    ///   - body: Works until it is cancelled, throws, or the connection is lost.
    /// - Throws: What `body` throws; ``DatabaseError``.
    static func hold(
        _ provider: ProviderKind,
        as holder: String,
        on database: DatabasePool,
        onWait: @Sendable () -> Void,
        _ body: @Sendable (BridgeLease) async throws -> Void
    ) async throws {
        try await database.withConnection { connection in
            try await waitForLock(provider, connection, onWait)
            do {
                let row = try await connection.query(
                    "SELECT take_bridge_lease(\(provider.rawValue), \(holder)) AS fence"
                ).only()
                try await body(
                    BridgeLease(provider: provider, fence: try row["fence"], connection: connection)
                )
            } catch {
                await giveBack(connection)
                throw error
            }
            await giveBack(connection)
        }
    }

    private static func waitForLock(
        _ provider: ProviderKind,
        _ connection: DatabaseConnection,
        _ onWait: @Sendable () -> Void
    ) async throws {
        let key: SQL = "(\(keySpace)::integer, hashtext(\(provider.rawValue)))"
        let first = try await connection.query("SELECT pg_try_advisory_lock\(key) AS taken").only()
        guard try !(first["taken"] as Bool) else { return }
        onWait()
        while true {
            do {
                try await connection.query("SELECT pg_advisory_lock\(key)")
                return
            } catch {
                // The limits of every statement; the server tells at once when the other one is gone.
                let isLimit = [.lockNotAvailable, .queryCanceled].contains(error.sqlState)
                guard isLimit else { throw error }
                try Task.checkCancellation()
            }
        }
    }

    /// The connection goes back to the pool: the lock belongs to the session, not to us.
    private static func giveBack(_ connection: DatabaseConnection) async {
        // Also when our task was cancelled.
        _ = await Task { try? await connection.query("SELECT pg_advisory_unlock_all()") }.value
    }
}

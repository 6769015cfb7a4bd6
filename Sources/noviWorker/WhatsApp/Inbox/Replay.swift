import Postgres
import Shared

/// Has stored messages read again, with the rules of this program: those that became no order.
///
/// What became an order stays; commands are not carried out twice. Answers that were given already are not given again, because
/// they have the same key.
struct Replay {
    private let provider: ProviderKind?
    private let database: any Database

    /// Makes a replay of one provider's messages, or of all.
    init(_ provider: ProviderKind?, _ database: any Database) {
        self.provider = provider
        self.database = database
    }

    /// Puts the messages back into the queue.
    ///
    /// - Returns: How many.
    /// - Throws: ``DatabaseError``.
    func run(since: UTCInstant) async throws -> Int {
        try await database.execute(
            """
            UPDATE inbound_messages SET processed_at = NULL, outcome = NULL, reason = NULL, attempts = 0
            WHERE received_at >= \(since) AND outcome IN ('ignored', 'incomplete', 'error', 'late') AND order_id IS NULL
            AND (\(provider?.rawValue)::text IS NULL OR provider = \(provider?.rawValue))
            """
        )
    }
}

import Logging
import OrderMessages
import Postgres
import ServiceLifecycle
import Shared
import WorkerSupport

/// Makes of stored messages what they are: orders, answers, nothing.
///
/// Each message is one transaction, with everything that comes of it. Whatever ends this process in between, the message is either
/// as it was or done whole.
struct MessageProcessing: Sendable {
    /// Whose messages.
    let provider: ProviderKind
    /// The database.
    let database: DatabasePool
    /// Answers `/status`.
    let linkStatus: @Sendable () async -> String
    /// Is told when something waits to be sent.
    let onReplies: @Sendable () -> Void
    /// The log.
    let log: WorkerLog
    /// Where outcomes are counted.
    var metrics = BridgeMetrics()

    /// After so many failures a message is left aside.
    static let maximumAttempts = 5

    /// Processes the next message.
    ///
    /// - Returns: Whether there was one.
    /// - Throws: ``DatabaseError`` when the database is away; any other failure is noted with the message.
    func processNext() async throws -> Bool {
        var failed: (id: String, reason: String, attempts: Int)?
        do {
            let found = try await database.withTransaction(attempts: 5) { transaction -> String? in
                guard let message = try await StoredMessage.next(provider, in: transaction) else {
                    return nil
                }
                let outcome: String
                do {
                    outcome = try await MessageCase(message, self, transaction).process()
                } catch let error as DatabaseError where error.isUnavailable || error.isRetryable {
                    throw error
                } catch {
                    failed = (message.id, "\(error)", message.attempts + 1)
                    throw error
                }
                CrashPoint.processed.pass()
                return outcome
            }
            if let found {
                metrics.countRead(found)
                CrashPoint.answered.pass()
                onReplies()
            }
            return found != nil
        } catch {
            guard let failed else { throw error }
            try await note(failed)
            return true
        }
    }

    /// Notes a failure; the message is tried again, behind those that came after it, or left aside.
    private func note(_ failed: (id: String, reason: String, attempts: Int)) async throws {
        let isLast = failed.attempts >= Self.maximumAttempts
        try await database.query(
            """
            UPDATE inbound_messages SET attempts = \(failed.attempts), reason = \(String(failed.reason.prefix(500))),
                outcome = CASE WHEN \(isLast) THEN 'error' END, processed_at = CASE WHEN \(isLast) THEN now() END
            WHERE id = \(failed.id)::uuid AND processed_at IS NULL
            """
        )
        if isLast { metrics.countRead("error") }
        let consequence = isLast ? "it is left aside" : "it is tried again"
        log.operations.error("message \(failed.id) failed, \(consequence): \(failed.reason)")
    }
}

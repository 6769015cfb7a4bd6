import Logging
import Postgres
import ServiceLifecycle
import WorkerSupport

/// Removes once an hour what is over: sessions, tokens, keys, counts, old login attempts.
///
/// Nothing depends on it, every question asks for the end by itself; it only keeps tables small. Of several processes, one does it.
struct Housekeeping: Service {
    let database: DatabasePool
    let log: WorkerLog

    private static let interval: Duration = .seconds(3600)

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await Task.sleep(for: Self.interval)
                do {
                    try await sweep()
                } catch {
                    log.operations.warning("housekeeping failed, next try in an hour: \(error)")
                }
            }
        }
    }

    /// Removes what is over, unless another process is at it.
    func sweep() async throws {
        try await database.withTransaction { transaction in
            let isOurTurn: Bool = try await transaction.query(
                "SELECT pg_try_advisory_xact_lock(hashtext('novi.housekeeping')) AS taken"
            ).only()["taken"]
            guard isOurTurn else { return }
            try await transaction.execute("DELETE FROM sessions WHERE expires_at < now()")
            try await transaction.execute(
                "DELETE FROM password_resets WHERE expires_at < now() - interval '1 day'"
            )
            try await transaction.execute("DELETE FROM idempotency_keys WHERE expires_at < now()")
            try await transaction.execute("DELETE FROM rate_buckets WHERE resets_at < now()")
            try await transaction.execute("DELETE FROM login_attempts WHERE at < now() - interval '90 days'")
        }
    }
}

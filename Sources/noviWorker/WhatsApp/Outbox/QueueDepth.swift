import Postgres
import Shared

/// How much waits, in and out.
struct QueueDepth: Sendable {
    /// Messages to send, by state.
    let waiting: Int64
    let sending: Int64
    let unknown: Int64
    let failed: Int64
    let dead: Int64
    /// Messages that were not processed yet.
    let unprocessed: Int64
    /// When the newest message came in and went out.
    let lastInbound: UTCInstant?
    let lastOutbound: UTCInstant?

    /// Asks the database.
    init(_ provider: ProviderKind, in database: DatabasePool) async throws {
        let row = try await database.read(
            """
            SELECT count(*) FILTER (WHERE state = 'queued') AS waiting, count(*) FILTER (WHERE state = 'sending') AS sending,
                count(*) FILTER (WHERE state = 'unknown') AS unknown, count(*) FILTER (WHERE state = 'failed') AS failed,
                count(*) FILTER (WHERE state = 'dead') AS dead,
                (SELECT count(*) FROM inbound_messages WHERE processed_at IS NULL AND provider = \(provider.rawValue)) AS unprocessed,
                (SELECT max(received_at) FROM inbound_messages WHERE provider = \(provider.rawValue)) AS last_inbound,
                (SELECT last_outbound_at FROM wa_state WHERE provider = \(provider.rawValue)) AS last_outbound
            FROM outbound_messages WHERE provider = \(provider.rawValue) AND state IN ('queued', 'sending', 'unknown', 'failed', 'dead')
            """
        ).only()
        waiting = try row["waiting"]
        sending = try row["sending"]
        unknown = try row["unknown"]
        failed = try row["failed"]
        dead = try row["dead"]
        unprocessed = try row["unprocessed"]
        lastInbound = try row["last_inbound"]
        lastOutbound = try row["last_outbound"]
    }

    /// The messages to send by state.
    var byState: [(state: String, count: Int64)] {
        [
            ("waiting", waiting), ("sending", sending), ("unknown", unknown), ("failed", failed),
            ("dead", dead),
        ]
    }

    /// The figures as members of an object.
    var json: JSONObject {
        var queue: JSONObject = [:]
        for (state, count) in byState { queue[state] = .integer(count) }
        return [
            "queue": .object(queue),
            "unprocessed": .integer(unprocessed),
            "last_inbound_at": lastInbound.map { .string($0.description) } ?? .null,
            "last_outbound_at": lastOutbound.map { .string($0.description) } ?? .null,
        ]
    }
}

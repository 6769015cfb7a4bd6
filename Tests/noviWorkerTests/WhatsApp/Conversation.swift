import Logging
import OrderMessages
import Postgres
import PostgresFixture
import Shared
import Synchronization
import Testing
import WorkerSupport

@testable import noviWorker

/// A business with a sales and a delivery chat, and people who write to it; everything but the provider is real.
final class Conversation: Sendable {
    let database: TestDatabase
    let pool: DatabasePool
    let inbox: Inbox
    let processing: MessageProcessing
    let business: String
    private let serial = Atomic<Int>(0)

    static let sales = "sales@g.us"
    static let delivery = "delivery@g.us"
    static let person = "2348030000001@c.us"

    /// Makes the business.
    init() async throws {
        database = try await NoviDatabase.make()
        pool = DatabasePool(ConnectionSettings(address: database.address()), log: Self.quiet)
        pool.start()
        inbox = Inbox(provider: .simulator, database: pool, isTemporary: { $0 == 130_429 }, onNews: {})
        processing = MessageProcessing(
            provider: .simulator,
            database: pool,
            linkStatus: { "ready" },
            onReplies: {},
            log: WorkerLog(app: "test", deployment: .production)
        )
        business = try await database.psql(
            """
            WITH owner AS (
                INSERT INTO users (email, full_name, password_hash, phone_e164) VALUES ('o@shop.example', 'Owner', 'none', '+2348030000009')
                RETURNING id
            )
            INSERT INTO businesses (owner_id, name, short_code, setup_identifier)
            SELECT id, 'Big Cakes', 'BIG', 'bigcakes-ABC123' FROM owner RETURNING id
            """
        )
    }

    deinit { pool.close() }

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Links the two chats.
    func linked() async throws -> Conversation {
        _ = try await say("/setup bigcakes-ABC123", in: Self.sales)
        _ = try await say("/setup BIGCAKES-abc123", in: Self.delivery)
        return self
    }

    /// What became of a message.
    struct Answer: Sendable {
        let id: String
        let outcome: String
        let reason: String
        /// What was written into the chat because of it.
        let replies: [String]

        /// The only reply.
        var reply: String { replies.count == 1 ? replies[0] : "\(replies.count) replies: \(replies)" }
    }

    /// Writes a message and has it processed.
    func say(
        _ text: String?,
        in chat: String = sales,
        from sender: String = person,
        _ change: (inout InboundMessage) -> Void = { _ in }
    ) async throws -> Answer {
        let number = serial.add(1, ordering: .relaxed).newValue
        var message = InboundMessage(externalID: "m-\(number)", chat: chat, sender: sender, text: text)
        change(&message)
        try await inbox.take([message], [])
        while try await processing.processNext() {}
        return try await answer(message.externalID)
    }

    /// What became of a message that was stored.
    func answer(_ externalID: String) async throws -> Answer {
        let row = try await pool.query(
            """
            SELECT m.id, coalesce(m.outcome, '') AS outcome, coalesce(m.reason, '') AS reason,
                (SELECT coalesce(json_agg(r.body ORDER BY r.place), '[]') FROM outbound_messages r
                    WHERE r.dedupe_key LIKE 'in:' || m.id || ':%' AND r.chat_ref = m.chat_ref)::jsonb AS replies
            FROM inbound_messages m WHERE m.external_id = \(externalID)
            """
        ).only()
        let replies: JSONValue = try row["replies"]
        return Answer(
            id: try row["id"],
            outcome: try row["outcome"],
            reason: try row["reason"],
            replies: replies.arrayValue?.compactMap(\.stringValue) ?? []
        )
    }

    /// Asks the database.
    @discardableResult
    func psql(_ statement: String) async throws -> String { try await database.psql(statement) }

    /// An order as people write it.
    static func order(_ name: String = "Amara Nwosu", items: String = "2 cakes, 1 pie") -> String {
        """
        Name: \(name)
        Phone: 0803 000 1122
        Address: 12 Allen Avenue, Ikeja
        Items: \(items)
        """
    }
}

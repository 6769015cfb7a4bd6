import OrderMessages
import Postgres
import Shared
import WhatsAppCloud

/// Where received messages are kept before anything is made of them: what a provider confirmed is in the database.
struct Inbox: MessageIntake {
    /// The provider whose messages these are.
    let provider: ProviderKind
    /// The database.
    let database: DatabasePool
    /// Which failures of a delivery may be tried again, by the provider's code.
    let isTemporary: @Sendable (Int64) -> Bool
    /// Is told when something new is there.
    let onNews: @Sendable () -> Void
    /// Where messages are counted.
    var metrics = BridgeMetrics()

    /// The longest text that is kept of a message, in characters; of more than ``OrderMessageLimits/messageScalars`` nothing is read.
    static let bodyCharacters = 16_384
    private static let nameCharacters = 255

    func take(_ messages: [InboundMessage], _ statuses: [MessageStatus]) async throws {
        guard !messages.isEmpty || !statuses.isEmpty else { return }
        if !messages.isEmpty { CrashPoint.received.pass() }
        if !statuses.isEmpty { CrashPoint.statusReceived.pass() }
        // A statement alone is a transaction by itself, and to store messages twice changes nothing.
        let stored =
            statuses.isEmpty
            ? try await database.query(idempotent: storing(messages)).affectedCount
            : try await database.withTransaction(attempts: 5) { transaction in
                let stored =
                    messages.isEmpty ? 0 : try await transaction.query(storing(messages)).affectedCount
                for status in statuses { try await apply(status, transaction) }
                return stored
            }
        metrics.countReceived(stored: stored, duplicates: messages.count - stored)
        metrics.countReceipts(statuses)
        if !messages.isEmpty { CrashPoint.stored.pass() }
        if !statuses.isEmpty { CrashPoint.statusStored.pass() }
        onNews()
    }

    /// The statement that keeps messages; those that are there already it leaves as they are.
    private func storing(_ messages: [InboundMessage]) -> SQL {
        let rows = JSONValue.array(messages.enumerated().map(Self.row))
        return """
            INSERT INTO inbound_messages (provider, external_id, chat_ref, chat_id, sender_ref, sender_name, body, kind,
                quoted_external_id, quoted_text, raw, sent_at, received_at)
            SELECT \(provider.rawValue), m.external_id, m.chat_ref,
                (SELECT id FROM chats WHERE provider = \(provider.rawValue) AND external_id = m.chat_ref), m.sender_ref, m.sender_name, m.body, m.kind,
                m.quoted_external_id, m.quoted_text, m.raw, m.sent_at,
                now() + m.place * interval '1 microsecond'
            FROM jsonb_to_recordset(\(rows)::jsonb) AS m (external_id text, chat_ref text, sender_ref text,
                sender_name text, body text, kind text, quoted_external_id text, quoted_text text, raw jsonb,
                sent_at timestamptz, place integer)
            ORDER BY m.place
            ON CONFLICT (provider, external_id) DO NOTHING
            """
    }

    /// A row; its place keeps the order of what came together.
    private static func row(_ place: Int, _ message: InboundMessage) -> JSONValue {
        func text(_ text: String?, _ limit: Int = nameCharacters) -> JSONValue {
            text.map { .string(stored($0, limit)) } ?? .null
        }
        return [
            "place": .integer(Int64(place)), "external_id": text(message.externalID),
            "chat_ref": text(message.chat),
            "sender_ref": text(message.sender), "sender_name": text(message.senderName),
            "body": text(message.text, bodyCharacters),
            "kind": .string(message.isFromMe ? "own" : stored(message.kind, 50)),
            "quoted_external_id": text(message.quotedID),
            "quoted_text": text(message.quotedText, bodyCharacters),
            "raw": raw(message),
            "sent_at": message.sentAt.map { .string($0.description) } ?? .null,
        ]
    }

    /// What is kept beside the columns: whether the message wants an answer that only text is read, and what was delivered.
    private static func raw(_ message: InboundMessage) -> JSONValue {
        var raw: JSONObject = [:]
        if message.asksForText { raw["asks_for_text"] = true }
        // PostgreSQL keeps no NUL, also not escaped in JSON.
        if let delivered = message.raw,
            !String(decoding: delivered.serialized(), as: UTF8.self).contains("\\u0000")
        {
            raw["message"] = delivered
        }
        return raw.isEmpty ? .null : .object(raw)
    }

    /// A text as the database can keep it: no NUL, and no longer than there is use for.
    private static func stored(_ text: String, _ limit: Int) -> String {
        var kept = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(limit) where scalar.value != 0 { kept.append(scalar) }
        return String(kept)
    }

    /// A person has another phone or another id: chats and what waits follow.
    func movePerson(_ from: CloudPerson, _ to: CloudPerson) async throws {
        for (old, new) in [(from.phone, to.phone), (from.userID, to.userID)] {
            guard let old, let new, old != new else { continue }
            try await database.withTransaction(attempts: 3) { transaction in
                try await transaction.query(
                    """
                    UPDATE chats SET external_id = \(new) WHERE provider = \(provider.rawValue) AND external_id = \(old)
                    AND NOT EXISTS (SELECT FROM chats WHERE provider = \(provider.rawValue) AND external_id = \(new))
                    """
                )
                try await transaction.query(
                    """
                    UPDATE outbound_messages SET chat_ref = \(new) WHERE provider = \(provider.rawValue) AND chat_ref = \(old)
                    AND state IN ('queued', 'failed')
                    """
                )
            }
        }
    }

    // MARK: - What became of sent messages

    /// Moves a sent message on, never back; what is told of one whose id is not written down yet is kept for then.
    private func apply(_ status: MessageStatus, _ database: DatabaseConnection) async throws {
        guard let id = try await Self.find(status, provider, database) else {
            try await database.query(
                """
                INSERT INTO delivery_statuses (provider, external_id, status, at, error_code, error_detail)
                VALUES (\(provider.rawValue), \(Self.stored(status.externalID, 255)), \(status.progress.rawValue), \(status.at),
                    \(status.errorCode)::bigint::integer, \(status.errorDetail.map { Self.stored($0, 1000) }))
                ON CONFLICT DO NOTHING
                """
            )
            return
        }
        try await Self.move(id, by: status, isTemporary, database)
    }

    private static func find(
        _ status: MessageStatus,
        _ provider: ProviderKind,
        _ database: DatabaseConnection
    ) async throws -> String? {
        let known = try await database.queryFirst(
            "SELECT id FROM outbound_messages WHERE provider = \(provider.rawValue) AND external_id = \(status.externalID) FOR UPDATE"
        )
        if let known { return try known["id"] }
        // Sent by a bridge that did not live to write the provider's id down.
        guard let outboxID = status.outboxID, UUIDText.isValid(outboxID) else { return nil }
        let own = try await database.queryFirst(
            """
            UPDATE outbound_messages SET external_id = \(status.externalID)
            WHERE id = \(outboxID)::uuid AND provider = \(provider.rawValue) AND external_id IS NULL RETURNING id
            """
        )
        return try own?["id"]
    }

    /// Writes a status down.
    static func move(
        _ id: String,
        by status: MessageStatus,
        _ isTemporary: (Int64) -> Bool,
        _ database: DatabaseConnection
    ) async throws {
        if status.progress == .failed {
            let isTemporary = status.errorCode.map(isTemporary) ?? false
            try await database.query(
                """
                UPDATE outbound_messages SET state = \(isTemporary ? "failed" : "dead"),
                    external_id = CASE WHEN \(isTemporary) THEN NULL ELSE external_id END,
                    next_attempt_at = now() + least(interval '5 minutes', interval '10 seconds' * 2 ^ least(attempts, 5)),
                    error_code = \(status.errorCode)::bigint::integer,
                    error_detail = \(status.errorDetail.map { stored($0, 1000) })
                WHERE id = \(id)::uuid AND state NOT IN ('delivered', 'read', 'dead')
                """
            )
            return
        }
        try await database.query(
            """
            UPDATE outbound_messages SET state = \(status.progress.rawValue),
                sent_at = coalesce(sent_at, \(status.at)),
                delivered_at = CASE WHEN \(status.progress != .sent) THEN coalesce(delivered_at, \(status.at)) ELSE delivered_at END,
                read_at = CASE WHEN \(status.progress == .read) THEN coalesce(read_at, \(status.at)) ELSE read_at END,
                error_code = NULL, error_detail = NULL
            WHERE id = \(id)::uuid AND state <> 'dead' AND outbound_rank(state) < outbound_rank(\(status.progress.rawValue))
            """
        )
    }
}

import OrderMessages
import Postgres
import Shared

/// A message from the inbox, with what is known about its chat.
struct StoredMessage: Sendable {
    let id: String
    let externalID: String
    let chat: String
    let sender: String
    let kind: String
    let text: String?
    let quotedID: String?
    let quotedText: String?
    let asksForText: Bool
    let age: MessageAge
    let attempts: Int
    /// `nil` for a chat of no business.
    let place: ChatPlace?
    /// The day in the business's time zone on which it was written.
    let day: CivilDate

    /// Takes the next message that waits, for this transaction alone; `nil` when there is none.
    ///
    /// In the order in which they came: a draft and the line that completes it must be read one after the other. Those that
    /// failed come when nothing else waits.
    static func next(_ provider: ProviderKind, in database: DatabaseConnection) async throws -> StoredMessage?
    {
        func oldest(_ condition: SQL) -> SQL {
            """
            (SELECT id FROM inbound_messages WHERE provider = \(provider.rawValue) AND processed_at IS NULL AND attempts \(condition)
            ORDER BY received_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
            """
        }
        return try await database.queryFirst(
            """
            SELECT m.id, m.external_id, m.chat_ref, m.sender_ref, m.kind, m.body, m.quoted_external_id, m.quoted_text,
                coalesce((m.raw ->> 'asks_for_text')::boolean, false) AS asks_for_text, m.attempts,
                floor(extract(epoch FROM coalesce(m.sent_at, m.received_at)))::bigint AS sent_seconds,
                floor(extract(epoch FROM m.received_at))::bigint AS received_seconds,
                (coalesce(m.sent_at, m.received_at) AT TIME ZONE coalesce(b.timezone, 'UTC'))::date::text AS day,
                c.id AS chat_id, c.kind AS chat_kind, b.id AS business_id, b.name AS business_name, b.timezone, b.currency,
                b.owner_id, coalesce(c.is_active AND b.is_active AND u.is_active, false) AS is_active
            FROM (SELECT coalesce(\(oldest("= 0")), \(oldest("> 0"))) AS id) found
            JOIN inbound_messages m USING (id)
            LEFT JOIN chats c ON c.provider = m.provider AND c.external_id = m.chat_ref
            LEFT JOIN businesses b ON b.id = c.business_id
            LEFT JOIN users u ON u.id = b.owner_id
            """
        ).map { try StoredMessage($0) }
    }

    private init(_ row: DatabaseRow) throws {
        id = try row["id"]
        externalID = try row["external_id"]
        chat = try row["chat_ref"]
        sender = try row["sender_ref"]
        kind = try row["kind"]
        text = try row["body"]
        quotedID = try row["quoted_external_id"]
        quotedText = try row["quoted_text"]
        asksForText = try row["asks_for_text"]
        attempts = try row["attempts"]
        age = MessageAge(sentAt: try row["sent_seconds"], receivedAt: try row["received_seconds"])
        let day: String = try row["day"]
        guard let date = CivilDate(day) else { throw DatabaseError.undecodable("the day \(day)") }
        self.day = date
        place = try ChatPlace(row)
    }

    /// Whether the chat is one of several people: a person's own chat has the person's name.
    var isGroup: Bool { chat != sender }
}

/// What a chat is to a business.
struct ChatPlace: Sendable {
    /// The kinds of chats.
    enum Kind: String, Sendable, DatabaseRawValue {
        case sales
        case delivery
        case direct
    }

    let chatID: String
    let kind: Kind
    let business: String
    let businessName: String
    let timezone: String
    let currency: String
    let owner: String
    /// Whether chat, business and owner are active.
    let isActive: Bool

    fileprivate init?(_ row: DatabaseRow) throws {
        guard let id: String = try row["chat_id"] else { return nil }
        chatID = id
        kind = try row["chat_kind"]
        business = try row["business_id"]
        businessName = try row["business_name"]
        timezone = try row["timezone"]
        currency = try row["currency"]
        owner = try row["owner_id"]
        isActive = try row["is_active"]
    }
}

extension StoredMessage {
    /// Whoever wrote it, for the history of an order.
    var actor: OrderEvents.Actor { OrderEvents.Actor(name: sender, kind: .chat) }
}

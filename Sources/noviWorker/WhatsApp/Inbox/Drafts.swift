import OrderMessages
import Postgres
import Shared

/// What somebody told of an order that is not complete; kept ten minutes for each sender of a chat.
struct Drafts {
    private let message: StoredMessage
    private let provider: ProviderKind
    private let database: DatabaseConnection

    init(_ message: StoredMessage, _ provider: ProviderKind, _ database: DatabaseConnection) {
        self.message = message
        self.provider = provider
        self.database = database
    }

    /// The sender's draft; `nil` when there is none or its time is over.
    func current() async throws -> OrderDraft? {
        let row = try await database.queryFirst(
            """
            SELECT partial FROM parse_drafts WHERE provider = \(provider.rawValue) AND chat_ref = \(message.chat)
            AND sender_ref = \(message.sender) AND expires_at > now()
            """
        )
        guard let partial: JSONValue = try row?["partial"] else { return nil }
        return OrderDraft(OrderForm(stored: partial))
    }

    /// Keeps what is known.
    ///
    /// Of several orders nothing is kept: the answer asks for all of them again.
    func keep(_ forms: [OrderForm]) async throws {
        guard forms.count == 1, let form = forms.first else { return try await forget() }
        let lifetime = OrderDraft.lifetime.wholeMilliseconds
        try await database.query(
            """
            INSERT INTO parse_drafts (provider, chat_ref, sender_ref, partial, inbound_message_id, expires_at)
            VALUES (\(provider.rawValue), \(message.chat), \(message.sender), \(form.stored)::jsonb, \(message.id)::uuid,
                now() + interval '1 millisecond' * \(lifetime)::bigint)
            ON CONFLICT (provider, chat_ref, sender_ref) DO UPDATE
            SET partial = EXCLUDED.partial, inbound_message_id = EXCLUDED.inbound_message_id, expires_at = EXCLUDED.expires_at
            """
        )
    }

    /// Forgets drafts whose time is over.
    static func expire(_ database: DatabasePool) async throws {
        try await database.query("DELETE FROM parse_drafts WHERE expires_at < now()")
    }

    /// Forgets the sender's draft.
    func forget() async throws {
        try await database.query(
            """
            DELETE FROM parse_drafts WHERE provider = \(provider.rawValue) AND chat_ref = \(message.chat)
            AND sender_ref = \(message.sender)
            """
        )
    }
}

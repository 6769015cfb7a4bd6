import Postgres
import Shared

/// A text on its way out: written in the transaction of what it tells about, sent later by ``OutboxSender``.
struct OutboxText: Sendable {
    /// What kind of text it is, for those who look.
    enum Kind: String, Sendable {
        /// An answer to what somebody wrote.
        case reply
        /// A new order, in the chat that ordered.
        case confirmation
        /// A new order, in the chat that delivers.
        case delivery
        /// Figures.
        case report
        /// What the administrators must know.
        case alert
    }

    /// The chat.
    var chat: String
    /// The text; one that is longer than a message goes out as several.
    var text: String
    /// What kind it is.
    var kind: Kind
    /// What makes it this text and no other: whoever writes it twice sends it once.
    var key: String
    /// The business that it is about.
    var business: String?
    /// The order that it is about.
    var order: String?
    /// The provider's id of the message that it answers.
    var replyTo: String?

    /// Writes it.
    ///
    /// - Parameters:
    ///   - provider: Who sends it.
    ///   - database: The transaction.
    /// - Throws: ``DatabaseError``.
    func write(_ provider: ProviderKind, in database: DatabaseConnection) async throws {
        for (number, piece) in Self.pieces(text).enumerated() {
            let key = number == 0 ? key : "\(key)#\(number + 1)"
            try await database.query(
                """
                INSERT INTO outbound_messages (provider, chat_ref, chat_id, business_id, order_id, kind, dedupe_key,
                    reply_to_external_id, body)
                VALUES (\(provider.rawValue), \(chat),
                    (SELECT id FROM chats WHERE provider = \(provider.rawValue) AND external_id = \(chat)),
                    \(business)::uuid, \(order)::uuid, \(kind.rawValue), \(key), \(number == 0 ? replyTo : nil), \(piece))
                ON CONFLICT (dedupe_key) DO NOTHING
                """
            )
        }
    }

    /// The text in pieces that a message holds, cut at line ends where there are some.
    static func pieces(_ text: String) -> [String] {
        var pieces: [String] = []
        var rest = Substring(text)
        while rest.unicodeScalars.count > OutgoingMessage.maximumCharacters {
            let limit = rest.unicodeScalars.index(
                rest.startIndex,
                offsetBy: OutgoingMessage.maximumCharacters
            )
            let lineEnd = rest[..<limit].lastIndex(of: "\n")
            let end = lineEnd.flatMap { $0 > rest.startIndex ? $0 : nil } ?? limit
            pieces.append(String(rest[..<end]))
            rest = rest[end...].drop { $0 == "\n" }
        }
        if !rest.isEmpty || pieces.isEmpty { pieces.append(String(rest)) }
        return pieces
    }
}

import Postgres
import Shared

/// A message that came in.
struct InboundMessage: Equatable, Sendable {
    /// The provider's id; the same message twice has the same one.
    var externalID: String
    /// The chat, as the provider names it: a group, a phone account or a business-scoped person.
    var chat: String
    /// Who wrote it, as the provider names them.
    var sender: String
    /// What the sender calls themselves.
    var senderName: String?
    /// The kind of message, such as `text` or `image`.
    var kind = "text"
    /// The text; `nil` for a message without one.
    var text: String?
    /// The provider's id of the message that this one answers.
    var quotedID: String?
    /// The text of the message that this one answers, where the provider brings it.
    var quotedText: String?
    /// When it was written; `nil` when the provider does not tell.
    var sentAt: UTCInstant?
    /// Whether it was written from our own account.
    var isFromMe = false
    /// Whether a message without text should be answered with the wish for one.
    var asksForText = false
    /// What the provider delivered, where it is worth keeping.
    var raw: JSONValue?
}

/// What a provider told of a message that we sent.
struct MessageStatus: Equatable, Sendable {
    /// How far it is.
    enum Progress: String, CaseIterable, Sendable {
        /// The provider has it.
        case sent
        /// It is on a device.
        case delivered
        /// Somebody has seen it.
        case read
        /// It was not delivered.
        case failed
    }

    /// The provider's id of the message.
    var externalID: String
    /// Our own id of it, where the provider gives it back.
    var outboxID: String?
    /// How far it is.
    var progress: Progress
    /// When.
    var at: UTCInstant
    /// The provider's code of a failure.
    var errorCode: Int64?
    /// The provider's words for a failure.
    var errorDetail: String?
}

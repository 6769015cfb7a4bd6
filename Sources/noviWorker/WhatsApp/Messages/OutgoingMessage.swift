import Shared

/// A message that is sent now.
struct OutgoingMessage: Equatable, Sendable {
    /// Our own id, a UUID in lower case; providers that can give it back with what they tell of the message.
    var id: String
    /// The chat, as the provider names it.
    var chat: String
    /// The text, at most ``maximumCharacters``; `nil` when only a template may be sent.
    var text: String?
    /// The provider's template with its parameters, for when the text may not be sent.
    var template: JSONValue?
    /// The provider's id of the message that this one answers.
    var replyTo: String?
    /// Whether somebody of the chat wrote within the last 24 hours.
    var isWithinWindow = true

    /// The longest text of one message, in characters.
    static let maximumCharacters = 4096
}

/// What became of sending.
enum SendOutcome: Equatable, Sendable {
    /// The provider has it, under an id of its own.
    case accepted(externalID: String)
    /// It was not sent and may be tried again.
    case retry(SendProblem, hold: Hold)
    /// It can never be sent.
    case dead(SendProblem)
    /// It may have gone out: nobody knows before the provider tells more.
    case unknown(SendProblem)
    /// Nothing can be sent until the link is another one; the message is still to be sent.
    case unlinked(DisconnectReason, SendProblem)

    /// What waits with a message that is tried again.
    enum Hold: Equatable, Sendable {
        /// Only this chat.
        case chat
        /// Everything.
        case account
    }
}

/// Why something was not sent.
struct SendProblem: Equatable, Sendable {
    /// The provider's code.
    var code: Int64?
    /// In words, without what the message says.
    var detail: String
    /// How long to wait before the next try at least; `nil` for the usual growing wait.
    var wait: Duration?
    /// Whether the provider was not asked at all, because it is not the message's turn: that is no attempt.
    var isOutOfTurn = false
    /// Whether people should be told at once.
    var needsAttention = false
}

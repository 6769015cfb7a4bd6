/// The bounds of what is exchanged with Meta's Cloud API.
public enum CloudLimits {
    /// The largest webhook body, in bytes (Meta's stated maximum).
    public static let webhookBytes = 3 << 20

    /// How deep a webhook's JSON may be nested.
    public static let webhookDepth = 32

    /// The largest message without text that is kept as it came, in bytes.
    public static let rawMessageBytes = 16_384

    /// The most events that are taken from one webhook; Meta batches far fewer.
    public static let events = 10_000

    /// The longest text of a message that is sent, in characters.
    public static let textScalars = 4096

    /// The longest challenge of a verification, in bytes.
    public static let challengeBytes = 512

    /// How long a person may be answered freely after their last message.
    public static let conversationWindow: Duration = .seconds(86_400)

    /// The most recipients whose pace is remembered; those that may send at once are forgotten first.
    public static let pacedRecipients = 100_000
}

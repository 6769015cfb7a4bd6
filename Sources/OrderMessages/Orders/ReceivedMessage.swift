/// A message as it came in, with what the reading of it depends on.
public struct ReceivedMessage: Hashable, Sendable {
    /// What was written.
    public var text: String

    /// Whether it is one of ours.
    public var isFromMe: Bool

    /// The text of the message that it answers.
    public var quotedText: String?

    /// Makes a message.
    public init(text: String, isFromMe: Bool = false, quotedText: String? = nil) {
        self.text = text
        self.isFromMe = isFromMe
        self.quotedText = quotedText
    }
}

/// What a message says.
public struct ParsedMessage: Hashable, Sendable {
    /// What it is.
    public var reading: MessageReading

    /// Whether it was longer than what is read.
    public var isCut: Bool

    /// Makes a result.
    public init(reading: MessageReading, isCut: Bool = false) {
        self.reading = reading
        self.isCut = isCut
    }
}

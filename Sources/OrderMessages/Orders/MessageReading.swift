/// What one message is.
public enum MessageReading: Hashable, Sendable {
    /// One order or several, each with name, phone and address.
    case orders([OrderForm])

    /// An order that lacks required fields; of several, at least one does.
    case incomplete([OrderForm])

    /// A command.
    case command(Command)

    /// Nothing to act on.
    case ignored(IgnoredReason)
}

/// Why a message is left alone.
public enum IgnoredReason: String, Hashable, CaseIterable, Sendable {
    /// We wrote it.
    case ownMessage = "own_message"
    /// A greeting or thanks.
    case greeting
    /// A question or a request about an order's state.
    case question
    /// A command with an order id that is none; answered with "not understood".
    case malformedCommand = "command_malformed"
    /// Anything else.
    case notAnOrder = "not_an_order"
    /// It was received before.
    case duplicate
    /// It is older than a day.
    case late
    /// The business or its owner is not active.
    case inactive
    /// The chat belongs to no business.
    case unknownChat = "unknown_chat"
}

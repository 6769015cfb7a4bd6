/// What a chat may do (spec D2, step 2).
public struct MessageRoute: Hashable, Sendable {
    /// What a chat is for.
    public enum Chat: Hashable, Sendable {
        /// It is linked to no business: only `/setup` is heard.
        case unknown
        /// Orders and commands.
        case sales
        /// Commands.
        case delivery
        /// One person; what may be done depends on the person.
        case direct(Member?)
    }

    /// What a person is to the business.
    public enum Member: String, Hashable, CaseIterable, Sendable {
        case owner
        case manager
        case staff
        /// Reads only.
        case viewer
    }

    /// What the chat is for.
    public let chat: Chat

    /// Whether the business and its owner are active.
    public let isActive: Bool

    /// Makes a route.
    public init(chat: Chat, isActive: Bool) {
        self.chat = chat
        self.isActive = isActive
    }

    /// The reading as far as the chat may have it acted on.
    public func admit(_ reading: MessageReading) -> MessageReading {
        if reading == .ignored(.ownMessage) { return reading }
        if chat == .unknown {
            if case .command(.setup) = reading { return reading }
            return .ignored(.unknownChat)
        }
        guard isActive else { return .ignored(.inactive) }
        switch reading {
        case .command(let command): return allows(command) ? reading : .ignored(.notAnOrder)
        case .orders, .incomplete: return chat == .delivery ? .ignored(.notAnOrder) : reading
        case .ignored: return reading
        }
    }

    private func allows(_ command: Command) -> Bool {
        switch chat {
        case .unknown: false
        case .sales, .delivery, .direct(.owner), .direct(.manager), .direct(.staff): true
        case .direct(.viewer): command.isReading
        case .direct(nil): false
        }
    }
}

/// Whether a person may be written to freely: within 24 hours of their last message to this number (spec E3).
public struct ConversationWindow: Hashable, Sendable {
    /// What may be sent.
    public enum Permission: Hashable, Sendable {
        /// Any text.
        case freeForm
        /// An approved template.
        case template
        /// Nothing: there is no template.
        case nothing
    }

    /// When they wrote last, in seconds since 1970; `nil` when they never did.
    public var lastInboundAt: Int64?

    /// Makes a window.
    public init(lastInboundAt: Int64?) {
        self.lastInboundAt = lastInboundAt
    }

    /// Notes a message, in any order.
    public mutating func noteInbound(at seconds: Int64) {
        lastInboundAt = max(lastInboundAt ?? .min, seconds)
    }

    /// Whether it is open.
    public func isOpen(at seconds: Int64) -> Bool {
        guard let lastInboundAt else { return false }
        let (age, overflow) = seconds.subtractingReportingOverflow(lastInboundAt)
        return !overflow && age < CloudLimits.conversationWindow.components.seconds
    }

    /// What may be sent now.
    public func permission(at seconds: Int64, hasTemplate: Bool) -> Permission {
        if isOpen(at: seconds) { return .freeForm }
        return hasTemplate ? .template : .nothing
    }
}

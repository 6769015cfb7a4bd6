import Shared
import WhatsAppCloud

/// Refusals in a row, by which the next wait grows (spec E3).
struct CloudSetbacks: Sendable {
    /// The most chats that are remembered.
    static let chats = 10_000

    /// So many messages that Meta kept back in a row are told to people.
    static let alarmingHoldbacks = 10

    private var perChat: [String: Int] = [:]
    private var account = 0
    private var heldBack = 0

    /// Notes a refusal.
    ///
    /// - Parameters:
    ///   - errorClass: Why.
    ///   - chat: Whose message it was.
    /// - Returns: How long to wait; `nil` when waiting does not help.
    mutating func note(_ errorClass: CloudErrorClass, chat: String) -> Duration? {
        switch errorClass {
        case .rateLimited:
            account += 1
            return RetrySchedule.wait(after: errorClass, attempt: account)
        case .pairLimited, .heldBack, .temporary:
            if errorClass == .heldBack { heldBack += 1 }
            if perChat.count >= Self.chats, perChat[chat] == nil, let other = perChat.keys.first {
                perChat[other] = nil
            }
            let count = perChat[chat, default: 0] + 1
            perChat[chat] = count
            return RetrySchedule.wait(after: errorClass, attempt: count)
        case .loggedOut, .notPermitted, .badRequest, .badTemplate, .outsideWindow, .undeliverable, .blocked:
            return nil
        }
    }

    /// Notes that a message was accepted.
    mutating func noteAccepted(chat: String) {
        perChat[chat] = nil
        account = 0
        heldBack = 0
    }

    /// How many chats are remembered.
    var rememberedChats: Int { perChat.count }

    /// Whether Meta keeps back so much that people should know.
    var isHeldBackOften: Bool { heldBack >= Self.alarmingHoldbacks }
}

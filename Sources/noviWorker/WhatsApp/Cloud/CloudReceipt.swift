import Postgres
import Shared
import WhatsAppCloud

/// What a webhook brings, in the words of every provider.
struct CloudReceipt {
    /// What stands before our own id in the data that Meta gives back.
    static let opaquePrefix = "outbox:"

    /// The longest id that can be stored, in characters.
    static let identifierCharacters = 255

    /// The messages.
    private(set) var messages: [InboundMessage] = []
    /// What became of messages of ours.
    private(set) var statuses: [MessageStatus] = []
    /// New phones and ids of people.
    private(set) var changes: [(from: CloudPerson, to: CloudPerson)] = []
    /// Errors of the account.
    private(set) var accountErrors: [CloudError] = []
    /// Events that are for another number, or that cannot be stored.
    private(set) var skipped = 0

    /// Sorts the events of a webhook; those of other numbers of the same account are left out.
    init(_ webhook: CloudWebhook, numberID: String) {
        for event in webhook.events {
            switch event {
            case .message(let message) where message.numberID == numberID: take(message)
            case .status(let status) where status.numberID == numberID: take(status)
            case .message, .status: skipped += 1
            case .accountError(let error): accountErrors.append(error)
            case .personChanged(let from, let to): take(from, to)
            case .other: break
            }
        }
    }

    private mutating func take(_ from: CloudPerson, _ to: CloudPerson) {
        let names = [from.phone, from.userID, to.phone, to.userID].compactMap { $0 }
        if names.allSatisfy(Self.isStorable) { changes.append((from, to)) } else { skipped += 1 }
    }

    private mutating func take(_ message: CloudMessage) {
        let sender = message.sender.phone ?? message.sender.userID ?? ""
        guard Self.isStorable(message.id), Self.isStorable(message.chat), Self.isStorable(sender) else {
            skipped += 1
            return
        }
        messages.append(
            InboundMessage(
                externalID: message.id,
                chat: message.chat,
                sender: sender,
                senderName: message.senderName.map {
                    String(Self.storable($0).prefix(Self.identifierCharacters))
                },
                kind: String(Self.storable(message.kind.word).prefix(100)),
                text: message.text.map(Self.storable),
                quotedID: message.repliedID.flatMap { Self.isStorable($0) ? $0 : nil },
                sentAt: message.sentAt > 0 ? Self.instant(message.sentAt) : nil,
                asksForText: message.asksForText,
                raw: message.raw
            )
        )
    }

    private mutating func take(_ status: CloudStatus) {
        guard Self.isStorable(status.id), let progress = Self.progress(status.progress) else {
            skipped += 1
            return
        }
        let error = status.errors.first
        let ours = status.opaqueData.flatMap { data in
            data.hasPrefix(Self.opaquePrefix) ? String(data.dropFirst(Self.opaquePrefix.count)) : nil
        }
        statuses.append(
            MessageStatus(
                externalID: status.id,
                outboxID: ours.flatMap { Self.isStorable($0) ? $0 : nil },
                progress: progress,
                at: status.at > 0 ? Self.instant(status.at) : UTCInstant.now(),
                errorCode: error?.code,
                errorDetail: error.map { error in
                    let details = error.details.map { ": \($0)" } ?? ""
                    return String(Self.storable("\(error.title)\(details)").prefix(500))
                }
            )
        )
    }

    private static func progress(_ progress: DeliveryProgress) -> MessageStatus.Progress? {
        switch progress {
        case .sent: .sent
        case .delivered: .delivered
        case .read, .played: .read
        case .failed: .failed
        case .queued, .sending, .unknown: nil
        }
    }

    /// Seconds since 1970, bounded by the year 9999: a column of times holds no more.
    private static func instant(_ seconds: Int64) -> UTCInstant {
        UTCInstant(microseconds: min(seconds, 253_402_300_799) * 1_000_000)
    }

    private static func isStorable(_ identifier: String) -> Bool {
        !identifier.isEmpty && identifier.unicodeScalars.count <= identifierCharacters
            && !identifier.unicodeScalars.contains("\0")
    }

    /// A text without NUL, which PostgreSQL cannot keep.
    private static func storable(_ text: String) -> String {
        guard text.unicodeScalars.contains("\0") else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != "\0" }))
    }
}

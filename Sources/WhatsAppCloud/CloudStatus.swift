/// What became of a message that was sent.
public struct CloudStatus: Hashable, Sendable {
    /// Meta's id of the message.
    public var id: String

    /// The number of ours that sent it, by Meta's id.
    public var numberID: String

    /// How far it got.
    public var progress: DeliveryProgress

    /// When, in seconds since 1970.
    public var at: Int64

    /// Who got it; of a group, the participant.
    public var recipient: CloudPerson

    /// The group that it went to.
    public var groupID: String?

    /// What we gave Meta with the message.
    public var opaqueData: String?

    /// Why it failed.
    public var errors: [CloudError]

    /// Whether it is billed, where Meta tells.
    public var isBillable: Bool?

    /// The category it is billed in.
    public var pricingCategory: String?
}

/// How far a message got; it only moves forward (spec E3).
public enum DeliveryProgress: String, Hashable, CaseIterable, Sendable {
    case queued
    case sending
    /// It may have gone out: the answer to the request was lost.
    case unknown
    case sent
    case delivered
    case read
    /// A voice message was listened to.
    case played
    case failed

    /// The state after a report that may be late, doubled or out of order.
    ///
    /// A message that was delivered did not fail; one that failed can still turn out to be delivered, because reports overtake each
    /// other.
    public func advanced(by report: DeliveryProgress) -> DeliveryProgress {
        switch (self, report) {
        case (.delivered, .failed), (.read, .failed), (.played, .failed): self
        case (.failed, .delivered), (.failed, .read), (.failed, .played): report
        case (.failed, _): self
        case (_, .failed): report
        default: report.rank > rank ? report : self
        }
    }

    private var rank: Int {
        switch self {
        case .queued: 0
        case .sending: 1
        case .unknown: 2
        case .sent: 3
        case .delivered: 4
        case .read: 5
        case .played: 6
        case .failed: 7
        }
    }
}

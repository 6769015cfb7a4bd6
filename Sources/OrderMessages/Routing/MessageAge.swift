/// How old a message was when it came in (spec D2, step 1).
public enum MessageAge: Hashable, Sendable {
    /// Up to five minutes.
    case fresh
    /// More than five minutes: it is processed, and the answer says so.
    case late
    /// More than a day: it is stored, and not processed.
    case tooOld

    /// After this a message is late.
    public static let lateAfter: Duration = .seconds(300)

    /// After this a message is not processed any more.
    public static let processedFor: Duration = .seconds(86_400)

    /// The age by the times of sending and receiving; a message from the future is fresh.
    public init(sentAt: Int64, receivedAt: Int64) {
        let (seconds, overflow) = receivedAt.subtractingReportingOverflow(sentAt)
        let age: Duration = overflow ? (receivedAt > sentAt ? .seconds(Int64.max) : .zero) : .seconds(seconds)
        self = age > MessageAge.processedFor ? .tooOld : age > MessageAge.lateAfter ? .late : .fresh
    }
}

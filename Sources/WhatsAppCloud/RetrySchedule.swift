/// When a message is tried again (spec E2, E3).
public enum RetrySchedule {
    /// A message is given up after this.
    public static let lifetime: Duration = .seconds(86_400)

    /// After a lost answer a status is waited for so long, with our opaque data, before the message is sent again.
    public static let unknownWait: Duration = .seconds(120)

    /// The wait before the next try.
    ///
    /// - Parameters:
    ///   - errorClass: Why the last try failed.
    ///   - attempt: How many tries failed, from 1.
    /// - Returns: The wait; `nil` when there is no next try by itself: the message is final, or a person has to act.
    public static func wait(after errorClass: CloudErrorClass, attempt: Int) -> Duration? {
        let attempt = max(1, min(attempt, 30))
        switch errorClass {
        // 4^n seconds, as Meta asks for.
        case .pairLimited: return .seconds(min(1 << (2 * min(attempt, 8)), 3600))
        case .rateLimited, .temporary: return .seconds(min(1 << attempt, 300))
        case .heldBack: return .seconds(min(3600 * (1 << min(attempt - 1, 3)), 21_600))
        case .loggedOut, .notPermitted, .blocked: return nil
        case .badRequest, .badTemplate, .outsideWindow, .undeliverable: return nil
        }
    }
}

/// What somebody tells the bot to do.
public enum Command: Hashable, Sendable {
    /// Orders that are not delivered yet.
    case pending
    /// Today's report.
    case daily
    /// This week's report.
    case weekly
    /// This month's report.
    case monthly
    /// What can be typed.
    case help
    /// How the bot is.
    case status
    /// Links the chat to a business by its identifier; `nil` when it was left out.
    case setup(String?)
    /// Marks an order as delivered; `nil` when it is not told which.
    case done(OrderID?, note: String?)
    /// Cancels an order; `nil` when it is not told which.
    case cancel(OrderID?, reason: String?)
    /// Another word behind a slash.
    case unknown(String)

    /// The command's word.
    public var word: String {
        switch self {
        case .pending: "pending"
        case .daily: "daily"
        case .weekly: "weekly"
        case .monthly: "monthly"
        case .help: "help"
        case .status: "status"
        case .setup: "setup"
        case .done: "done"
        case .cancel: "cancel"
        case .unknown: "unknown"
        }
    }

    /// The order that it names.
    public var orderID: OrderID? {
        switch self {
        case .done(let id, _), .cancel(let id, _): id
        case .pending, .daily, .weekly, .monthly, .help, .status, .setup, .unknown: nil
        }
    }

    /// Whether it only reads.
    public var isReading: Bool {
        switch self {
        case .pending, .daily, .weekly, .monthly, .help, .status, .unknown: true
        case .setup, .done, .cancel: false
        }
    }
}

import Shared

/// How the simulated phone answers what is sent.
struct SimulatorBehaviour: Equatable, Sendable {
    /// In which order receipts come.
    enum Receipts: String, CaseIterable, Sendable {
        /// Sent, delivered, read.
        case ordered
        /// Read before delivered before sent.
        case reversed
        /// Each twice.
        case duplicated
        /// None.
        case none
    }

    /// What the next messages meet with instead of being sent.
    struct Refusal: Equatable, Sendable {
        /// The provider's code, of Meta's list.
        var code: Int64
        /// How many messages meet with it.
        var count: Int
    }

    /// How long receipts take.
    var receiptDelay: Duration = .milliseconds(20)
    /// In which order they come.
    var receipts = Receipts.ordered
    /// What the next messages meet with.
    var refusal: Refusal?
}

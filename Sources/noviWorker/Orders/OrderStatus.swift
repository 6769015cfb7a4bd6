/// Where an order is on its way, and where it can go from there.
enum OrderStatus: String, CaseIterable, Sendable {
    /// Taken, nobody works on it.
    case pending
    /// Somebody works on it.
    case processing
    /// With the delivery person.
    case outForDelivery = "out_for_delivery"
    /// With the customer; final.
    case delivered
    /// Will never be delivered; final.
    case cancelled

    /// Whether nothing can follow.
    var isFinal: Bool { followers.isEmpty }

    /// The states that can follow.
    ///
    /// `pending` may become `delivered` at once: a shop that answers "done" in its chat skips the steps between.
    var followers: [OrderStatus] {
        switch self {
        case .pending: [.processing, .delivered, .cancelled]
        case .processing: [.outForDelivery, .cancelled]
        case .outForDelivery: [.delivered, .cancelled]
        case .delivered, .cancelled: []
        }
    }

    /// Whether `next` can follow.
    func canBecome(_ next: OrderStatus) -> Bool { followers.contains(next) }

    /// Why `next` cannot follow, for people.
    func refusal(of next: OrderStatus) -> String {
        guard !isFinal else { return "a \(rawValue) order is final" }
        let possible = followers.map(\.rawValue).joined(separator: ", ")
        return "a \(rawValue) order cannot become \(next.rawValue); it can become \(possible)"
    }
}

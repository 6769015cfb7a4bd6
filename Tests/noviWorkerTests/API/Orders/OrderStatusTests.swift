import Testing

@testable import noviWorker

@Suite struct OrderStatusTests {
    /// Every pair that is possible; all others are not.
    private static let possible: Set<[OrderStatus]> = [
        [.pending, .processing], [.processing, .outForDelivery], [.outForDelivery, .delivered],
        [.pending, .cancelled], [.processing, .cancelled], [.outForDelivery, .cancelled],
        [.pending, .delivered],
    ]

    @Test(arguments: OrderStatus.allCases, OrderStatus.allCases)
    func `only the listed steps are possible`(from: OrderStatus, to: OrderStatus) {
        #expect(from.canBecome(to) == Self.possible.contains([from, to]))
    }

    @Test func `delivered and cancelled are final, the others are not`() {
        #expect(OrderStatus.allCases.filter(\.isFinal) == [.delivered, .cancelled])
    }

    @Test func `a refusal tells what would be possible`() {
        #expect(OrderStatus.delivered.refusal(of: .pending) == "a delivered order is final")
        #expect(
            OrderStatus.processing.refusal(of: .delivered)
                == "a processing order cannot become delivered; it can become out_for_delivery, cancelled"
        )
    }
}

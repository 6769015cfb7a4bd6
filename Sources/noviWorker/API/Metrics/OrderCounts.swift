import CoreMetrics

/// Counts orders for `/metrics`.
struct OrderCounts: Sendable {
    private let created: Counter

    /// Makes the counts of a registry.
    init(_ registry: PrometheusRegistry) {
        registry.describe("novi_orders_created_total", .counter, "Orders made, by where they came from.")
        created = Counter(
            label: "novi_orders_created_total",
            dimensions: [("source", "api")],
            factory: registry
        )
    }

    /// Counts an order that was made.
    func countCreated() { created.increment() }
}

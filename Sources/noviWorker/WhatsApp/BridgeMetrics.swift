import CoreMetrics
import Postgres
import Shared

/// What the bridge counts since it started; the API's `/metrics` shows it.
struct BridgeMetrics: Sendable {
    private let registry: PrometheusRegistry

    /// The families that it fills.
    private static let help: [(name: String, kind: PrometheusRegistry.Kind, help: String)] = [
        ("novi_wa_ready", .gauge, "Whether messages flow: 1 when the link is ready."),
        ("novi_wa_state", .gauge, "1 for the state that the link is in."),
        ("novi_wa_messages_total", .counter, "Messages that came in and went out, by what became of them."),
        ("novi_wa_receipts_total", .counter, "What the provider told of sent messages."),
        ("novi_parse_total", .counter, "Messages that were read, by what they were."),
        ("novi_wa_outbox", .gauge, "Messages to be sent, and those given up, by state."),
        ("novi_wa_unprocessed", .gauge, "Messages that are stored and not acted on."),
        ("novi_wa_last_message_timestamp_seconds", .gauge, "When the newest message came in and went out."),
    ]

    /// Makes counters at 0.
    init() {
        registry = PrometheusRegistry()
        for family in Self.help { registry.describe(family.name, family.kind, family.help) }
    }

    /// Messages that a provider brought; those that were there already are duplicates.
    func countReceived(stored: Int, duplicates: Int) {
        count("novi_wa_messages_total", [("direction", "in"), ("outcome", "stored")], by: stored)
        count("novi_wa_messages_total", [("direction", "in"), ("outcome", "duplicate")], by: duplicates)
    }

    /// A message was acted on.
    ///
    /// - Parameter outcome: `order`, `incomplete`, `command`, `ignored`, `late` or `error`.
    func countRead(_ outcome: String) {
        count("novi_parse_total", [("outcome", outcome)], by: 1)
    }

    /// The provider answered for a message of ours.
    func countSent(_ outcome: SendOutcome) {
        let word =
            switch outcome {
            case .accepted: "accepted"
            case .retry: "retry"
            case .dead: "dead"
            case .unknown: "unknown"
            case .unlinked: "unlinked"
            }
        count("novi_wa_messages_total", [("direction", "out"), ("outcome", word)], by: 1)
    }

    /// The provider told how far messages of ours are.
    func countReceipts(_ statuses: [MessageStatus]) {
        for status in statuses {
            count("novi_wa_receipts_total", [("status", status.progress.rawValue)], by: 1)
        }
    }

    /// All of it.
    ///
    /// - Parameters:
    ///   - state: The link's present state.
    ///   - depth: What waits; `nil` when the database cannot be asked: then its figures are left out rather than told wrong.
    /// - Returns: Prometheus's text format.
    func text(state: String, depth: QueueDepth?) -> String {
        // Only what is true now is told: a series of an earlier state would stand beside the present one.
        let now = PrometheusRegistry()
        for family in Self.help { now.describe(family.name, family.kind, family.help) }
        func set(_ name: String, _ labels: [(String, String)], _ value: Double) {
            now.makeMeter(label: name, dimensions: labels).set(value)
        }
        set("novi_wa_ready", [], state == "ready" ? 1 : 0)
        set("novi_wa_state", [("state", state)], 1)
        if let depth {
            for (word, count) in depth.byState { set("novi_wa_outbox", [("state", word)], Double(count)) }
            set("novi_wa_unprocessed", [], Double(depth.unprocessed))
            for (direction, time) in [("in", depth.lastInbound), ("out", depth.lastOutbound)] {
                guard let time else { continue }
                set(
                    "novi_wa_last_message_timestamp_seconds",
                    [("direction", direction)],
                    Double(time.microseconds) / 1e6
                )
            }
        }
        return registry.text() + now.text()
    }

    private func count(_ name: String, _ labels: [(String, String)], by amount: Int) {
        registry.makeCounter(label: name, dimensions: labels).increment(by: Int64(amount))
    }
}

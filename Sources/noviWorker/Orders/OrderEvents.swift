import Postgres
import Shared

/// What happened to an order; only ever added to.
enum OrderEvents {
    /// Who did something.
    struct Actor: Sendable {
        /// By which way it came.
        enum Kind: String, Sendable {
            /// By the API.
            case user
            /// By a message.
            case chat
        }

        let name: String
        let kind: Kind
    }

    /// Notes an event, in the transaction of the change, and tells every API process that the business's orders changed.
    static func note(
        _ event: String,
        order: String,
        business: String,
        from: OrderStatus? = nil,
        to: OrderStatus? = nil,
        detail: JSONObject = [:],
        by actor: Actor,
        in database: any Database
    ) async throws {
        try await database.execute(
            """
            INSERT INTO order_events (order_id, actor, actor_kind, event, from_status, to_status, detail)
            VALUES (\(order)::uuid, \(actor.name), \(actor.kind.rawValue), \(event), \(from?.rawValue), \(to?.rawValue),
                    \(JSONValue.object(detail))::jsonb)
            """
        )
        try await OrderChanges.tell(business: business, in: database)
    }
}

extension Identity {
    /// As the history of an order names them.
    var actor: OrderEvents.Actor { OrderEvents.Actor(name: email, kind: .user) }
}

/// The channel on which every process hears that the orders of a business changed.
enum OrderChanges {
    /// The channel's name.
    static let channel = "novi_orders"

    /// Tells every process, once the transaction is committed.
    static func tell(business: String, in database: any Database) async throws {
        try await database.query("SELECT pg_notify(\(channel), \(business))")
    }

    /// What is forgotten then.
    static func cacheKeys(business: String) -> [String] {
        SummaryRange.allCases.map { "summary:\(business):\($0.rawValue)" }
    }
}

import Postgres
import Synchronization

/// Whether a worker may say that it is ready: the database is connected and its schema is known.
final class DatabaseReadiness: Sendable {
    /// What holds at a moment.
    enum State: Sendable, Equatable {
        /// Both hold.
        case ready
        /// One does not; which and why.
        case waiting(String)
    }

    private struct Parts {
        var database: DatabasePool.Change?
        var schema: SchemaGate.Change?
        var lastState: State?
    }

    private let parts = Mutex(Parts())
    private let news: OrderedNews<State>

    /// Makes one that is not ready.
    ///
    /// - Parameter onChange: Is told when the state becomes another.
    init(_ onChange: @escaping @Sendable (State) -> Void) {
        news = OrderedNews(onChange)
    }

    /// Whether both hold.
    var isReady: Bool { parts.withLock { Self.state(of: $0) == .ready } }

    /// Takes what the pool tells.
    func note(_ change: DatabasePool.Change) {
        update { $0.database = change }
    }

    /// Takes what the gate tells.
    func note(_ change: SchemaGate.Change) {
        update { $0.schema = change }
    }

    private func update(_ change: (inout Parts) -> Void) {
        parts.withLock { parts in
            change(&parts)
            let state = Self.state(of: parts)
            guard state != parts.lastState else { return }
            parts.lastState = state
            news.add(state)
        }
        news.deliver()
    }

    private static func state(of parts: Parts) -> State {
        switch (parts.database, parts.schema) {
        case (nil, _): .waiting("the database is not connected yet")
        case (.disconnected(let reason), _): .waiting("database disconnected: \(reason)")
        case (.connected, nil): .waiting("looking at the database's schema")
        case (.connected, .behind(let reason)): .waiting(reason)
        case (.connected, .current): .ready
        }
    }
}

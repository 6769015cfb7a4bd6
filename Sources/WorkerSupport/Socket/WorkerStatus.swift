import Shared

/// How a worker is: what `GetStatus` of `com.novi.Worker` answers.
public struct WorkerStatus: Sendable, Equatable {
    /// One word, such as `ready` or `reconnecting`.
    public var state: String

    /// Whether the worker takes work.
    public var isReady: Bool

    /// One sentence for people.
    public var text: String

    /// Since when the state holds; RFC 3339, UTC.
    public var since: String

    /// The status with memory and details as a reply.
    func reply(app: String, details: JSONObject) -> JSONObject {
        [
            "app": .string(app),
            "state": .string(state),
            "ready": .bool(isReady),
            "status": .string(text),
            "since": .string(since),
            "memory": MemoryFigures.now().json,
            "details": .object(details),
        ]
    }
}

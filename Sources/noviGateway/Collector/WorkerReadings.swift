import Shared

/// The link to WhatsApp as its worker tells it.
struct WhatsAppReading: Sendable, Equatable {
    /// Which process.
    var process: String
    /// The state of the link, or `unreachable`.
    var state: String
    /// Since when.
    var since: String?
    /// `simulator`, `cloud`, `child`.
    var provider: String?
    /// Why the link ended last.
    var reason: String?
    /// When it is tried again.
    var nextAttempt: String?
    /// How many messages wait, by state.
    var queue: JSONObject = [:]
    /// Messages that came in and were not acted on.
    var unprocessed: Int64?
    /// When the last message came in and went out.
    var lastInbound: String?
    var lastOutbound: String?
    /// The newest of the outbox, without what they say and to whom.
    var messages: [JSONValue] = []

    /// As the page gets it.
    var json: JSONObject {
        [
            "process": .string(process), "state": .string(state), "since": .optional(since),
            "provider": .optional(provider), "reason": .optional(reason),
            "next_attempt_at": .optional(nextAttempt), "queue": .object(queue),
            "unprocessed": .optional(unprocessed), "last_inbound_at": .optional(lastInbound),
            "last_outbound_at": .optional(lastOutbound), "messages": .array(messages),
        ]
    }
}

/// The database as its users tell it.
struct DatabaseReading: Sendable, Equatable {
    /// Who tells.
    var process: String
    /// `connected` or `disconnected`.
    var state: String
    /// Connections of the pool: in use, idle, waited for.
    var inUse: Int64?
    var idle: Int64?
    var waiting: Int64?
    /// Sessions of people.
    var sessions: Int64?

    /// As the page gets it.
    var json: JSONObject {
        [
            "process": .string(process), "state": .string(state), "in_use": .optional(inUse),
            "idle": .optional(idle), "waiting": .optional(waiting), "sessions": .optional(sessions),
        ]
    }
}

/// What one worker told.
struct WorkerReading: Sendable, Equatable {
    var requests: RequestReading?
    var whatsapp: WhatsAppReading?
    var database: DatabaseReading?

    /// Reads a reply of `com.novi.Worker.GetStatus`.
    init(process: String, status: JSONObject) {
        let details = status["details"]?.objectValue ?? [:]
        requests = RequestReading(details["requests"])
        if let state = details["database"]?.stringValue {
            let pool = details["pool"]?.objectValue ?? [:]
            database = DatabaseReading(
                process: process,
                state: state,
                inUse: pool["in_use"]?.integerValue,
                idle: pool["idle"]?.integerValue,
                waiting: pool["waiting"]?.integerValue,
                sessions: details["sessions"]?.integerValue
            )
        }
        if let provider = details["provider"]?.stringValue, details["capabilities"] != nil {
            whatsapp = WhatsAppReading(
                process: process,
                state: status["state"]?.stringValue ?? "unknown",
                since: status["since"]?.stringValue,
                provider: provider,
                reason: details["last_reason"]?.stringValue,
                nextAttempt: details["next_attempt_at"]?.stringValue,
                queue: details["queue"]?.objectValue ?? [:],
                unprocessed: details["unprocessed"]?.integerValue,
                lastInbound: details["last_inbound_at"]?.stringValue,
                lastOutbound: details["last_outbound_at"]?.stringValue
            )
        }
    }

    /// Adds the newest messages of a reply of `com.novi.WhatsApp.Outbox`.
    mutating func note(outbox: JSONObject) {
        let messages = (outbox["messages"]?.arrayValue ?? []).prefix(Limits.outboxMessages)
        whatsapp?.messages = messages.compactMap { message in
            guard let object = message.objectValue else { return nil }
            let kept: JSONObject = [
                "chat": .string(Self.masked(object["chat"]?.stringValue ?? "")),
                "kind": object["kind"] ?? .null, "state": object["state"] ?? .null,
                "created_at": object["created_at"] ?? .null, "error": object["error"] ?? .null,
            ]
            return .object(kept)
        }
    }

    /// A chat without its number: the first four and the last two characters of the name.
    static func masked(_ chat: String) -> String {
        let name = chat.prefix { $0 != "@" }
        guard name.count > 6 else {
            return String(repeating: "•", count: name.count) + chat.dropFirst(name.count)
        }
        return "\(name.prefix(4))•••\(name.suffix(2))\(chat.dropFirst(name.count))"
    }
}

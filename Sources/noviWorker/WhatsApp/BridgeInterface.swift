import Postgres
import Shared
import WorkerSupport

/// `com.novi.WhatsApp`: the link, the outbox and the inbox for those who look after them.
struct BridgeInterface: Sendable {
    private let bridge: Bridge
    private let provider: any WhatsAppProvider
    private let database: DatabasePool
    private let news: Wakeup
    private var kind: ProviderKind { provider.kind }

    /// Makes the interface.
    init(
        _ bridge: Bridge,
        _ provider: any WhatsAppProvider,
        _ database: DatabasePool,
        _ news: Wakeup
    ) {
        self.bridge = bridge
        self.provider = provider
        self.database = database
        self.news = news
    }

    /// What is served.
    var interface: VarlinkInterface {
        VarlinkInterface(
            name: WhatsAppInterface.name,
            description: WhatsAppInterface.description,
            methods: [
                "GetState": { _ in try await state() },
                "Reconnect": { _ in
                    await bridge.reconnect()
                    return [:]
                },
                "Logout": { _ in
                    await provider.logout()
                    return [:]
                },
                "Check": { _ in ["findings": .array(await provider.check().map(\.json))] },
                "GetMetrics": { _ in ["text": .string(await bridge.metricsText())] },
                "Outbox": { try await outbox($0) },
                "Retry": { try await retry($0) },
                "Replay": { try await replay($0) },
                "Notify": { try await notify($0) },
            ]
        )
    }

    private static func failure(_ word: String, _ parameters: JSONObject) -> VarlinkFailure {
        VarlinkFailure("\(WhatsAppInterface.name).\(word)", parameters)
    }

    /// Has a question to the database fail in the interface's own words.
    private func asking<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as DatabaseError {
            throw Self.failure("Unavailable", ["reason": .string("\(error)")])
        }
    }

    private func state() async throws -> JSONObject {
        let link = await bridge.link
        let depth = try await asking { try await QueueDepth(kind, in: database) }
        var state: JSONObject = [
            "provider": .string(kind.rawValue), "state": .string(link.state),
            "since": .string(link.since),
            "reason": link.reason.map { .string($0) } ?? .null,
            "next_attempt_at": link.nextAttempt.map { .string($0) } ?? .null,
            "number": provider.phone.map { .string($0) } ?? .null,
            "qr": link.qr.map { .string($0) } ?? .null,
        ]
        for (name, value) in depth.json { state[name] = value }
        return state
    }

    private func outbox(_ invocation: VarlinkInvocation) async throws -> JSONObject {
        let state = try invocation.optionalText("state")
        guard let limit = invocation.parameters["limit"]?.integerValue, (1...1000).contains(limit) else {
            throw VarlinkFailure.invalidParameter("limit")
        }
        let rows = try await asking {
            try await database.read(
                """
                SELECT id, chat_ref, kind, state, attempts, created_at, next_attempt_at, external_id, error_code, error_detail
                FROM outbound_messages WHERE provider = \(kind.rawValue) AND (\(state)::text IS NULL OR state = \(state))
                ORDER BY place DESC LIMIT \(limit)
                """
            )
        }
        return try await asking { ["messages": .array(try rows.map(Self.message))] }
    }

    private static func message(_ row: DatabaseRow) throws -> JSONValue {
        func text(_ column: String) throws -> JSONValue {
            let value: String? = try row[column]
            return value.map { .string($0) } ?? .null
        }
        let attempts: Int64 = try row["attempts"]
        let code: Int64? = try row["error_code"]
        let created: UTCInstant = try row["created_at"]
        let next: UTCInstant = try row["next_attempt_at"]
        let state: String = try row["state"]
        let isOpen = ["queued", "failed", "unknown"].contains(state)
        return [
            "id": try text("id"), "chat": try text("chat_ref"), "kind": try text("kind"),
            "state": .string(state), "attempts": .integer(attempts),
            "created_at": .string(created.description),
            "next_attempt_at": isOpen ? .string(next.description) : .null,
            "external_id": try text("external_id"), "error_code": code.map { .integer($0) } ?? .null,
            "error": try text("error_detail"),
        ]
    }

    private func retry(_ invocation: VarlinkInvocation) async throws -> JSONObject {
        let id = try invocation.text("id")
        guard UUIDText.isValid(id) else { throw Self.failure("NotFound", ["id": .string(id)]) }
        let row = try await asking {
            try await database.queryFirst(
                """
                WITH before AS (SELECT id, state FROM outbound_messages WHERE id = \(id)::uuid AND provider = \(kind.rawValue)),
                again AS (
                    UPDATE outbound_messages o SET state = 'queued', next_attempt_at = now(), external_id = NULL,
                        expires_at = greatest(o.expires_at, now() + interval '1 hour')
                    FROM before WHERE o.id = before.id AND before.state IN ('failed', 'dead', 'unknown') RETURNING o.id
                )
                SELECT before.state, again.id IS NOT NULL AS is_queued FROM before LEFT JOIN again USING (id)
                """
            )
        }
        guard let row else { throw Self.failure("NotFound", ["id": .string(id)]) }
        guard try row["is_queued"] as Bool else {
            let state: String = try row["state"]
            throw Self.failure("NotRetriable", ["id": .string(id), "state": .string(state)])
        }
        await bridge.lookForWork()
        return [:]
    }

    private func notify(_ invocation: VarlinkInvocation) async throws -> JSONObject {
        let text = try invocation.text("text")
        guard (1...10_000).contains(text.unicodeScalars.count) else {
            throw VarlinkFailure.invalidParameter("text")
        }
        let key = try invocation.text("key")
        guard (1...100).contains(key.utf8.count) else { throw VarlinkFailure.invalidParameter("key") }
        let count = try await asking {
            try await AdministratorNotice(text: text, key: key).write(kind, in: database)
        }
        await bridge.lookForWork()
        return ["count": .integer(Int64(count))]
    }

    /// Has stored messages read again that became nothing.
    private func replay(_ invocation: VarlinkInvocation) async throws -> JSONObject {
        guard let since = UTCInstant(try invocation.text("since")) else {
            throw VarlinkFailure.invalidParameter("since")
        }
        let count = try await asking { try await Replay(kind, database).run(since: since) }
        news.raise()
        return ["count": .integer(Int64(count))]
    }
}

import Postgres
import Shared
import WorkerSupport

/// `com.novi.WhatsAppSimulator`: what the simulated phone does, by hand.
struct SimulatorInterface: Sendable {
    private let provider: SimulatorProvider
    private let database: DatabasePool

    /// Makes the interface.
    ///
    /// - Parameters:
    ///   - provider: The phone.
    ///   - database: Where it can be seen what became of a message.
    init(_ provider: SimulatorProvider, _ database: DatabasePool) {
        self.provider = provider
        self.database = database
    }

    /// How long an answer waits for the message to be acted on.
    private static let patience: Duration = .seconds(10)

    /// What is served.
    var interface: VarlinkInterface {
        VarlinkInterface(
            name: WhatsAppSimulatorInterface.name,
            description: WhatsAppSimulatorInterface.description,
            methods: [
                "Say": { try await say($0) },
                "Behave": { try behave($0) },
                "Qr": { _ in try happen(.qrShown) },
                "Ready": { _ in try happen(.ready) },
                "Disconnect": { invocation in
                    let word = try invocation.optionalText("reason") ?? "TIMEOUT"
                    return try happen(.disconnected(DisconnectReason(word: word)))
                },
                "AuthFailure": { invocation in
                    let reason = try invocation.optionalText("reason") ?? "auth_failure"
                    return try happen(.authenticationFailed(reason))
                },
                "Block": { invocation in
                    let reason = try invocation.optionalText("reason") ?? "TOS_BLOCK"
                    return try happen(.disconnected(.blocked(reason)))
                },
            ]
        )
    }

    private func happen(_ event: ConnectionMachine.Event) throws -> JSONObject {
        guard provider.perform(event) else {
            throw VarlinkFailure("\(WhatsAppSimulatorInterface.name).Overloaded")
        }
        return [:]
    }

    private func behave(_ invocation: VarlinkInvocation) throws -> JSONObject {
        func number(_ name: String, _ range: ClosedRange<Int64>) throws -> Int64? {
            guard let value = invocation.parameters[name], value != .null else { return nil }
            guard let number = value.integerValue, range.contains(number) else {
                throw VarlinkFailure.invalidParameter(name)
            }
            return number
        }
        let receipts = try invocation.optionalText("receipts").map { word in
            guard let receipts = SimulatorBehaviour.Receipts(rawValue: word) else {
                throw VarlinkFailure.invalidParameter("receipts")
            }
            return receipts
        }
        let delay = try number("receipt_delay_ms", 0...3_600_000)
        let code = try number("refuse_code", 0...999_999)
        let count = try number("refuse_count", 1...1_000_000) ?? 1
        provider.behave { behaviour in
            if let receipts { behaviour.receipts = receipts }
            if let delay { behaviour.receiptDelay = .milliseconds(delay) }
            if let code { behaviour.refusal = .init(code: code, count: Int(count)) }
        }
        return [:]
    }

    private func say(_ invocation: VarlinkInvocation) async throws -> JSONObject {
        let text = try invocation.text("text")
        guard !text.isEmpty, text.utf8.count <= Limits.messageBytes else {
            throw VarlinkFailure.invalidParameter("text")
        }
        let message = SimulatorMessage(
            text: text,
            from: try invocation.optionalText("from"),
            chat: try invocation.optionalText("chat"),
            externalID: try invocation.optionalText("id"),
            quotedID: try invocation.optionalText("quoted_id"),
            quotedText: try invocation.optionalText("quoted_text")
        )
        let externalID: String
        do {
            externalID = try await provider.receive(message)
        } catch {
            throw VarlinkFailure(
                "\(WhatsAppSimulatorInterface.name).NotStored",
                ["reason": .string("\(error)")]
            )
        }
        return await result(of: externalID)
    }

    /// What became of a message, as soon as it is known.
    ///
    /// A person types slowly enough for a few questions.
    private func result(of externalID: String) async -> JSONObject {
        let end = ContinuousClock.now + Self.patience
        var wait = Duration.milliseconds(2)
        while ContinuousClock.now < end {
            if let found = try? await processed(externalID) { return found }
            try? await Task.sleep(for: wait)
            wait = min(wait * 2, .milliseconds(100))
        }
        return [
            "external_id": .string(externalID), "outcome": .null, "reason": .null, "order_id": .null,
            "replies": .array([]),
        ]
    }

    private func processed(_ externalID: String) async throws -> JSONObject? {
        let row = try await database.read(
            """
            SELECT m.outcome, m.reason, o.order_id,
                (SELECT coalesce(json_agg(r.body ORDER BY r.place), '[]') FROM outbound_messages r
                    WHERE r.dedupe_key LIKE 'in:' || m.id || ':%' AND r.chat_ref = m.chat_ref)::jsonb AS replies
            FROM inbound_messages m LEFT JOIN orders o ON o.id = m.order_id
            WHERE m.provider = 'simulator' AND m.external_id = \(externalID) AND m.processed_at IS NOT NULL
            """
        ).first
        guard let row else { return nil }
        let outcome: String? = try row["outcome"]
        let reason: String? = try row["reason"]
        let order: String? = try row["order_id"]
        let replies: JSONValue = try row["replies"]
        return [
            "external_id": .string(externalID), "outcome": outcome.map { .string($0) } ?? .null,
            "reason": reason.map { .string($0) } ?? .null, "order_id": order.map { .string($0) } ?? .null,
            "replies": replies,
        ]
    }
}

import HTTPTypes
import Shared
import Synchronization
import WhatsAppCloud
import WorkerSupport

/// The WhatsApp worker as the API asks it, over its socket.
struct WhatsAppBridge: Sendable {
    /// How long a question to it may take.
    static let questionTime: Duration = .seconds(5)

    /// How long it may take to store a webhook; Meta waits longer.
    static let webhookTime: Duration = .seconds(15)

    /// Webhooks that are handed on at the same time: fewer than the bridge takes connections.
    static let webhooks = 48

    /// The bytes of all their bodies; each costs about three times as much while it is on its way.
    static let webhookBytes = 48 << 20

    private let client: VarlinkClient
    private let underWay = UnderWay()

    /// Makes it of its socket's path.
    init(socket: String) {
        client = VarlinkClient(path: socket)
    }

    /// Asks `com.novi.WhatsApp`.
    ///
    /// - Throws: ``APIFailure``: 503 when it is away, or says that it cannot now.
    func call(_ method: String, _ parameters: JSONObject = [:]) async throws -> JSONObject {
        try await ask("\(WhatsAppInterface.name).\(method)", parameters, Self.questionTime)
    }

    /// Asks `com.novi.WhatsAppSimulator`.
    ///
    /// - Returns: The reply; `nil` when the bridge has another provider.
    /// - Throws: ``APIFailure``: 503 when the bridge is away, or says that it cannot now.
    func simulate(_ method: String, _ parameters: JSONObject) async throws -> JSONObject? {
        var given: JSONObject = [:]
        for (name, value) in parameters where value != .null { given[name] = value }
        do {
            return try await client.call(
                "\(WhatsAppSimulatorInterface.name).\(method)",
                given,
                timeout: Self.webhookTime
            )
        } catch {
            if case .refused(let failure) = error, failure.name == Self.noSuchInterface { return nil }
            throw APIFailure.bridge(error)
        }
    }

    /// What is counted at the bridge, in Prometheus's text format; only that it is away when it does not answer.
    func metricsText() async -> String {
        let reply = try? await client.call("\(WhatsAppInterface.name).GetMetrics", timeout: Limits.probeTime)
        let up =
            "# HELP novi_wa_up Whether the WhatsApp worker answers.\n# TYPE novi_wa_up gauge\nnovi_wa_up "
        guard let text = reply?["text"]?.stringValue else { return "\(up)0\n" }
        return "\(up)1\n\(text)"
    }

    fileprivate static let noSuchInterface = "org.varlink.service.InterfaceNotFound"

    /// Hands a webhook on.
    ///
    /// - Returns: The status to answer.
    /// - Throws: ``APIFailure``: 503 when it is away or has too many under way; Meta sends it again then.
    func receive(_ body: [UInt8], signature: String?) async throws -> Int {
        guard underWay.enter(body.count) else { throw APIFailure.busy }
        defer { underWay.leave(body.count) }
        let reply = try await ask(
            "\(WhatsAppWebhookInterface.name).Receive",
            [
                "body_base64": .string(Base64.text(body)),
                "signature": signature.map(JSONValue.string) ?? .null,
            ],
            Self.webhookTime
        )
        return reply["status"]?.integerValue.flatMap { Int(exactly: $0) } ?? 503
    }

    /// Asks whether Meta's question for the address is answered.
    func verify(mode: String?, token: String?, challenge: String?) async throws -> (status: Int, body: String)
    {
        let reply = try await ask(
            "\(WhatsAppWebhookInterface.name).Verify",
            [
                "mode": mode.map(JSONValue.string) ?? .null, "token": token.map(JSONValue.string) ?? .null,
                "challenge": challenge.map(JSONValue.string) ?? .null,
            ],
            Self.questionTime
        )
        let status = reply["status"]?.integerValue.flatMap { Int(exactly: $0) } ?? 503
        return (status, reply["body"]?.stringValue ?? "")
    }

    private func ask(_ method: String, _ parameters: JSONObject, _ limit: Duration) async throws -> JSONObject
    {
        do {
            return try await client.call(method, parameters, timeout: limit)
        } catch {
            throw APIFailure.bridge(error)
        }
    }
}

/// Counts what is under way.
private final class UnderWay: Sendable {
    private let state = Mutex((count: 0, bytes: 0))

    /// Counts one more, unless there are so many already, or so much.
    func enter(_ bytes: Int) -> Bool {
        state.withLock { state in
            guard state.count < WhatsAppBridge.webhooks, state.bytes + bytes <= WhatsAppBridge.webhookBytes
            else {
                return false
            }
            state = (state.count + 1, state.bytes + bytes)
            return true
        }
    }

    func leave(_ bytes: Int) { state.withLock { $0 = ($0.count - 1, $0.bytes - bytes) } }
}

extension APIFailure {
    /// What the bridge's trouble means for a caller.
    fileprivate static func bridge(_ failure: VarlinkClient.Failure) -> APIFailure {
        let message =
            switch failure {
            case .unreachable: "the WhatsApp worker does not run at present; try again in a moment"
            case .timedOut: "the WhatsApp worker does not answer at present; try again in a moment"
            case .refused(let failure):
                switch failure.name {
                case WhatsAppBridge.noSuchInterface:
                    "the WhatsApp worker runs with a provider that has no such thing"
                default:
                    "the WhatsApp worker cannot: \(failure.parameters["reason"]?.stringValue ?? failure.name)"
                }
            }
        return APIFailure(
            status: .serviceUnavailable,
            code: "whatsapp_unavailable",
            message: LogText.masked(message),
            headers: [.retryAfter: "5"]
        )
    }
}

import HTTPTypes
import Hummingbird
import Postgres
import Shared
import WorkerSupport

/// How the bridge to WhatsApp is, and the simulated phone where there is one.
struct WhatsAppRoutes: Sendable {
    let services: APIServices

    /// The bridge's socket.
    let bridge: WorkerClient

    /// The routes; the simulated phone is no route in production.
    var routes: [Route] {
        let status = Route(
            method: .get,
            path: "/api/whatsapp/status",
            summary: "How the bridge to WhatsApp is",
            tag: "whatsapp",
            access: .permission(.readOwnOrders),
            successes: [.json(.ok, Self.status, "Its state; `disconnected` when it does not answer.")],
            handler: status
        )
        let say = Route(
            method: .post,
            path: "/api/simulator/messages",
            summary: "Puts a message in as if a phone had sent it; never in production",
            tag: "whatsapp",
            access: .permission(.updateOwnOrders),
            body: .object(
                "SimulatedMessage",
                [
                    .required("text", .text(TextRule(length: 1...4096, allowsControls: true))),
                    .optional("from", .line(1...64)), .optional("chat", .line(1...255)),
                ]
            ),
            successes: [.empty("The bridge has it.")],
            refusals: [.conflict],
            handler: say
        )
        return services.deployment == .production ? [status] : [status, say]
    }

    private static let status = Schema.object(
        "WhatsAppStatus",
        [
            .required("state", .line(1...50)), .required("since", .nullable(.line(1...40))),
            .required("phone", .nullable(.line(1...30)), "Masked."),
            .required("queued", .integer(0...Int64.max), "Messages that wait to be sent."),
            .required("lastInboundAt", .nullable(.timestamp)),
            .required("lastOutboundAt", .nullable(.timestamp)),
        ]
    )

    private func status(_ request: APIRequest) async throws -> Response {
        let status = try? await bridge.call("com.novi.Worker.GetStatus", timeout: Limits.probeTime)
        let queued: Int64 = try await services.database.read(
            "SELECT count(*) AS count FROM outbound_messages WHERE state IN ('queued', 'failed')"
        ).only()["count"]
        let known = try await services.database.read(
            """
            SELECT phone_e164, last_inbound_at, last_outbound_at FROM wa_state ORDER BY changed_at DESC LIMIT 1
            """
        ).first
        func time(_ column: String) throws -> JSONValue {
            let value: UTCInstant? = try known?[column]
            return value.map { .string($0.description) } ?? .null
        }
        let phone: String? = try known?["phone_e164"]
        return .json([
            "state": status?["state"] ?? .string(Health.disconnected), "since": status?["since"] ?? .null,
            "phone": phone.map { .string(LogText.maskedNumber($0)) } ?? .null, "queued": .integer(queued),
            "lastInboundAt": try time("last_inbound_at"), "lastOutboundAt": try time("last_outbound_at"),
        ])
    }

    private func say(_ request: APIRequest) async throws -> Response {
        do {
            _ = try await bridge.call("com.novi.WhatsAppSimulator.Say", request.body, timeout: .seconds(5))
        } catch {
            throw APIFailure.conflict(
                "no_simulator",
                "the bridge with its simulated phone does not take the message"
            )
        }
        return Response(status: .noContent)
    }
}

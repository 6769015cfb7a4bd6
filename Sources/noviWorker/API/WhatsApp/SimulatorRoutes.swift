import HTTPTypes
import Hummingbird
import Shared
import WorkerSupport

/// The simulated phone by HTTP, for demonstrations and tests; production has none of these routes.
struct SimulatorRoutes: Sendable {
    let services: APIServices

    /// The routes.
    var routes: [Route] {
        guard services.deployment != .production else { return [] }
        return [
            Route(
                method: .post,
                path: "/api/simulator/messages",
                summary:
                    "Somebody writes a message on the simulated phone; answered when the bot acted on it",
                tag: "simulator",
                access: .permission(.manageUsers),
                body: .object(
                    "SimulatedMessage",
                    [
                        .required("text", .text(TextRule(length: 1...16_384, allowsControls: true))),
                        .optional("from", .line(1...255), "Who writes, as the phone names them."),
                        .optional("chat", .line(1...255), "Where; by default the chat with the sender."),
                        .optional(
                            "id",
                            .line(1...255),
                            "The message's id; the same one again is the same message."
                        ),
                        .optional("quotedId", .line(1...255), "The message that it answers."),
                        .optional("quotedText", .text(TextRule(length: 0...16_384, allowsControls: true))),
                    ]
                ),
                successes: [
                    .json(
                        .ok,
                        Self.result,
                        "What came of it; `outcome` is null when that takes longer than 10 s."
                    )
                ],
                refusals: [.notFound],
                handler: say
            ),
            Route(
                method: .post,
                path: "/api/simulator/events",
                summary: "Something happens to the simulated link",
                tag: "simulator",
                access: .permission(.manageUsers),
                body: .object(
                    "SimulatedEvent",
                    [
                        .required("event", .choice(Self.events.map(\.word))),
                        .optional("reason", .line(1...100), "Such as `TIMEOUT`, `LOGOUT`, `CONFLICT`."),
                    ]
                ),
                successes: [.empty("It happened.")],
                refusals: [.notFound],
                handler: happen
            ),
            Route(
                method: .post,
                path: "/api/simulator/behaviour",
                summary: "How messages of the bot are answered from now on",
                tag: "simulator",
                access: .permission(.manageUsers),
                body: .object(
                    "SimulatedBehaviour",
                    [
                        .optional("receipts", .choice(SimulatorBehaviour.Receipts.allCases.map(\.rawValue))),
                        .optional("receiptDelayMs", .integer(0...3_600_000)),
                        .optional("refuseCode", .integer(0...999_999), "A code of Meta's list."),
                        .optional("refuseCount", .integer(1...1_000_000), "How many messages meet with it."),
                    ],
                    minimumCount: 1
                ),
                successes: [.empty("Noted.")],
                refusals: [.notFound],
                handler: behave
            ),
        ]
    }

    private static let events: [(word: String, method: String)] = [
        ("qr", "Qr"), ("ready", "Ready"), ("disconnect", "Disconnect"), ("auth_failure", "AuthFailure"),
        ("block", "Block"),
    ]

    private static let result = Schema.object(
        "SimulatedResult",
        [
            .required("id", .line(1...255)), .required("outcome", .nullable(.line(1...50))),
            .required("reason", .nullable(.line(0...500))), .required("orderId", .nullable(.line(1...50))),
            .required(
                "replies",
                .list(.text(TextRule(length: 0...16_384, allowsControls: true)), count: 0...100)
            ),
        ]
    )

    private func say(_ request: APIRequest) async throws -> Response {
        let body = request.body
        let told = try await ask(
            "Say",
            [
                "text": body["text"] ?? .null, "from": body["from"] ?? .null, "chat": body["chat"] ?? .null,
                "id": body["id"] ?? .null, "quoted_id": body["quotedId"] ?? .null,
                "quoted_text": body["quotedText"] ?? .null,
            ]
        )
        return .json([
            "id": told["external_id"] ?? .null, "outcome": told["outcome"] ?? .null,
            "reason": told["reason"] ?? .null,
            "orderId": told["order_id"] ?? .null, "replies": told["replies"] ?? .array([]),
        ])
    }

    private func happen(_ request: APIRequest) async throws -> Response {
        let word = request.body["event"]?.stringValue
        guard let event = Self.events.first(where: { $0.word == word }) else {
            throw APIFailure.unknown("event")
        }
        let takesReason = !["Qr", "Ready"].contains(event.method)
        _ = try await ask(event.method, takesReason ? ["reason": request.body["reason"] ?? .null] : [:])
        return Response(status: .noContent)
    }

    private func behave(_ request: APIRequest) async throws -> Response {
        let body = request.body
        _ = try await ask(
            "Behave",
            [
                "receipts": body["receipts"] ?? .null, "receipt_delay_ms": body["receiptDelayMs"] ?? .null,
                "refuse_code": body["refuseCode"] ?? .null, "refuse_count": body["refuseCount"] ?? .null,
            ]
        )
        return Response(status: .noContent)
    }

    private func ask(_ method: String, _ parameters: JSONObject) async throws -> JSONObject {
        guard let reply = try await services.bridge.simulate(method, parameters) else {
            throw APIFailure.unknown("simulated phone: the bridge runs with another provider")
        }
        return reply
    }
}

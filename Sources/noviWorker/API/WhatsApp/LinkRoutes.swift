import HTTPTypes
import Hummingbird
import Postgres
import Shared

/// The link to WhatsApp: seeing it, pairing it, mending it.
struct LinkRoutes: Sendable {
    let services: APIServices

    /// The routes.
    var routes: [Route] {
        [
            Route(
                method: .get,
                path: "/api/whatsapp/status",
                summary:
                    "How the link is and what waits; the state is `unreachable` when its worker does not answer",
                tag: "whatsapp",
                access: .permission(.readOwnOrders),
                successes: [.json(.ok, Self.status, "The link.")],
                handler: status
            ),
            Route(
                method: .get,
                path: "/api/whatsapp/qr",
                summary: "The code to scan, while one waits; whoever scans it has the account",
                tag: "whatsapp",
                access: .permission(.allPermissions),
                successes: [
                    .json(.ok, .object("LinkCode", [.required("qr", .line(1...10_000))]), "What to draw.")
                ],
                refusals: [.notFound],
                handler: code
            ),
            Route(
                method: .post,
                path: "/api/whatsapp/reconnect",
                summary: "Tries to connect now",
                tag: "whatsapp",
                access: .permission(.manageUsers),
                successes: [.empty("Asked for.")],
                handler: { try await change($0, "Reconnect", "whatsapp.reconnect") }
            ),
            Route(
                method: .post,
                path: "/api/whatsapp/logout",
                summary: "Ends the session; the phone has to be paired anew",
                tag: "whatsapp",
                access: .permission(.allPermissions),
                successes: [.empty("Logged out.")],
                handler: { try await change($0, "Logout", "whatsapp.logout") }
            ),
        ]
    }

    private static let time = Schema.nullable(.timestamp)

    private static let status = Schema.object(
        "LinkStatus",
        [
            .required("provider", .nullable(.line(1...50))), .required("state", .line(1...50)),
            .required("number", .nullable(.line(1...20)), "Our own phone, all but its ends hidden."),
            .required("since", time), .required("reason", .nullable(.line(0...500))),
            .required("nextAttemptAt", time),
            .required(
                "queue",
                .nullable(
                    .object(
                        "LinkQueue",
                        ["waiting", "sending", "unknown", "failed", "dead"].map {
                            .required($0, .integer(0...Int64.max))
                        }
                    )
                )
            ),
            .required("unprocessed", .nullable(.integer(0...Int64.max))), .required("lastInboundAt", time),
            .required("lastOutboundAt", time),
        ]
    )

    private func status(_ request: APIRequest) async throws -> Response {
        let state = try? await services.bridge.call("GetState")
        func value(_ name: String) -> JSONValue { state?[name] ?? .null }
        // What is told is named here: the code never is.
        var reason = value("reason")
        if let text = reason.stringValue { reason = .string(String(LogText.masked(text).prefix(500))) }
        return .json([
            "provider": value("provider"),
            "state": state?["state"] ?? "unreachable",
            "number": value("number").stringValue.map { .string(Self.masked($0)) } ?? .null,
            "since": value("since"),
            "reason": reason,
            "nextAttemptAt": value("next_attempt_at"),
            "queue": value("queue"),
            "unprocessed": value("unprocessed"),
            "lastInboundAt": value("last_inbound_at"),
            "lastOutboundAt": value("last_outbound_at"),
        ])
    }

    /// A phone of which its owner knows that it is theirs, and nobody else learns it: `+234••••••••01`.
    static func masked(_ phone: String) -> String {
        guard phone.count > 8 else { return String(repeating: "•", count: phone.count) }
        return phone.prefix(4) + String(repeating: "•", count: phone.count - 6) + phone.suffix(2)
    }

    private func code(_ request: APIRequest) async throws -> Response {
        let state = try await services.bridge.call("GetState")
        guard state["state"] == "qr", let code = state["qr"]?.stringValue else {
            throw APIFailure.unknown("code: the link is \(state["state"]?.stringValue ?? "unknown")")
        }
        return .json(["qr": .string(code)])
    }

    private func change(_ request: APIRequest, _ method: String, _ action: String) async throws -> Response {
        _ = try await services.bridge.call(method)
        try await services.database.withTransaction { transaction in
            try await AuditLog.note(action, of: request, in: transaction)
        }
        return Response(status: .noContent)
    }
}

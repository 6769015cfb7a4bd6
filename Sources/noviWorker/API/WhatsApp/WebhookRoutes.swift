import HTTPTypes
import Hummingbird
import NIOCore
import Shared
import WhatsAppCloud

/// Meta's webhooks: handed on to the bridge as they came, which alone knows secrets and stores messages.
///
/// What counts as the caller is the signature; there is no session, no origin and no general limit. Only what was refused is
/// counted: Meta's own webhooks are never.
struct WebhookRoutes: Sendable {
    let services: APIServices

    /// Refusals of one address in 15 minutes, after which it is not asked about any more.
    static let refusals = 100

    /// The routes.
    var routes: [Route] {
        [
            Route(
                method: .get,
                path: "/webhooks/whatsapp",
                summary: "Meta's question whether this address is ours",
                tag: "whatsapp",
                access: .anyone,
                limit: .none,
                parameters: [
                    .query("hub.mode", .line(0...100), "Always `subscribe`."),
                    .query("hub.verify_token", .line(0...4096), "The token that we agreed on."),
                    .query("hub.challenge", .line(0...CloudLimits.challengeBytes), "What to answer."),
                ],
                successes: [
                    Route.Success(status: .ok, note: "The challenge.", content: .text("text/plain"))
                ],
                refusals: [.forbidden, .tooManyRequests],
                handler: verify
            ),
            Route(
                method: .post,
                path: "/webhooks/whatsapp",
                summary: "What Meta tells; answered once it is stored",
                tag: "whatsapp",
                access: .anyone,
                limit: .none,
                parameters: [
                    .header("X-Hub-Signature-256", .line(1...200), "HMAC-SHA256 of the body: `sha256=…`.")
                ],
                rawBodyBytes: CloudLimits.webhookBytes,
                successes: [Route.Success(status: .ok, note: "All of it is stored.", content: .none)],
                refusals: [.unauthorized, .tooManyRequests],
                handler: receive
            ),
        ]
    }

    private func verify(_ request: APIRequest) async throws -> Response {
        try checkStanding(request)
        let (status, body) = try await services.bridge.verify(
            mode: request.query["hub.mode"]?.stringValue,
            token: request.query["hub.verify_token"]?.stringValue,
            challenge: request.query["hub.challenge"]?.stringValue
        )
        guard status == 200 else {
            await countRefusal(request)
            throw APIFailure.forbidden("the token is not ours")
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body))
        )
    }

    private func receive(_ request: APIRequest) async throws -> Response {
        try checkStanding(request)
        let signature = request.head.headerFields[.known("X-Hub-Signature-256")]
        switch try await services.bridge.receive(request.rawBody, signature: signature) {
        case 200: return Response(status: .ok)
        case 401:
            await countRefusal(request)
            throw APIFailure(
                status: .unauthorized,
                code: "wrong_signature",
                message: "X-Hub-Signature-256 does not fit the body",
                headers: [.wwwAuthenticate: "Signature realm=\"novi\""]
            )
        case 400:
            throw APIFailure(
                status: .badRequest,
                code: "no_webhook",
                message: "the body is no webhook of a WhatsApp account"
            )
        case 413:
            throw APIFailure(status: .contentTooLarge, code: "too_large", message: "the body is too large")
        default: throw APIFailure.notStored
        }
    }

    /// An address that showed wrong signatures or tokens again and again is refused without a question.
    private func checkStanding(_ request: APIRequest) throws {
        guard let left = services.shutBuckets.secondsLeft(of: Self.bucket(request)) else { return }
        let standing = RateLimiter.Standing(
            limit: Self.refusals,
            remaining: 0,
            isAllowed: false,
            reset: left
        )
        throw APIFailure.tooMany("Too many requests from this IP", standing)
    }

    private func countRefusal(_ request: APIRequest) async {
        let bucket = request.client.bucket
        // Without the database nothing is stored either: there is nothing to protect.
        let standing = try? await services.limiter.count("webhook", bucket, limit: Self.refusals)
        guard let standing, !standing.isAllowed else { return }
        services.shutBuckets.note(Self.bucket(request), seconds: standing.reset)
    }

    private static func bucket(_ request: APIRequest) -> String { "webhook \(request.client.bucket)" }
}

extension APIFailure {
    /// The bridge could not store it; Meta sends it again.
    fileprivate static let notStored = APIFailure(
        status: .serviceUnavailable,
        code: "not_stored",
        message: "it could not be stored; send it again",
        headers: [.retryAfter: "5"]
    )
}

import HTTPTypes
import Hummingbird
import NIOCore
import Shared
import WorkerSupport

/// An answer that is an error: `{"error":{"code","message"}}`.
struct GatewayFailure: Error, Equatable {
    /// The HTTP status.
    let status: HTTPResponse.Status
    /// A stable word for programs.
    let code: String
    /// One sentence for people: what, why, what to do.
    let message: String

    static let notFound = GatewayFailure(
        status: .notFound,
        code: "not_found",
        message: "there is nothing at this path"
    )
    static let wrongHost = GatewayFailure(
        status: .misdirectedRequest,
        code: "wrong_host",
        message: "this gateway does not answer to that name; add it to NOVI_GATEWAY_HOSTS if it is right"
    )
    static let wrongPeer = GatewayFailure(
        status: .forbidden,
        code: "wrong_user",
        message: "only the gateway's own user and root may ask on this socket"
    )
    static let needsToken = GatewayFailure(
        status: .unauthorized,
        code: "token_needed",
        message: "send Authorization: Bearer and the gateway's token"
    )
    static let readOnly = GatewayFailure(
        status: .forbidden,
        code: "read_only",
        message: "this gateway changes nothing; NOVI_GATEWAY_OPERATOR_TOKEN is not set"
    )
    static let needsOperator = GatewayFailure(
        status: .unauthorized,
        code: "operator_token_needed",
        message: "send Authorization: Bearer and the operator's token"
    )
    static let tooManyStreams = GatewayFailure(
        status: .serviceUnavailable,
        code: "too_many_streams",
        message: "\(Limits.streams) pages watch live already; close one"
    )
    static let busy = GatewayFailure(
        status: .serviceUnavailable,
        code: "busy",
        message: "other searches of the logs are under way; try again in a moment"
    )

    /// A wrong parameter.
    static func badRequest(_ message: String) -> GatewayFailure {
        GatewayFailure(status: .badRequest, code: "bad_request", message: message)
    }

    /// The daemon or a worker did not do it.
    static func upstream(_ failure: VarlinkClient.Failure) -> GatewayFailure {
        switch failure {
        case .refused(let failure) where failure.name.hasSuffix(".UnknownProcess"):
            GatewayFailure(status: .notFound, code: "unknown_process", message: "no process is called so")
        case .refused:
            GatewayFailure(status: .conflict, code: "refused", message: "\(failure)")
        case .timedOut:
            GatewayFailure(
                status: .gatewayTimeout,
                code: "timed_out",
                message: "no answer in time; it may still be done"
            )
        case .unreachable:
            GatewayFailure(
                status: .badGateway,
                code: "unreachable",
                message: "the supervisor does not answer; it may be on its way back"
            )
        }
    }

    /// Makes a failure of anything thrown; `nil` is our own fault.
    static func known(_ error: any Error) -> GatewayFailure? {
        if let failure = error as? GatewayFailure { return failure }
        if let failure = error as? VarlinkClient.Failure { return .upstream(failure) }
        guard let error = error as? any HTTPResponseError else { return nil }
        if error.status == .notFound { return .notFound }
        return GatewayFailure(
            status: error.status,
            code: "refused",
            message: error.status.reasonPhrase.lowercased()
        )
    }

    /// The response.
    var response: Response {
        let error: JSONObject = ["code": .string(code), "message": .string(message)]
        var response = Response.json(["error": .object(error)], status: status)
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer realm=\"novi\"" }
        return response
    }
}

extension Response {
    /// A JSON response that nobody may keep.
    static func json(_ object: JSONObject, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: JSONValue.object(object).serialized()))
        )
    }
}

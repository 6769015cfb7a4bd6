import HTTPTypes
import Hummingbird
import Postgres
import Shared

/// An error as callers of the API see it: `{"error":{"code","message","fields","requestId"}}` (spec C).
struct APIFailure: Error, Equatable {
    /// The HTTP status.
    let status: HTTPResponse.Status

    /// A stable word for programs.
    let code: String

    /// One sentence for people.
    let message: String

    /// What is wrong with which field of the request.
    var fields: [(name: String, problem: String)] = []

    /// More headers, such as `Allow`.
    var headers: HTTPFields = [:]

    static func == (left: APIFailure, right: APIFailure) -> Bool {
        left.status == right.status && left.code == right.code && left.message == right.message
            && left.fields.map(\.name) == right.fields.map(\.name)
            && left.fields.map(\.problem) == right.fields.map(\.problem) && left.headers == right.headers
    }

    /// There is nothing at the path.
    static let notFound = APIFailure(
        status: .notFound,
        code: "not_found",
        message: "there is nothing at this path"
    )

    /// What came is no HTTP.
    static let malformed = APIFailure(
        status: .badRequest,
        code: "malformed_request",
        message: "what came is no HTTP request"
    )

    /// A method that no path takes.
    static let unknownMethod = APIFailure(
        status: .notImplemented,
        code: "unknown_method",
        message: "no path takes this method"
    )

    /// Our own fault; the log knows more.
    static let unexpected = APIFailure(
        status: .internalServerError,
        code: "internal",
        message: "something went wrong here; the log knows the request id"
    )

    /// A path that knows other methods.
    static func methodNotAllowed(allowed: [HTTPRequest.Method]) -> APIFailure {
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        return APIFailure(
            status: .methodNotAllowed,
            code: "method_not_allowed",
            message: "this path takes \(names)",
            headers: [.allow: names]
        )
    }

    /// Makes the failure for anything that was thrown; `nil` is our own fault.
    static func known(_ error: any Error) -> APIFailure? {
        if let failure = error as? APIFailure { return failure }
        if let error = error as? DatabaseError { return of(error) }
        guard let error = error as? any HTTPResponseError else { return nil }
        switch error.status {
        case .notFound: return .notFound
        case .contentTooLarge:
            return APIFailure(status: error.status, code: "too_large", message: "the request is too large")
        case .badRequest:
            return APIFailure(
                status: error.status,
                code: "bad_request",
                message: "the request makes no sense"
            )
        case let status where status.kind == .clientError:
            return APIFailure(status: status, code: "refused", message: status.reasonPhrase.lowercased())
        default: return nil
        }
    }

    /// The body of the response.
    func body(requestID: String) -> JSONObject {
        var problems = JSONObject()
        for field in fields { problems[field.name] = .string(field.problem) }
        return [
            "error": .object([
                "code": .string(code), "message": .string(message), "fields": .object(problems),
                "requestId": .string(requestID),
            ])
        ]
    }

    /// The response.
    func response(requestID: String) -> Response {
        var response = Response.json(body(requestID: requestID), status: status)
        response.headers.append(contentsOf: headers)
        return response
    }
}

extension Response {
    /// A JSON response that nobody may keep.
    static func json(_ object: JSONObject, status: HTTPResponse.Status = .ok) -> Response {
        let bytes = JSONValue.object(object).serialized()
        return Response(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }
}

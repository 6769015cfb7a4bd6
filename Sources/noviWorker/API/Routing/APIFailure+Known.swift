import HTTPTypes
import Hummingbird
import Postgres
import Shared

/// The refusals that routes make.
extension APIFailure {
    /// Nobody is signed in.
    static let notSignedIn = APIFailure(
        status: .unauthorized,
        code: "not_signed_in",
        message: "sign in first: POST /auth/login",
        headers: [.wwwAuthenticate: "Session realm=\"novi\""]
    )

    /// The one answer to every login that fails: it does not tell whether the account exists (spec C).
    static let wrongCredentials = APIFailure(
        status: .unauthorized,
        code: "wrong_credentials",
        message: "e-mail or password is wrong",
        headers: [.wwwAuthenticate: "Session realm=\"novi\""]
    )

    /// The request came from another website, or does not tell where it came from.
    static let foreignOrigin = APIFailure(
        status: .forbidden,
        code: "foreign_origin",
        message: "a change needs an Origin header of this API's own address, or Sec-Fetch-Site: same-origin"
    )

    /// The password was given by somebody else.
    static let passwordChangeRequired = APIFailure(
        status: .forbidden,
        code: "password_change_required",
        message: "choose a password of your own first: POST /auth/password"
    )

    /// Too many wait for something slow already.
    static let busy = APIFailure(
        status: .serviceUnavailable,
        code: "busy",
        message: "too many requests at once; try again in a moment",
        headers: [.retryAfter: "1"]
    )

    /// The database is away.
    static let unavailable = APIFailure(
        status: .serviceUnavailable,
        code: "database_unavailable",
        message: "the database cannot be reached at present; try again in a moment",
        headers: [.retryAfter: "1"]
    )

    /// The database went away with our question.
    static let outcomeUnknown = APIFailure(
        status: .serviceUnavailable,
        code: "outcome_unknown",
        message:
            "the database was lost before it answered, so the change may or may not have been made; look before you repeat it",
        headers: [.retryAfter: "1"]
    )

    /// Headers that are too many or too long.
    static let headersTooLarge = APIFailure(
        status: .requestHeaderFieldsTooLarge,
        code: "headers_too_large",
        message: "the headers are too many or too long"
    )

    /// The body is no JSON by its own word.
    static let notJSON = APIFailure(
        status: .unsupportedMediaType,
        code: "unsupported_media_type",
        message: "the body must be application/json in UTF-8"
    )

    /// The role does not allow it.
    static func forbidden(_ what: String) -> APIFailure {
        APIFailure(status: .forbidden, code: "forbidden", message: what)
    }

    /// There is no such thing, or none that the caller may know of.
    static func unknown(_ what: String) -> APIFailure {
        APIFailure(status: .notFound, code: "not_found", message: "there is no such \(what)")
    }

    /// It contradicts what is there.
    static func conflict(_ code: String, _ message: String) -> APIFailure {
        APIFailure(status: .conflict, code: code, message: message)
    }

    /// Fields are wrong; all of them are named.
    static func invalid(_ problems: [FieldProblem]) -> APIFailure {
        var fields: [(name: String, problem: String)] = []
        for problem in problems {
            let path = problem.path.description
            let name = path.isEmpty ? "body" : path
            if let index = fields.firstIndex(where: { $0.name == name }) {
                fields[index].problem += "; \(problem.problem)"
            } else {
                fields.append((name, problem.problem))
            }
        }
        let count = fields.count == 1 ? "one field is" : "\(fields.count) fields are"
        return APIFailure(
            status: .badRequest,
            code: "invalid_request",
            message: "\(count) not right",
            fields: fields
        )
    }

    /// One field is wrong.
    static func invalid(_ field: String, _ problem: String) -> APIFailure {
        APIFailure(
            status: .badRequest,
            code: "invalid_request",
            message: "one field is not right",
            fields: [(field, problem)]
        )
    }

    /// Too many requests (row A58); the texts are the documents' own.
    static func tooMany(_ message: String, _ standing: RateLimiter.Standing) -> APIFailure {
        var headers = standing.headers
        headers[.retryAfter] = "\(standing.reset)"
        return APIFailure(
            status: .tooManyRequests,
            code: "too_many_requests",
            message: message,
            headers: headers
        )
    }

    /// What the database's trouble means for a caller; `nil` is our own fault.
    static func of(_ error: DatabaseError) -> APIFailure? {
        if error.isOutcomeUnknown { return .outcomeUnknown }
        if error.isUnavailable { return .unavailable }
        if error.isRetryable { return .busy }
        return nil
    }
}

extension RateLimiter.Standing {
    /// `RateLimit-*`.
    var headers: HTTPFields {
        [
            .rateLimitLimit: "\(limit)", .rateLimitRemaining: "\(remaining)", .rateLimitReset: "\(reset)",
        ]
    }
}

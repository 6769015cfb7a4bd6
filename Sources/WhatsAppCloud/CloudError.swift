import Shared

/// An error that Meta tells, in answers and in webhooks.
public struct CloudError: Hashable, Sendable {
    /// Meta's code; what is done is decided by it.
    public var code: Int64

    /// Meta's title or message.
    public var title: String

    /// Meta's explanation.
    public var details: String?

    /// Makes an error.
    public init(code: Int64, title: String, details: String? = nil) {
        self.code = code
        self.title = title
        self.details = details
    }

    /// Reads an element of `errors` or the member `error` of an answer.
    init?(_ value: JSONValue) {
        guard let code = value["code"]?.integerValue ?? value["code"]?.stringValue.flatMap(Int64.init) else {
            return nil
        }
        self.code = code
        title = value["title"]?.stringValue ?? value["message"]?.stringValue ?? "error \(code)"
        details = value["error_data"]?["details"]?.stringValue
    }
}

/// What an error means for us (spec E3).
public enum CloudErrorClass: Hashable, CaseIterable, Sendable {
    /// The token is invalid: hold the queue until there is a new one.
    case loggedOut
    /// A permission is missing: hold the queue, tell the administrators.
    case notPermitted
    /// The request is wrong and will always be: give the message up, tell the developers.
    case badRequest
    /// The template is unknown, paused or disabled: give the message up, tell the administrators.
    case badTemplate
    /// The app, account or number sends too much: hold all, retry with growing waits.
    case rateLimited
    /// Too much to this recipient: hold only this one.
    case pairLimited
    /// Meta keeps it back for the engagement's or spam's sake: no quick retry.
    case heldBack
    /// Outside the 24 hours: only a template may be sent.
    case outsideWindow
    /// This recipient cannot be reached: give the message up.
    case undeliverable
    /// Retry.
    case temporary
    /// The account is locked, not paid or not registered: never retried by itself (P1).
    case blocked

    /// The class of an error by its code.
    public init(code: Int64) {
        switch code {
        case 0, 190: self = .loggedOut
        case 3, 10, 200...299: self = .notPermitted
        case 100, 131_008, 131_009, 132_000, 132_005, 132_007, 132_012: self = .badRequest
        case 132_001, 132_015, 132_016: self = .badTemplate
        case 4, 80_007, 130_429: self = .rateLimited
        case 131_056: self = .pairLimited
        case 131_048, 131_049: self = .heldBack
        case 131_047: self = .outsideWindow
        case 131_026, 131_021, 131_030: self = .undeliverable
        case 131_000, 131_016, 1, 2, 131_057: self = .temporary
        case 131_031, 368, 131_042, 131_045, 133_010: self = .blocked
        // A code that is not in the table: the message is not lost by it, and not sent for ever (24 hours).
        default: self = .temporary
        }
    }

    /// The class of an answer without a code that can be read, by its HTTP status (RFC 9110).
    public init(httpStatus: Int) {
        switch httpStatus {
        case 401: self = .loggedOut
        case 403: self = .notPermitted
        case 429: self = .rateLimited
        case 400, 404, 405, 413, 415, 422: self = .badRequest
        default: self = .temporary
        }
    }

    /// What it holds up.
    public enum Hold: Hashable, Sendable {
        case nothing
        case recipient
        case everything
    }

    /// What waits because of it.
    public var hold: Hold {
        switch self {
        case .loggedOut, .notPermitted, .rateLimited, .blocked: .everything
        case .pairLimited: .recipient
        case .badRequest, .badTemplate, .heldBack, .outsideWindow, .undeliverable, .temporary: .nothing
        }
    }

    /// Whether the message is given up (or, outside the window, sent as a template where there is one).
    public var isFinal: Bool {
        switch self {
        case .badRequest, .badTemplate, .outsideWindow, .undeliverable: true
        case .loggedOut, .notPermitted, .rateLimited, .pairLimited, .heldBack, .temporary, .blocked: false
        }
    }

    /// Whether people are told at once.
    public var isAlarming: Bool {
        switch self {
        case .loggedOut, .notPermitted, .badRequest, .badTemplate, .blocked: true
        case .rateLimited, .pairLimited, .heldBack, .outsideWindow, .undeliverable, .temporary: false
        }
    }
}

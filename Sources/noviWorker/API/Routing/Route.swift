import HTTPTypes
import Hummingbird
import Shared

/// One route of the API: everything that serving it and describing it needs, said once.
struct Route: Sendable {
    /// Who may use a route.
    enum Access: Sendable, Equatable {
        /// Everybody.
        case anyone
        /// Whoever is signed in; no program with a token.
        case session
        /// Whoever is known, by session or token.
        case identity
        /// Whoever has a permission; whose order it is, the route itself finds out.
        case permission(Permission)
        /// This machine, or whoever has the metrics token.
        case metrics
    }

    /// Which limit a route counts against.
    enum Limit: Sendable, Equatable {
        /// None.
        case none
        /// The general one.
        case general
    }

    /// Something that a request says beside its body.
    struct Parameter: Sendable {
        /// Where it stands.
        enum Place: String, Sendable {
            case path
            case query
            case header
        }

        let place: Place
        let name: String
        let schema: Schema
        let note: String
        var isRequired: Bool { place == .path }
    }

    /// What a successful answer looks like.
    struct Success: Sendable {
        /// What the answer carries.
        enum Content: Sendable {
            case none
            case json(Schema)
            case text(String)
        }

        let status: HTTPResponse.Status
        let note: String
        let content: Content
        var headers: [String] = []
    }

    /// Answers a request that passed all checks.
    typealias Handler = @Sendable (APIRequest) async throws -> Response

    let method: HTTPRequest.Method
    let path: String
    let summary: String
    let tag: String
    let access: Access
    var limit = Limit.general
    var parameters: [Parameter] = []
    var body: Schema?
    var isBodyOptional = false
    /// How many bytes of a body are given to the handler as they came, unread; `nil` for a body that is read by ``body``.
    var rawBodyBytes: Int?
    let successes: [Success]
    /// Refusals that this route has beyond those that follow from the rest.
    var refusals: [HTTPResponse.Status] = []
    let handler: Handler

    /// Whether the route changes something.
    var isChange: Bool { method != .get && method != .head }

    /// The path as the router wants it: `/api/orders/:id`.
    var routerPath: String {
        path.split(separator: "/").reduce("") { text, part in
            part.hasPrefix("{") ? "\(text)/:\(part.dropFirst().dropLast())" : "\(text)/\(part)"
        }
    }

    /// Every status that the route answers with an error.
    var errorStatuses: [HTTPResponse.Status] {
        var statuses: Set<Int> = [400, 431, 500, 503]
        if access != .anyone { statuses.formUnion([401]) }
        if access != .anyone, access != .metrics { statuses.insert(403) }
        if isChange { statuses.formUnion([403, 408, 413]) }
        if parameters.contains(where: { $0.place == .path }) { statuses.insert(404) }
        if body != nil { statuses.insert(415) }
        if limit != .none { statuses.insert(429) }
        statuses.formUnion(refusals.map(\.code))
        return statuses.sorted().map { HTTPResponse.Status(code: $0) }
    }
}

extension Route.Parameter {
    /// A part of the path.
    static func path(_ name: String, _ schema: Schema, _ note: String) -> Self {
        Self(place: .path, name: name, schema: schema, note: note)
    }

    /// A field of the query.
    static func query(_ name: String, _ schema: Schema, _ note: String) -> Self {
        Self(place: .query, name: name, schema: schema, note: note)
    }

    /// A header.
    static func header(_ name: String, _ schema: Schema, _ note: String) -> Self {
        Self(place: .header, name: name, schema: schema, note: note)
    }
}

extension Route.Success {
    /// A JSON answer.
    static func json(
        _ status: HTTPResponse.Status,
        _ schema: Schema,
        _ note: String,
        headers: [String] = []
    ) -> Self {
        Self(status: status, note: note, content: .json(schema), headers: headers)
    }

    /// An answer without content.
    static func empty(_ note: String, headers: [String] = []) -> Self {
        Self(status: .noContent, note: note, content: .none, headers: headers)
    }
}

import HTTPTypes
import Hummingbird
import Shared

/// Puts the checks of a ``Route`` in front of its handler, in the order in which they cost least and tell least.
struct Endpoint: Sendable {
    /// What is served.
    let route: Route

    /// What it is served with.
    let services: APIServices

    /// Answers a request, or throws an ``APIFailure``.
    func answer(_ request: Request, _ context: APIContext) async throws -> Response {
        let client = context.client(request.headers, trusted: services.settings.trustedProxies)
        let (identity, standing) = try await admit(request, client)
        do {
            try authorize(request, context, identity)
            let (query, problems) = try readQuery(request)
            let path = try readPath(context)
            let bytes = try await readBytes(request)
            let (body, more) = try readBody(bytes, request)
            let headers = readHeaders(request)
            guard problems.isEmpty, more.isEmpty, headers.isEmpty else {
                throw APIFailure.invalid(problems + more + headers)
            }
            let answer = try await route.handler(
                APIRequest(
                    head: request.head,
                    id: context.requestID,
                    client: client,
                    identity: identity,
                    path: path,
                    query: query,
                    body: body,
                    rawBody: route.rawBodyBytes == nil ? [] : bytes
                )
            )
            return standing.map { Self.adding($0, to: answer) } ?? answer
        } catch let failure as APIFailure {
            guard let standing else { throw failure }
            var failure = failure
            for field in standing.headers where failure.headers[field.name] == nil {
                failure.headers.append(field)
            }
            throw failure
        }
    }

    /// Finds out who asks and counts the request: an address has a limit, a person a larger one of their own.
    private func admit(
        _ request: Request,
        _ client: ClientAddress
    ) async throws -> (Identity?, RateLimiter.Standing?) {
        guard route.limit == .general else { return (nil, nil) }
        let settings = services.settings
        if route.access != .anyone, let credential = Credential(request.headers, cookie: services.cookie),
            let (identity, standing) = try await services.identities.identity(
                of: credential,
                limit: settings.requestLimit * settings.sessionFactor
            )
        {
            return (identity, try Self.checked(standing))
        }
        let standing = try await services.limiter.countAddress(client, limit: settings.requestLimit)
        return (nil, try Self.checked(standing))
    }

    private static func checked(_ standing: RateLimiter.Standing) throws -> RateLimiter.Standing {
        guard standing.isAllowed else { throw APIFailure.tooMany("Too many requests from this IP", standing) }
        return standing
    }

    private func authorize(_ request: Request, _ context: APIContext, _ identity: Identity?) throws {
        switch route.access {
        case .anyone:
            // A login from another website would sign somebody in as a stranger; programs send neither header.
            let namesOrigin =
                request.headers[.origin] != nil || request.headers[.known("Sec-Fetch-Site")] != nil
            if route.isChange, namesOrigin { try checkOrigin(request) }
        case .session, .identity:
            guard let identity else { throw APIFailure.notSignedIn }
            if route.access == .session, identity.session == nil {
                throw APIFailure.forbidden("this needs a signed-in person, not a token")
            }
            try checkOrigin(request, identity)
        case .permission(let permission):
            guard let identity else { throw APIFailure.notSignedIn }
            try checkOrigin(request, identity)
            if identity.mustChangePassword, services.enforcesPasswordChange {
                throw APIFailure.passwordChangeRequired
            }
            guard identity.allows(permission) else {
                throw APIFailure.forbidden("this needs the permission \(permission.rawValue)")
            }
        case .metrics: try checkMetricsAccess(request, context)
        }
    }

    /// No website can make a browser send a token, so only sessions are asked where they come from.
    private func checkOrigin(_ request: Request, _ identity: Identity) throws {
        if route.isChange, identity.session != nil { try checkOrigin(request) }
    }

    private func checkOrigin(_ request: Request) throws {
        guard services.originCheck.allows(request.headers, host: request.head.authority) else {
            throw APIFailure.foreignOrigin
        }
    }

    private func checkMetricsAccess(_ request: Request, _ context: APIContext) throws {
        if let token = services.settings.metricsToken, let given = request.headers[.authorization],
            given.hasPrefix("Bearer "),
            Array(given.dropFirst("Bearer ".count).utf8).isEqualInConstantTime(to: token)
        {
            return
        }
        // A proxy on this machine comes from loopback, too, but says for whom.
        let isForwarded = request.headers[.forwardedFor] != nil
        let peer = context.peer
        let isLocal = peer == .local || peer.text == "127.0.0.1" || peer.text == "::1"
        guard isLocal, !isForwarded else {
            throw APIFailure(
                status: .unauthorized,
                code: "not_allowed",
                message: "metrics are for this machine, or need the metrics token",
                headers: [.wwwAuthenticate: "Bearer realm=\"novi\""]
            )
        }
    }

    // MARK: - Reading

    private func readPath(_ context: APIContext) throws -> [String: String] {
        var values: [String: String] = [:]
        for parameter in route.parameters where parameter.place == .path {
            let text = context.parameters.get(parameter.name) ?? ""
            guard parameter.schema.problems(in: .string(text)).isEmpty else {
                throw APIFailure.unknown(parameter.note)
            }
            values[parameter.name] = text
        }
        return values
    }

    private func readQuery(_ request: Request) throws -> ([String: JSONValue], [FieldProblem]) {
        do {
            return try QueryText.values(of: request.uri.query ?? "", parameters: route.parameters)
        } catch {
            throw APIFailure(
                status: .badRequest,
                code: "malformed_query",
                message: "the query of the address cannot be read"
            )
        }
    }

    private func readHeaders(_ request: Request) -> [FieldProblem] {
        route.parameters.filter { $0.place == .header }.flatMap { parameter -> [FieldProblem] in
            guard let text = request.headers[.known(parameter.name)] else { return [] }
            let path = JSONPath([.key(parameter.name)])
            return parameter.schema.problems(in: .string(text)).map {
                FieldProblem(path: path, problem: $0.problem)
            }
        }
    }

    private func readBytes(_ request: Request) async throws -> [UInt8] {
        let limit = route.rawBodyBytes ?? Limits.bodyBytes
        // Read also where none is expected, so that it is bounded: the next request of the connection comes behind it.
        if route.body == nil, route.rawBodyBytes == nil, !Self.hasBody(request.headers) { return [] }
        do {
            return Array(try await request.body.collect(upTo: limit).readableBytesView)
        } catch let error as any HTTPResponseError where error.status == .contentTooLarge {
            throw APIFailure(
                status: .contentTooLarge,
                code: "too_large",
                message: "the body is longer than \(limit) bytes"
            )
        }
    }

    private func readBody(_ bytes: [UInt8], _ request: Request) throws -> (JSONObject, [FieldProblem]) {
        guard let schema = route.body else { return ([:], []) }
        if bytes.isEmpty, route.isBodyOptional { return ([:], []) }
        guard Self.isJSON(request.headers[.contentType]) else { throw APIFailure.notJSON }
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONValue(
                parsing: bytes,
                limits: JSONLimits(bytes: Limits.bodyBytes, depth: Limits.bodyDepth)
            )
        } catch {
            throw APIFailure(
                status: .badRequest,
                code: "malformed_json",
                message: "the body is no JSON: \(error)"
            )
        }
        return (value.objectValue ?? [:], schema.problems(in: value))
    }

    /// Whether something follows the head (RFC 9112, section 6).
    private static func hasBody(_ headers: HTTPFields) -> Bool {
        headers[.transferEncoding] != nil || headers[.contentLength] != nil
    }

    /// Whether a `Content-Type` says JSON in the one encoding that JSON has.
    private static func isJSON(_ type: String?) -> Bool {
        let parts = (type ?? "").lowercased().split(separator: ";").map {
            $0.filter { $0 != " " && $0 != "\t" }
        }
        guard parts.first == "application/json" else { return false }
        return parts.dropFirst().allSatisfy {
            !$0.hasPrefix("charset=") || $0 == "charset=utf-8" || $0 == "charset=\"utf-8\""
        }
    }

    private static func adding(_ standing: RateLimiter.Standing, to response: Response) -> Response {
        var response = response
        response.headers.append(contentsOf: standing.headers)
        return response
    }
}

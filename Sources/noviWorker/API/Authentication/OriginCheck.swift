import HTTPTypes

/// Refuses requests that another website makes a browser send (cross-site request forgery).
///
/// Every browser of today sends `Sec-Fetch-Site` or `Origin` with a request that changes something. Programs that send neither
/// cannot be tricked by a website, but they could come with a cookie by accident; they say whose they are with `Origin` or use a token.
struct OriginCheck: Sendable {
    /// Where the API is reached from outside, such as `https://orders.example`; `nil` to compare with the `Host` header.
    let publicOrigin: String?

    /// Whether a request that changes something, and is known by its cookie, comes from our own pages.
    func allows(_ headers: HTTPFields, host: String?) -> Bool {
        if let site = headers[Self.fetchSite] { return site == "same-origin" }
        guard let origin = headers[.origin] else { return false }
        if let publicOrigin { return origin == publicOrigin }
        guard let host, !host.isEmpty else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }

    private static let fetchSite = HTTPField.Name.known("Sec-Fetch-Site")
}

extension HTTPField.Name {
    /// A name that is known to be a token (RFC 9110).
    static func known(_ name: String) -> HTTPField.Name {
        guard let field = HTTPField.Name(name) else { preconditionFailure("\(name) is no field name") }
        return field
    }

    /// `X-Request-Id`.
    static let requestID = known("X-Request-Id")
    /// `X-Forwarded-For`.
    static let forwardedFor = known("X-Forwarded-For")
    /// `X-Forwarded-Proto`.
    static let forwardedProto = known("X-Forwarded-Proto")
    /// `Idempotency-Key`.
    static let idempotencyKey = known("Idempotency-Key")
    /// `RateLimit-Limit`.
    static let rateLimitLimit = known("RateLimit-Limit")
    /// `RateLimit-Remaining`.
    static let rateLimitRemaining = known("RateLimit-Remaining")
    /// `RateLimit-Reset`.
    static let rateLimitReset = known("RateLimit-Reset")
}

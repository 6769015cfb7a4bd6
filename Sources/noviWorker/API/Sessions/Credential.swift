import HTTPTypes

/// What a request shows to say who sends it.
enum Credential: Equatable, Sendable {
    /// The cookie of a signed-in browser or person.
    case session(SessionToken)
    /// `Authorization: Bearer novi_…`: a program's own token.
    case token(SessionToken)

    /// The word in front of every API token, by which scanners for leaked secrets know it.
    static let tokenPrefix = "novi_"

    /// Reads a request's headers; `nil` when there is none, or none that could be one.
    ///
    /// A token counts alone: whoever sends one does not mean the cookie that may come along.
    init?(_ headers: HTTPFields, cookie: SessionCookie) {
        if let text = headers[.authorization] {
            let words = text.split(separator: " ", omittingEmptySubsequences: true)
            guard words.count == 2, words[0].lowercased() == "bearer", words[1].hasPrefix(Self.tokenPrefix),
                let token = SessionToken(words[1].dropFirst(Self.tokenPrefix.count))
            else { return nil }
            self = .token(token)
        } else {
            guard let token = cookie.token(in: headers[values: .cookie]) else { return nil }
            self = .session(token)
        }
    }
}

import HTTPTypes
import Hummingbird
import Shared

/// A request that passed the checks of its ``Route``: known caller, right shape.
struct APIRequest: Sendable {
    /// The request's head.
    let head: HTTPRequest

    /// Its id.
    let id: String

    /// Who asks.
    let client: ClientAddress

    /// Who is signed in; there for every route whose access asks for it.
    let identity: Identity?

    /// Parts of the path.
    let path: [String: String]

    /// Fields of the query, in the types of their schemas.
    let query: [String: JSONValue]

    /// The body; empty for routes without one.
    let body: JSONObject

    /// The body's bytes as they came, for routes that ask for them.
    let rawBody: [UInt8]

    /// The client's `User-Agent`, cut; by scalars, which the database counts: one character can have thousands.
    var userAgent: String {
        String(String.UnicodeScalarView((head.headerFields[.userAgent] ?? "").unicodeScalars.prefix(255)))
    }

    /// Who is signed in.
    ///
    /// - Throws: 401 when nobody is.
    func signedIn() throws -> Identity {
        guard let identity else { throw APIFailure.notSignedIn }
        return identity
    }

    /// A text of the body without markup; `nil` when it is missing or null.
    func cleaned(_ name: String) -> String? {
        body[name]?.stringValue.map(PlainText.cleaned)
    }
}

/// Who is signed in.
struct Identity: Equatable, Sendable {
    /// The user's UUID.
    let userID: String

    /// The full name.
    let name: String

    /// The e-mail address.
    let email: String

    /// What they may do.
    let role: Role

    /// The session's token hash; `nil` with an API token.
    let session: [UInt8]?

    /// What an API token is good for; `nil` in a session.
    let scopes: [Permission]?

    /// Whether the password was given by somebody else and should be changed.
    let mustChangePassword: Bool

    /// Whether a permission is given; a token may allow less than the role.
    func allows(_ permission: Permission) -> Bool {
        role.allows(permission) && (scopes?.contains(permission) ?? true)
    }
}

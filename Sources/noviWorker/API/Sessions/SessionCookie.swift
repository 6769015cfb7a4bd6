import WorkerSupport

/// The cookie that carries a ``SessionToken`` (row A49, RFC 6265).
///
/// In production it is `__Host-novi`: browsers take that name only with `Secure`, `Path=/` and no `Domain`, so no neighbour
/// domain can plant one.
struct SessionCookie: Equatable, Sendable {
    /// The cookie's name.
    let name: String

    private let isSecure: Bool

    /// 24 hours, in seconds.
    static let maximumAge = 86_400

    /// The cookie of a deployment; plain HTTP is possible outside production only.
    init(_ deployment: DeploymentEnvironment) {
        isSecure = deployment == .production
        name = isSecure ? "__Host-novi" : "novi"
    }

    /// The value of `Set-Cookie` that gives a token to the client.
    func setting(_ token: SessionToken) -> String { header(token.text, age: Self.maximumAge) }

    /// The value of `Set-Cookie` that takes it away.
    var removal: String { header("", age: 0) }

    /// The token in the values of a request's `Cookie` headers.
    ///
    /// Two cookies of the name are none: nobody can say which one the server set.
    func token(in headers: [String]) -> SessionToken? {
        let values = headers.flatMap { $0.split(separator: ";") }.compactMap { pair -> Substring? in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == name else { return nil }
            return parts[1]
        }
        guard values.count == 1 else { return nil }
        return SessionToken(values[0])
    }

    private func header(_ value: String, age: Int) -> String {
        "\(name)=\(value); Path=/; Max-Age=\(age); HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
    }
}

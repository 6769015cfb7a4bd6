import HTTPTypes
import WorkerSupport

/// What every answer tells browsers: the set that row A59 names, as strict as an API can have it.
struct SecurityHeaders: Sendable {
    private let fields: HTTPFields

    /// The headers of a deployment; HSTS needs HTTPS, which production has in front.
    init(_ deployment: DeploymentEnvironment) {
        var fields: [(HTTPField.Name, String)] = [
            (.known("X-Content-Type-Options"), "nosniff"),
            (.known("X-Frame-Options"), "DENY"),
            (.known("Referrer-Policy"), "no-referrer"),
            (.known("Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'"),
            (.known("Cross-Origin-Opener-Policy"), "same-origin"),
            (.known("Cross-Origin-Resource-Policy"), "same-origin"),
            (.known("X-DNS-Prefetch-Control"), "off"),
            (.known("X-Permitted-Cross-Domain-Policies"), "none"),
        ]
        if deployment == .production {
            fields.append((.known("Strict-Transport-Security"), "max-age=15552000; includeSubDomains"))
        }
        self.fields = HTTPFields(fields.map { HTTPField(name: $0.0, value: $0.1) })
    }

    /// Adds them; no route sets any of them itself.
    func apply(to headers: inout HTTPFields) { headers.append(contentsOf: fields) }
}

import HTTPTypes
import Hummingbird
import Logging
import WorkerSupport

/// The outermost layer of every request: who asks by which name, errors in one shape, what browsers are told.
struct RequestFrame: RouterMiddleware {
    typealias Context = GatewayContext

    /// Who may what.
    let access: Access
    /// The gateway's log.
    let log: WorkerLog

    func handle(
        _ request: Request,
        context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            try access.checkHost(request.head.authority ?? request.headers[Self.host])
            if access.isUnixSocket {
                guard try await context.isTrustedPeer() else { throw GatewayFailure.wrongPeer }
            }
            response = try await next(request, context)
        } catch {
            let failure = GatewayFailure.known(error)
            if failure == nil { log.operations.error("\(request.method) \(request.uri.path): \(error)") }
            response = (failure ?? Self.unexpected).response
        }
        for field in Self.security { response.headers.append(field) }
        return response
    }

    private static let host = HTTPField.Name("Host") ?? .origin

    private static let unexpected = GatewayFailure(
        status: .internalServerError,
        code: "internal",
        message: "something went wrong here; the gateway's log knows more"
    )

    /// Everything comes from here and nowhere else; nothing runs that is not a file of ours.
    private static let security: [HTTPField] = [
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"), ("X-DNS-Prefetch-Control", "off"),
    ].compactMap { name, value in HTTPField.Name(name).map { HTTPField(name: $0, value: value) } }
}

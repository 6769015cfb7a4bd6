import HTTPTypes
import Hummingbird
import NIOCore
import Shared
import WorkerSupport

/// All routes of the API, declared once: served, described and tested from here.
struct RouteTable: Sendable {
    /// The routes.
    let routes: [Route]

    private let services: APIServices

    /// Makes the table.
    init(_ services: APIServices, health: HealthRoutes) {
        self.services = services
        var routes: [Route] = []
        routes += health.routes
        routes += AuthenticationRoutes(services: services).routes
        routes += PasswordRoutes(services: services).routes
        routes += TokenRoutes(services: services).routes
        routes += BusinessRoutes(services: services).routes
        routes += OrderListRoutes(services: services).routes
        routes += OrderRoutes(services: services).routes
        routes += UserRoutes(services: services).routes
        routes += AuditRoutes(services: services).routes
        routes += ChatRoutes(services: services).routes
        routes += LinkRoutes(services: services).routes
        routes += WebhookRoutes(services: services).routes
        routes += SimulatorRoutes(services: services).routes
        let document = OpenAPIDocument(
            routes + [Self.description { .json([:]) }],
            cookieName: services.cookie.name,
            version: NoviWorker.version
        ).json
        // Written once: it is the same for everybody.
        let text = ByteBuffer(bytes: JSONValue.object(document).serialized())
        self.routes =
            routes + [
                Self.description {
                    Response(
                        status: .ok,
                        headers: [
                            .contentType: "application/json; charset=utf-8", .cacheControl: "no-cache",
                        ],
                        body: ResponseBody(byteBuffer: text)
                    )
                }
            ]
    }

    /// The routes, ready to answer.
    func responder(frame: RequestFrame) -> some HTTPResponder<APIContext> {
        let router = Router(context: APIContext.self)
        router.add(middleware: frame)
        for path in Set(routes.map(\.routerPath)) {
            let here = routes.filter { $0.routerPath == path }
            let allowed = Self.allowedMethods(here)
            for method in RequestFrame.methods {
                let route = here.first { $0.method == (method == .head ? .get : method) }
                let endpoint = route.map { Endpoint(route: $0, services: services) }
                router.on(RouterPath(path), method: method) { request, context in
                    guard let endpoint else { throw APIFailure.methodNotAllowed(allowed: allowed) }
                    let response = try await endpoint.answer(request, context)
                    return method == .head ? response.createHeadResponse() : response
                }
            }
        }
        return router.buildResponder()
    }

    private static func allowedMethods(_ routes: [Route]) -> [HTTPRequest.Method] {
        let methods = Set(routes.map(\.method))
        return RequestFrame.methods.filter { methods.contains($0) || ($0 == .head && methods.contains(.get)) }
    }

    private static func description(_ answer: @escaping @Sendable () -> Response) -> Route {
        Route(
            method: .get,
            path: "/openapi.json",
            summary: "This description",
            tag: "health",
            access: .anyone,
            limit: .none,
            successes: [.json(.ok, .anyObject, "OpenAPI 3.1")],
            handler: { _ in answer() }
        )
    }
}

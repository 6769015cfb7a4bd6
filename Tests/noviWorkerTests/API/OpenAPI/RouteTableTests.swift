import HTTPTypes
import Logging
import Postgres
import Shared
import Testing
import WorkerSupport

@testable import noviWorker

@Suite struct RouteTableTests {
    /// A table over a database that is never asked.
    private func table(_ deployment: DeploymentEnvironment = .development) throws -> RouteTable {
        var reader = VariableReader([:])
        let log = WorkerLog(app: "test", deployment: .production)
        let registry = PrometheusRegistry()
        let database = DatabasePool(ConnectionSettings(address: DatabaseAddress([])), log: log.operations)
        let services = APIServices(
            database: database,
            settings: APISettings(&reader, deployment: deployment),
            deployment: deployment,
            passwords: try PasswordHashing(cost: .init(logarithm: 4, parallelism: 1)),
            cache: FreshCache(MemoryCache()),
            log: log,
            bridge: WhatsAppBridge(socket: "/nonexistent"),
            counts: OrderCounts(registry)
        )
        let reporter = SupervisorReporter()
        let health = HealthRoutes(
            services: services,
            probe: HealthProbe(database: database, whatsAppSocket: "/nonexistent"),
            board: WorkerStatusBoard(app: "test", reporter: reporter),
            drain: DrainSwitch(),
            metrics: RequestMetrics(registry),
            gauges: ProcessGauges(registry, database: database, sessions: services.sessions)
        )
        return RouteTable(services, health: health)
    }

    @Test func `production has no simulated phone`() throws {
        func paths(_ deployment: DeploymentEnvironment) throws -> Set<String> {
            Set(try table(deployment).routes.map(\.path).filter { $0.hasPrefix("/api/simulator/") })
        }
        #expect(try paths(.development).count == 3)
        #expect(try paths(.production).isEmpty)
    }

    @Test func `every route is described, once, with every answer that it gives`() throws {
        let routes = try table().routes
        let document = OpenAPIDocument(routes, cookieName: "novi", version: "1").json
        var described: Set<String> = []
        for (path, item) in try #require(document["paths"]?.objectValue) {
            for (method, operation) in try #require(item.objectValue) {
                described.insert("\(method.uppercased()) \(path)")
                let route = try #require(
                    routes.first { $0.path == path && $0.method.rawValue == method.uppercased() }
                )
                let statuses = Set(operation["responses"]?.objectValue?.keys ?? [])
                let expected = Set((route.successes.map(\.status) + route.errorStatuses).map { "\($0.code)" })
                #expect(statuses == expected, "\(method) \(path)")
                #expect((operation["requestBody"] != nil) == (route.body != nil || route.rawBodyBytes != nil))
                #expect((operation["parameters"]?.arrayValue?.count ?? 0) == route.parameters.count)
            }
        }
        #expect(described == Set(routes.map { "\($0.method.rawValue) \($0.path)" }))
        #expect(described.count == routes.count)
        let operations = document["paths"]?.objectValue?.flatMap {
            $0.value.objectValue?.map { $0.value["operationId"] } ?? []
        }
        #expect(Set(operations ?? []).count == routes.count)
    }

    @Test func `every reference leads to a component, and no two shapes share a name`() throws {
        let routes = try table().routes
        let document = OpenAPIDocument(routes, cookieName: "novi", version: "1").json
        let components = try #require(document["components"]?["schemas"]?.objectValue)
        var references: Set<String> = []
        collect(.object(document), into: &references)
        for reference in references {
            let name = String(reference.dropFirst("#/components/schemas/".count))
            #expect(components[name]?.objectValue?.isEmpty == false, "\(reference)")
        }
        var shapes: [String: JSONValue] = [:]
        for route in routes {
            for schema in [route.body].compactMap({ $0 }) + route.successes.compactMap(\.schema)
                + route.parameters.map(\.schema)
            {
                var own = JSONObject()
                _ = schema.json(&own)
                for (name, shape) in own {
                    #expect(shapes[name] == nil || shapes[name] == shape, "two shapes are called \(name)")
                    shapes[name] = shape
                }
            }
        }
    }

    @Test func `the paths of the specification are there`() throws {
        let paths = Set(try table().routes.map { "\($0.method.rawValue) \($0.path)" })
        for path in [
            "GET /health", "GET /health/live", "GET /health/ready", "GET /health/detail", "GET /metrics",
            "POST /auth/login",
            "POST /auth/logout", "GET /auth/me", "POST /auth/password", "POST /auth/reset/request",
            "POST /auth/reset/confirm",
            "GET /auth/tokens", "POST /auth/tokens", "DELETE /auth/tokens/{id}",
            "GET /api/businesses", "POST /api/businesses", "GET /api/businesses/{id}",
            "PATCH /api/businesses/{id}",
            "GET /api/businesses/{id}/orders", "POST /api/businesses/{id}/orders", "GET /api/orders/{id}",
            "PATCH /api/orders/{id}",
            "DELETE /api/orders/{id}", "POST /api/orders/{id}/status", "POST /api/orders/bulk-status",
            "GET /api/orders/{id}/events",
            "GET /api/businesses/{id}/orders.csv", "GET /api/businesses/{id}/summary", "GET /api/users",
            "POST /api/users",
            "GET /api/users/{id}", "PATCH /api/users/{id}", "POST /api/users/{id}/disable",
            "POST /api/users/{id}/enable",
            "POST /api/users/{id}/role", "GET /api/audit", "GET /openapi.json", "GET /api/whatsapp/status",
            "GET /api/whatsapp/qr", "POST /api/whatsapp/reconnect", "POST /api/whatsapp/logout",
            "GET /api/whatsapp/chats", "POST /api/whatsapp/chats", "PATCH /api/whatsapp/chats/{id}",
            "GET /webhooks/whatsapp", "POST /webhooks/whatsapp",
        ] {
            #expect(paths.contains(path), "\(path)")
        }
    }

    @Test func `everything below /api counts against a limit and asks who is there`() throws {
        for route in try table().routes where route.path.hasPrefix("/api/") {
            #expect(route.limit == .general, "\(route.path)")
            if case .permission = route.access { continue }
            Issue.record("\(route.path) has no permission")
        }
    }

    private func collect(_ value: JSONValue, into references: inout Set<String>) {
        for (name, member) in value.objectValue ?? [:] {
            if name == "$ref", let reference = member.stringValue { references.insert(reference) }
            collect(member, into: &references)
        }
        for element in value.arrayValue ?? [] { collect(element, into: &references) }
    }
}

extension Route.Success {
    /// The shape of a JSON answer.
    fileprivate var schema: Schema? {
        if case .json(let schema) = content { schema } else { nil }
    }
}

import Hummingbird
import Postgres
import Shared
import WorkerSupport

/// How the API is: for everybody in short, for administrators in full, for Prometheus in figures.
struct HealthRoutes: Sendable {
    let services: APIServices

    /// Asks database and bridge.
    let probe: HealthProbe

    /// How the worker is.
    let board: WorkerStatusBoard

    /// The drain switch.
    let drain: DrainSwitch

    /// What is counted.
    let metrics: RequestMetrics

    /// All metrics.
    let gauges: ProcessGauges

    /// When the worker started.
    let started = ContinuousClock.now

    /// The routes.
    var routes: [Route] {
        [
            Route(
                method: .get,
                path: "/health",
                summary: "Whether Novi works; 503 only when the database is down",
                tag: "health",
                access: .anyone,
                limit: .none,
                successes: [
                    .json(.ok, Health.schema, "The API works, maybe without WhatsApp."),
                    .json(.serviceUnavailable, Health.schema, "The database is down."),
                ],
                handler: { _ in await health() }
            ),
            Route(
                method: .get,
                path: "/health/live",
                summary: "Whether the process is alive",
                tag: "health",
                access: .anyone,
                limit: .none,
                successes: [.json(.ok, .object("Live", [.required("status", .choice(["alive"]))]), "Alive.")],
                handler: { _ in Self.alive }
            ),
            Route(
                method: .get,
                path: "/health/ready",
                summary: "Whether the API takes traffic",
                tag: "health",
                access: .anyone,
                limit: .none,
                successes: [
                    .json(.ok, .object("Ready", [.required("status", .choice(["ready"]))]), "Ready."),
                    .json(
                        .serviceUnavailable,
                        .object("NotReady", [.required("status", .choice(["not_ready", "draining"]))]),
                        "Not ready."
                    ),
                ],
                handler: { _ in ready() }
            ),
            Route(
                method: .get,
                path: "/health/detail",
                summary: "Memory, pool, figures of the last minute, versions, flags",
                tag: "health",
                access: .permission(.manageUsers),
                successes: [.json(.ok, .anyObject, "The details.")],
                handler: { _ in await detail() }
            ),
            Route(
                method: .get,
                path: "/metrics",
                summary: "Metrics in Prometheus's text format; for this machine, or with the metrics token",
                tag: "health",
                access: .metrics,
                limit: .none,
                successes: [Route.Success(status: .ok, note: "The metrics.", content: .text("text/plain"))],
                handler: { _ in await metricsText() }
            ),
        ]
    }

    private static let alive = Response.json(["status": "alive"])

    /// Only a database that is down makes it 503: a proxy must not drop the API because a phone is offline.
    private func health() async -> Response {
        let health = await probe.health()
        let body = health.body(timestamp: Timestamp.now(), uptime: ContinuousClock.now - started)
        return .json(body, status: health.isDatabaseConnected ? .ok : .serviceUnavailable)
    }

    private func ready() -> Response {
        if drain.isOn { return .json(["status": "draining"], status: .serviceUnavailable) }
        guard board.status.isReady else { return .json(["status": "not_ready"], status: .serviceUnavailable) }
        return .json(["status": "ready"])
    }

    private func detail() async -> Response {
        let health = await probe.health()
        var body = health.body(timestamp: Timestamp.now(), uptime: ContinuousClock.now - started)
        body["state"] = .string(board.status.state)
        body["memory"] = MemoryFigures.now().json
        body["pool"] = .object(services.database.metrics.json)
        body["requests"] = .object(metrics.figures.json)
        body["sessions"] = (try? await services.sessions.count()).map { .integer(Int64($0)) } ?? .null
        body["queues"] = await queues()
        body["versions"] = ["novi": .string(NoviWorker.version), "database": await databaseVersion()]
        body["environment"] = .string(services.deployment.rawValue)
        body["flags"] = .object(services.settings.flags.json)
        return .json(body)
    }

    /// How many messages wait; `null` without the database.
    private func queues() async -> JSONValue {
        let row = try? await services.database.read(
            """
            SELECT (SELECT count(*) FROM outbound_messages WHERE state IN ('queued', 'sending', 'failed')) AS outbound,
                   (SELECT count(*) FROM inbound_messages WHERE processed_at IS NULL) AS inbound
            """
        ).first
        guard let row, let outbound: Int64 = try? row["outbound"], let inbound: Int64 = try? row["inbound"]
        else {
            return .null
        }
        return ["outbound": .integer(outbound), "inbound": .integer(inbound)]
    }

    private func databaseVersion() async -> JSONValue {
        let row = try? await services.database.read("SELECT current_setting('server_version') AS version")
            .first
        guard let row, let version: String = try? row["version"] else { return .null }
        return .string(version)
    }

    private func metricsText() async -> Response {
        async let own = gauges.text()
        async let bridge = services.bridge.metricsText()
        let text = await own + bridge
        return Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}

extension Health {
    /// The shape of the public answer.
    static let schema = Schema.object(
        "Health",
        [
            .required("status", .choice(["healthy", "degraded"])), .required("timestamp", .timestamp),
            .required("uptime", .number, "Seconds."),
            .required("database", .choice([connected, disconnected])),
            .required("whatsapp", .line(1...50)),
        ]
    )
}

extension DatabasePoolMetrics {
    /// As the supervisor and the health detail are told.
    var json: JSONObject {
        [
            "in_use": .integer(Int64(inUse)), "idle": .integer(Int64(idle)),
            "waiting": .integer(Int64(waiting)),
            "created": .integer(Int64(created)), "lost": .integer(Int64(lost)),
            "acquire_timeouts": .integer(Int64(acquireTimeouts)),
        ]
    }
}

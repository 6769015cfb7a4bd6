import HTTPTypes
import Hummingbird
import Shared
import WorkerSupport

/// The API's paths.
struct APIRoutes {
    typealias Context = BasicRequestContext

    /// Asks database and bridge.
    let probe: HealthProbe

    /// How the worker is.
    let board: WorkerStatusBoard

    /// The drain switch.
    let drain: DrainSwitch

    /// The worker's log.
    let log: WorkerLog

    /// When the worker started.
    let started = ContinuousClock.now

    /// All paths, ready to answer.
    func responder() -> some HTTPResponder<Context> {
        let router = Router(context: Context.self)
        let drain = drain
        router.add(middleware: RequestFrame(log: log, isDraining: { drain.isOn }))
        get("/health", on: router) { await health() }
        get("/health/live", on: router) { .json(["status": "alive"]) }
        get("/health/ready", on: router) { ready() }
        return router.buildResponder()
    }

    /// Adds a path that only takes GET and HEAD; every other method is told so.
    private func get(
        _ path: RouterPath,
        on router: Router<Context>,
        _ answer: @escaping @Sendable () async -> Response
    ) {
        for method in RequestFrame<Context>.methods {
            router.on(path, method: method) { request, _ in
                switch request.method {
                case .get: return await answer()
                case .head: return await answer().createHeadResponse()
                default: throw APIFailure.methodNotAllowed(allowed: [.get, .head])
                }
            }
        }
    }

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
}

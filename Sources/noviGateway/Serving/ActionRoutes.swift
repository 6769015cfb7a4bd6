import HTTPTypes
import Hummingbird
import Logging
import Shared
import WorkerSupport

/// What an operator may change; nobody without the operator's token.
struct ActionRoutes: Sendable {
    let configuration: GatewayConfiguration
    let collector: Collector
    let access: Access
    let log: WorkerLog

    /// The changes.
    enum Action: String, CaseIterable {
        case start
        case stop
        case restart
        case cleanup

        /// What the command line would be, to learn it by and to copy it.
        func command(_ process: String) -> String {
            switch self {
            case .start, .stop, .restart: "noviSupervisor \(rawValue) \(process)"
            case .cleanup: "varlink call com.novi.Worker.Cleanup"
            }
        }
    }

    /// Adds the routes.
    func add(to router: Router<GatewayContext>) {
        router.post("/api/actions") { request, context in
            try access.checkOperating(request.headers)
            return try await act(request, context)
        }
    }

    private func act(_ request: Request, _ context: GatewayContext) async throws -> Response {
        guard request.headers[.contentType]?.hasPrefix("application/json") == true else {
            throw GatewayFailure.badRequest("send Content-Type: application/json")
        }
        let body = try await request.body.collect(upTo: Limits.bodyBytes)
        guard let object = (try? JSONValue(parsing: Array(body.readableBytesView)))?.objectValue,
            let action = object["action"]?.stringValue.flatMap({ Action(rawValue: $0) }),
            let name = object["process"]?.stringValue
        else {
            let known = Action.allCases.map(\.rawValue).joined(separator: ", ")
            throw GatewayFailure.badRequest(
                "send {\"action\": …, \"process\": …}; actions are \(known)"
            )
        }
        // Only one known process: no selection that could mean more than the page showed.
        guard let process = await collector.state.processes.first(where: { $0.name == name }) else {
            throw GatewayFailure(
                status: .notFound,
                code: "unknown_process",
                message: "no process is called so"
            )
        }
        log.operations.notice("operator at \(context.peer): \(action.rawValue) \(name)")
        let outcome = try await perform(action, process)
        await collector.wake()
        return .json([
            "action": .string(action.rawValue), "process": .string(name), "outcome": .object(outcome),
            "command": .string(action.command(name)),
        ])
    }

    private func perform(_ action: Action, _ process: ProcessReading) async throws -> JSONObject {
        let wait = Limits.actionWait + .seconds(5)
        switch action {
        case .cleanup:
            let worker = VarlinkClient(path: configuration.workerSocket(process.app, process.instance))
            return try await worker.call("com.novi.Worker.Cleanup", timeout: wait)
        case .start, .stop, .restart:
            let method = action == .start ? "Start" : action == .stop ? "Stop" : "Restart"
            let parameters: JSONObject = [
                "select": .array([.string(process.instance == 0 ? "\(process.app):0" : process.name)]),
                "timeout_ms": .integer(Limits.actionWait.wholeMilliseconds),
            ]
            let reply = try await VarlinkClient(path: configuration.controlSocket)
                .call("com.novi.Supervisor.\(method)", parameters, timeout: wait)
            return reply["outcomes"]?.arrayValue?.first?.objectValue ?? [:]
        }
    }
}

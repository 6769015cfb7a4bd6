import HTTPTypes
import Hummingbird
import NIOPosix
import Shared
import SupervisorClient
import Synchronization
import WorkerSupport

/// The last lines of logs, read from the files themselves; the daemon only tells where they are.
struct LogRoutes: Sendable {
    let configuration: GatewayConfiguration
    let access: Access
    private let readers = Readers()
    private let tails = LogTails()

    init(_ configuration: GatewayConfiguration, access: Access) {
        self.configuration = configuration
        self.access = access
    }

    /// Counts who reads now.
    private final class Readers: Sendable {
        private let count = Mutex(0)

        func enter() throws(GatewayFailure) {
            let isAdmitted = count.withLock { count in
                guard count < Limits.logReaders else { return false }
                count += 1
                return true
            }
            guard isAdmitted else { throw .busy }
        }

        func leave() { count.withLock { $0 -= 1 } }
    }

    /// Adds the routes.
    func add(to router: Router<GatewayContext>) {
        router.get("/api/logs") { request, _ in
            try access.checkReading(request.headers)
            let query = request.uri.queryParameters.map { (String($0.key), String($0.value)) }
            return try await lines(LogQuestion(query))
        }
    }

    private func lines(_ question: LogQuestion) async throws -> Response {
        let select = question.process.map { $0.contains(":") ? $0 : "\($0):0" } ?? "all"
        let files = try await VarlinkClient(path: configuration.controlSocket).call(
            "com.novi.Supervisor.GetLogFiles",
            ["select": .array([.string(select)])],
            timeout: Limits.daemonWait
        )
        try readers.enter()
        defer { readers.leave() }
        let tail = tails.tail(of: files, question)
        do {
            let lines = try await NIOThreadPool.singleton.runIfActive { try tail.lines() }
            return .json(["lines": .array(lines)])
        } catch {
            tails.forget(tail)
            throw error
        }
    }
}

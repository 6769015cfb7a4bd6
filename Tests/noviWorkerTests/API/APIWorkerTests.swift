import Glibc
import Shared
import Synchronization
import Testing
import WorkerSupport

@testable import noviWorker

@Suite struct APIWorkerTests {
    private func json(_ answer: HTTPConnection.Answer) throws -> JSONValue {
        try JSONValue(parsing: Array(answer.body.utf8))
    }

    @Test func `health follows the database through kill and restart, and readiness waits for it`()
        async throws
    {
        let worker = try await WorkerProgram()
        let listener = try ListeningSocket()
        let api = try worker.start("api", listening: listener.descriptor)
        try await eventually("the API tells that it waits: \(api.log)") {
            worker.notifications.messages.contains { $0.hasPrefix("STATUS=database disconnected") }
        }
        #expect(!worker.notifications.messages.contains("READY=1"))
        #expect(try await get("/health/live", port: listener.port).status == 200)
        #expect(try await get("/health/ready", port: listener.port).status == 503)
        let down = try await get("/health", port: listener.port)
        #expect(down.status == 503)
        #expect(try json(down)["status"]?.stringValue == "degraded")
        #expect(try json(down)["database"]?.stringValue == "disconnected")

        let first = try await worker.readyDatabase()
        try await eventually("the API is ready") {
            try await get("/health/ready", port: listener.port).status == 200
        }
        try await eventually("READY=1 of the API") {
            worker.notifications.messages.filter { $0 == "READY=1" }.count == 2
        }
        let whatsApp = try worker.start("whatsapp")
        try await eventually("healthy") {
            try json(try await get("/health", port: listener.port))["status"]?.stringValue == "healthy"
        }
        let healthy = try json(try await get("/health", port: listener.port))
        #expect(healthy.objectValue?.keys == ["status", "timestamp", "uptime", "database", "whatsapp"])
        #expect(healthy["database"]?.stringValue == "connected")
        #expect(healthy["whatsapp"]?.stringValue == "connected")
        #expect((healthy["uptime"]?.numberValue ?? 0) > 0)

        first.kill()
        try await eventually("health tells that the database is gone") {
            try await get("/health", port: listener.port).status == 503
        }
        try await eventually("so does readiness") {
            try await get("/health/ready", port: listener.port).status == 503
        }
        let second = try await worker.readyDatabase()
        // The bridge begins anew with the right to send.
        do {
            try await eventually("health is back") {
                try json(try await get("/health", port: listener.port))["status"]?.stringValue == "healthy"
            }
        } catch {
            let health = try await get("/health", port: listener.port).body
            Issue.record("\(health)\nbridge: \(whatsApp.log)\napi: \(api.log)")
            throw error
        }

        _ = try await worker.client("whatsapp")
            .call("com.novi.WhatsAppSimulator.Disconnect", timeout: .seconds(5))
        try await eventually("the bridge reconnects") {
            try json(try await get("/health", port: listener.port))["whatsapp"]?.stringValue == "reconnecting"
        }
        let degraded = try await get("/health", port: listener.port)
        #expect(degraded.status == 200)
        #expect(try json(degraded)["status"]?.stringValue == "degraded")
        whatsApp.kill()
        try await eventually("the bridge is gone") {
            try json(try await get("/health", port: listener.port))["whatsapp"]?.stringValue == "disconnected"
        }

        api.signal(SIGTERM)
        #expect(try await api.waitForExit() == 0)
        second.kill()
    }

    @Test func `a database that hangs costs a health question one second`() async throws {
        let worker = try await WorkerProgram()
        let listener = try ListeningSocket()
        let database = try await worker.readyDatabase()
        let api = try worker.start("api", listening: listener.descriptor)
        try await eventually("the API is ready") {
            try await get("/health/ready", port: listener.port).status == 200
        }
        let children = text(of: "/proc/\(database.pid)/task/\(database.pid)/children")
            .split(separator: " ").compactMap { pid_t($0) }
        #expect(!children.isEmpty)
        for child in children + [database.pid] { kill(child, SIGSTOP) }
        let begin = ContinuousClock.now
        let answer = try await get("/health", port: listener.port)
        #expect(answer.status == 503)
        #expect((.milliseconds(900)...(.seconds(5))).contains(ContinuousClock.now - begin))
        for child in children + [database.pid] { kill(child, SIGCONT) }
        try await eventually("health is back") { try await get("/health", port: listener.port).status == 200 }
        api.kill()
        database.kill()
    }

    @Test func `errors have one shape, and request ids are taken or made`() async throws {
        let worker = try await WorkerProgram()
        let listener = try ListeningSocket()
        let api = try worker.start("api", listening: listener.descriptor)
        let port = listener.port
        let missing = try await get("/nothing", port: port, headers: ["X-Request-Id": "abc-1.2_3"])
        #expect(missing.status == 404)
        #expect(missing.headers["x-request-id"] == "abc-1.2_3")
        #expect(
            missing.body == #"{"error":{"code":"not_found","message":"there is nothing at this path","#
                + #""fields":{},"requestId":"abc-1.2_3"}}"#
        )
        let wrong = try await get(
            "/health",
            port: port,
            method: "DELETE",
            headers: ["X-Request-Id": "two words"]
        )
        #expect(wrong.status == 405)
        #expect(wrong.headers["allow"] == "GET, HEAD")
        #expect(wrong.headers["x-request-id"]?.count == 16)
        #expect(try json(wrong)["error"]?["code"]?.stringValue == "method_not_allowed")
        let unknown = try await get("/health", port: port, method: "PROPFIND")
        #expect(unknown.status == 501)
        #expect(try json(unknown)["error"]?["requestId"]?.stringValue == unknown.headers["x-request-id"])
        let head = try await get("/health/live", port: port, method: "HEAD")
        #expect(head.status == 200 && head.body.isEmpty)
        let garbage = try await blocking {
            let connection = try HTTPConnection(port: port)
            try connection.send("\u{1}\u{2} nonsense\r\n\r\n")
            return try connection.answer()
        }
        #expect(garbage.status == 400)
        #expect(try json(garbage)["error"]?["code"]?.stringValue == "malformed_request")
        #expect(try json(garbage)["error"]?["fields"] == .object([:]))
        #expect(garbage.headers["x-request-id"] == (try json(garbage)["error"]?["requestId"]?.stringValue))
        #expect(garbage.headers["connection"] == "close")
        #expect(api.isRunning)
        api.kill()
    }

    @Test func `all configuration problems are told at once with code 78`() async throws {
        let worker = try await WorkerProgram()
        let api = try worker.start(
            "api",
            ["--listen", "http://x"],
            extra: ["NOVI_ENV": "moon", "DATABASE_URL": "nonsense://", "NOVI_HOME": "relative"]
        )
        #expect(try await api.waitForExit() == 78)
        for part in [
            "--listen is \"http://x\"", "NOVI_ENV is \"moon\"", "DATABASE_URL", "NOVI_HOME is \"relative\"",
        ] {
            #expect(api.log.contains(part))
        }
    }

    @Test func `without a handed over socket it opens its own, and a taken port is told`() async throws {
        let worker = try await WorkerProgram()
        let listener = try ListeningSocket()
        let refused = try worker.start("api", ["--listen", "tcp://127.0.0.1:\(listener.port)"])
        #expect(try await refused.waitForExit() == 1)
        #expect(refused.log.contains("cannot listen on tcp://127.0.0.1:\(listener.port)"))
        let path = "\(worker.scratch.path)/api.sock"
        let api = try worker.start("api", extra: ["NOVI_API_LISTEN": "unix://\(path)"])
        try await eventually("the socket answers: \(api.log)") { (try? RawConnection(path)) != nil }
        api.signal(SIGTERM)
        #expect(try await api.waitForExit() == 0)
    }

    @Test func `memory and database are told on the worker's socket only`() async throws {
        let worker = try await WorkerProgram()
        let api = try worker.start("api", ["--listen", "tcp://127.0.0.1:0"])
        try await eventually("the worker socket answers: \(api.log)") {
            (try? await worker.client("api").call("com.novi.Worker.GetStatus", timeout: .seconds(1))) != nil
        }
        let status = try await worker.client("api").call("com.novi.Worker.GetStatus", timeout: .seconds(5))
        #expect(status["ready"]?.boolValue == false)
        #expect(status["details"]?["database"]?.stringValue == "disconnected")
        #expect((status["memory"]?["heap_used_bytes"]?.integerValue ?? 0) > 0)
        api.kill()
    }
}

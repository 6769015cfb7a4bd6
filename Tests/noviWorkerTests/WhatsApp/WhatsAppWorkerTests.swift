import Glibc
import PostgresFixture
import Shared
import Testing

@testable import WorkerSupport
@testable import noviWorker

@Suite struct WhatsAppWorkerTests {
    private func status(_ worker: WorkerProgram) async throws -> JSONObject {
        try await worker.client("whatsapp").call("com.novi.Worker.GetStatus", timeout: .seconds(5))
    }

    private func simulate(
        _ worker: WorkerProgram,
        _ method: String,
        _ parameters: JSONObject = [:]
    ) async throws {
        _ = try await worker.client("whatsapp")
            .call("com.novi.WhatsAppSimulator.\(method)", parameters, timeout: .seconds(5))
    }

    private func started(
        _ worker: WorkerProgram,
        extra: [String: String] = [:]
    ) async throws -> RunningProgram {
        let variables = ["DATABASE_URL": try await NoviDatabase.lastingURL()].merging(extra) { _, own in own }
        let program = try worker.start("whatsapp", extra: variables)
        try await eventually("READY=1; log: \(program.log)") {
            worker.notifications.messages.contains("READY=1")
        }
        return program
    }

    private func reaches(_ state: String, _ worker: WorkerProgram) async throws {
        try await eventually(
            "state \(state): \(text(of: "\(worker.scratch.path)/whatsapp.log").suffix(3000))"
        ) { try await status(worker)["state"]?.stringValue == state }
    }

    @Test func `the simulator becomes ready by itself and says so`() async throws {
        let worker = try await WorkerProgram()
        let program = try await started(worker)
        try await reaches("ready", worker)
        let status = try await status(worker)
        #expect(status["app"]?.stringValue == "whatsapp")
        #expect(status["ready"]?.boolValue == true)
        #expect(status["details"]?["provider"]?.stringValue == "simulator")
        #expect((status["memory"]?["rss_bytes"]?.integerValue ?? 0) > 1 << 20)
        try await eventually("STATUS=ready") {
            worker.notifications.messages.contains { $0.hasPrefix("STATUS=ready · since ") }
        }
        #expect(worker.notifications.messages.contains { $0.hasPrefix("X_NOVI_HEAP_USED=") })
        program.signal(SIGTERM)
        #expect(try await program.waitForExit() == 0)
        #expect(worker.notifications.messages.contains("STOPPING=1"))
        #expect(access("\(worker.runtimeFolder("whatsapp"))/worker.sock", F_OK) != 0)
    }

    @Test func `the simulator's interface drives the connection`() async throws {
        let worker = try await WorkerProgram()
        let program = try await started(worker)
        try await reaches("ready", worker)
        try await simulate(worker, "Disconnect", ["reason": "TIMEOUT"])
        try await reaches("reconnecting", worker)
        let waiting = try await status(worker)
        #expect(waiting["ready"]?.boolValue == true)
        #expect(waiting["details"]?["last_reason"]?.stringValue == "TIMEOUT")
        #expect(waiting["details"]?["next_attempt_at"]?.stringValue?.hasSuffix("Z") == true)
        try await simulate(worker, "Ready")
        try await reaches("ready", worker)
        try await simulate(worker, "Qr")
        try await reaches("qr", worker)
        try await simulate(worker, "AuthFailure", ["reason": "void"])
        try await reaches("logged_out", worker)
        try await simulate(worker, "Block", ["reason": "TOS_BLOCK"])
        try await reaches("blocked", worker)
        try await simulate(worker, "Ready")
        let blocked = try await status(worker)
        #expect(blocked["state"]?.stringValue == "blocked")
        #expect(blocked["details"]?["alerts"]?.arrayValue?.count == 2)
        program.kill()
    }

    @Test func `what is said becomes an order, and the answer is sent and kept by the phone`() async throws {
        let worker = try await WorkerProgram()
        let program = try await started(worker)
        try await reaches("ready", worker)
        let answer = try await worker.client("whatsapp")
            .call("com.novi.WhatsAppSimulator.Say", ["text": "/setup nobody-ABC123"], timeout: .seconds(15))
        #expect(answer["outcome"] == "command")
        #expect(answer["replies"] == ["I know no business with the identifier nobody-ABC123."])
        try await eventually("it is sent") {
            text(of: "\(worker.scratch.path)/data-whatsapp/simulator-sent.ndjson").contains(
                "I know no business"
            )
        }
        try await eventually("it is read") {
            let details = try await status(worker)["details"]
            return details?["queue"]?["waiting"]?.integerValue == 0
                && details?["queue"]?["sending"]?.integerValue == 0
                && details?["unprocessed"]?.integerValue == 0
        }
        #expect(try await status(worker)["details"]?["last_inbound_at"]?.stringValue != nil)
        #expect(try await status(worker)["details"]?["last_outbound_at"]?.stringValue != nil)
        program.kill()
    }

    @Test func `a bridge that waits for another one stops when it is told to`() async throws {
        let url = try await NoviDatabase.lastingURL()
        let worker = try await WorkerProgram()
        let first = try await started(worker, extra: ["DATABASE_URL": url])
        try await reaches("ready", worker)
        let second = try worker.start("second", ["whatsapp"], extra: ["DATABASE_URL": url])
        try await eventually("the second one waits: \(second.log)") {
            let status = try? await worker.client("second").call(
                "com.novi.Worker.GetStatus",
                timeout: .seconds(5)
            )
            return status?["state"]?.stringValue == "waiting"
        }
        let begin = ContinuousClock.now
        second.signal(SIGTERM)
        #expect(try await second.waitForExit(within: .seconds(60)) == 0)
        // It was not cut off at the end of the time for what is in hand.
        #expect(ContinuousClock.now - begin < WorkerSupport.Limits.drainTime)
        #expect(first.isRunning)
        first.kill()
    }

    @Test func `a notice goes to the administrators, once for a key`() async throws {
        let database = try await NoviDatabase.make()
        try await database.psql(
            """
            INSERT INTO users (email, full_name, password_hash, role, phone_e164, is_active) VALUES
                ('a@shop.example', 'A', 'none', 'admin', '+2348030000001', true),
                ('b@shop.example', 'B', 'none', 'super_admin', '+2348030000002', true),
                ('c@shop.example', 'C', 'none', 'user', '+2348030000003', true),
                ('d@shop.example', 'D', 'none', 'admin', '+2348030000004', false),
                ('e@shop.example', 'E', 'none', 'admin', NULL, true)
            """
        )
        let worker = try await WorkerProgram()
        let program = try await started(worker, extra: ["DATABASE_URL": NoviDatabase.url(of: database)])
        let notice: JSONObject = ["text": "🔴 api is down", "key": "alert-7"]
        for _ in 0..<2 {
            let told = try await worker.client("whatsapp").call(
                "com.novi.WhatsApp.Notify",
                notice,
                timeout: .seconds(30)
            )
            #expect(told["count"] == 2)
        }
        try await eventually("it is sent: \(program.log)") {
            let sent = text(of: "\(worker.scratch.path)/data-whatsapp/simulator-sent.ndjson").split(
                separator: "\n"
            )
            return sent.count == 2 && sent.allSatisfy { $0.contains("api is down") }
        }
        #expect(
            try await database.psql(
                "SELECT string_agg(chat_ref, ' ' ORDER BY chat_ref) FROM outbound_messages WHERE kind = 'alert'"
            )
                == "2348030000001@c.us 2348030000002@c.us"
        )
        program.kill()
    }

    @Test func `a script replaces the first start`() async throws {
        let worker = try await WorkerProgram()
        let script = try worker.scratch.file("script", #"{"after_ms": 5, "event": "qr"}"#)
        let program = try await started(worker, extra: ["NOVI_SIMULATOR_SCRIPT": script])
        try await reaches("qr", worker)
        program.kill()
    }

    @Test func `a wrong script and a wrong environment are told together, with code 78`() async throws {
        let worker = try await WorkerProgram()
        let script = try worker.scratch.file("script", "{}\n{}\n")
        let program = try worker.start(
            "whatsapp",
            extra: ["NOVI_SIMULATOR_SCRIPT": script, "NOVI_ENV": "moon", "NOVI_FAULTS": "yes"]
        )
        #expect(try await program.waitForExit() == 78)
        for part in ["NOVI_ENV is \"moon\"", "NOVI_FAULTS is \"yes\"", "script:1:", "script:2:"] {
            #expect(program.log.contains(part))
        }
    }

    @Test func `a watchdog is fed in half its time`() async throws {
        let worker = try await WorkerProgram()
        let program = try await started(worker, extra: ["WATCHDOG_USEC": "100000"])
        try await eventually("ten heartbeats") {
            worker.notifications.messages.filter { $0 == "WATCHDOG=1" }.count >= 10
        }
        program.kill()
    }

    @Test func `Drain ends the link and readiness, not the worker`() async throws {
        let worker = try await WorkerProgram()
        let program = try await started(worker)
        try await reaches("ready", worker)
        _ = try await worker.client("whatsapp").call("com.novi.Worker.Drain", timeout: .seconds(5))
        try await reaches("stopped", worker)
        #expect(try await status(worker)["ready"]?.boolValue == false)
        #expect(program.isRunning)
        program.kill()
    }

    @Test func `without a supervisor it runs without a socket and stops at SIGINT`() async throws {
        let scratch = try ScratchFolder()
        let program = try RunningProgram(
            [WorkerProgram.path, "whatsapp"],
            environment: [
                "HOME": scratch.path, "DATABASE_URL": try await NoviDatabase.lastingURL(),
            ],
            logPath: "\(scratch.path)/log"
        )
        try await eventually("ready") { program.log.contains("whatsapp ready") }
        program.signal(SIGINT)
        #expect(try await program.waitForExit() == 0)
    }
}

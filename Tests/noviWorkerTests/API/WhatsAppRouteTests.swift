import Crypto
import Postgres
import Shared
import Synchronization
import Testing
import WorkerSupport

@testable import noviWorker

/// The API's routes about WhatsApp, over a bridge that answers as it is told.
@Suite struct WhatsAppRouteTests {
    /// A bridge's socket in the place where the API looks for it.
    private final class FakeBridge: Sendable {
        /// What it was asked, and what it answers.
        final class Notes: Sendable {
            let calls = Mutex<[(method: String, parameters: JSONObject)]>([])
            let replies = Mutex<[String: JSONObject]>([:])
        }

        let notes = Notes()
        private let task: Task<Void, any Error>

        init(_ fixture: APIFixture, _ replies: [String: JSONObject]) async throws {
            try fixture.worker.scratch.folder("run/apps/whatsapp-0")
            let path = "\(fixture.worker.runtimeFolder("whatsapp"))/worker.sock"
            notes.replies.withLock { $0 = replies }
            let notes = notes
            func interface(_ name: String, _ methods: [String]) -> VarlinkInterface {
                var answers: [String: VarlinkInterface.Method] = [:]
                for method in methods {
                    answers[method] = { invocation in
                        notes.calls.withLock { $0.append((method, invocation.parameters)) }
                        guard let reply = notes.replies.withLock({ $0[method] }) else {
                            throw VarlinkFailure("\(name).Unavailable", ["reason": "not told"])
                        }
                        return reply
                    }
                }
                return VarlinkInterface(name: name, description: "interface \(name)\n", methods: answers)
            }
            let (listening, isListening) = AsyncStream.makeStream(of: Void.self)
            let socket = WorkerSocket(
                path: path,
                interfaces: [
                    interface(WhatsAppInterface.name, ["GetState", "Reconnect", "Logout"]),
                    interface(WhatsAppWebhookInterface.name, ["Receive", "Verify"]),
                ],
                version: "1",
                log: WorkerLog(app: "test", deployment: .production)
            ) { isListening.finish() }
            task = Task { try await socket.run() }
            for await _ in listening {}
        }

        deinit { task.cancel() }

        var methods: [String] { notes.calls.withLock { $0.map(\.method) } }
        func parameters(_ index: Int) -> JSONObject { notes.calls.withLock { $0[index].parameters } }
    }

    private static let state: JSONObject = [
        "provider": "child", "state": "qr", "since": "2026-06-10T08:30:00.125Z",
        "reason": "lost +2348030001122",
        "next_attempt_at": .null,
        "queue": ["waiting": 1, "sending": 0, "unknown": 0, "failed": 0, "dead": 2], "unprocessed": 3,
        "last_inbound_at": .null, "last_outbound_at": "2026-06-10T08:29:00Z", "qr": "2@secret",
    ]

    @Test func `a webhook reaches the bridge byte by byte, without session, origin or limit`() async throws {
        let fixture = try await APIFixture(["NOVI_API_LIMIT": "1"])
        let bridge = try await FakeBridge(fixture, ["Receive": ["status": 200]])
        let meta = fixture.anonymous
        let body = "{\"object\" :\t\"whatsapp_business_account\", \"caf\\u00e9\": \"🍰\"}\n"
        for _ in 0..<5 {
            let headers = ["X-Hub-Signature-256": "sha256=00", "Sec-Fetch-Site": ""]
            let answer = try await meta.send("POST", "/webhooks/whatsapp", body: body, headers: headers)
            #expect(answer.status == 200 && answer.text.isEmpty, "\(answer)")
        }
        #expect(bridge.methods == Array(repeating: "Receive", count: 5))
        let given = bridge.parameters(0)
        #expect(Base64.bytes(given["body_base64"]?.stringValue ?? "") == Array(body.utf8))
        #expect(given["signature"] == "sha256=00")
    }

    @Test(arguments: [(401, 401), (400, 400), (413, 413), (503, 503), (7, 503)])
    func `the bridge's word is Meta's answer`(told: Int64, status: Int) async throws {
        let fixture = try await APIFixture()
        let bridge = try await FakeBridge(fixture, ["Receive": ["status": .integer(told)]])
        let answer = try await fixture.anonymous.send("POST", "/webhooks/whatsapp", body: "{}")
        #expect(answer.status == status, "\(answer)")
        #expect(bridge.methods.count == 1)
    }

    @Test func `3 MiB pass, more is refused, and without a bridge Meta is asked to come again`() async throws
    {
        let fixture = try await APIFixture()
        #expect(try await fixture.anonymous.send("POST", "/webhooks/whatsapp", body: "{}").status == 503)
        let bridge = try await FakeBridge(fixture, ["Receive": ["status": 200]])
        let largest = String(repeating: "x", count: 3 << 20)
        #expect(try await fixture.anonymous.send("POST", "/webhooks/whatsapp", body: largest).status == 200)
        #expect(bridge.parameters(0)["body_base64"]?.stringValue?.utf8.count == 4 << 20)
        let more = try await fixture.anonymous.send("POST", "/webhooks/whatsapp", body: largest + "x")
        #expect(more.status == 413)
        #expect(bridge.methods.count == 1)
    }

    @Test func `an address that shows wrong signatures again and again is not asked about any more`()
        async throws
    {
        let fixture = try await APIFixture()
        let bridge = try await FakeBridge(fixture, ["Receive": ["status": 401]])
        var last = 0
        for _ in 0..<(WebhookRoutes.refusals + 5) where last != 429 {
            last = try await fixture.anonymous.send("POST", "/webhooks/whatsapp", body: "{}").status
        }
        #expect(last == 429)
        #expect(bridge.methods.count == WebhookRoutes.refusals + 1)
    }

    @Test func `Meta's question is answered with the challenge alone`() async throws {
        let fixture = try await APIFixture()
        let bridge = try await FakeBridge(fixture, ["Verify": ["status": 200, "body": "1158201444"]])
        let path = "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=ours"
        let answer = try await fixture.anonymous.get(path)
        #expect(answer.status == 200 && answer.text == "1158201444")
        #expect(answer.headers["content-type"]?.hasPrefix("text/plain") == true)
        #expect(bridge.parameters(0) == ["mode": "subscribe", "token": "ours", "challenge": "1158201444"])
        bridge.notes.replies.withLock { $0["Verify"] = ["status": 403, "body": ""] }
        #expect(try await fixture.anonymous.get(path).status == 403)
    }

    @Test func `the link's state is for everybody who works here, its code for super administrators`()
        async throws
    {
        let fixture = try await APIFixture()
        let user = try await fixture.signedIn()
        let admin = try await fixture.signedIn(.admin)
        let root = try await fixture.signedIn(.superAdmin)
        #expect(try await user.get("/api/whatsapp/status")["state"] == "unreachable")
        let bridge = try await FakeBridge(
            fixture,
            ["GetState": Self.state, "Reconnect": [:], "Logout": [:]]
        )
        let status = try await user.get("/api/whatsapp/status")
        #expect(status["state"] == "qr" && status["queue"]?["dead"] == 2 && status["unprocessed"] == 3)
        #expect(!status.text.contains("secret") && !status.text.contains("2348030001122"))
        #expect(try await fixture.anonymous.get("/api/whatsapp/status").status == 401)

        for client in [user, admin] { #expect(try await client.get("/api/whatsapp/qr").status == 403) }
        let code = try await root.get("/api/whatsapp/qr")
        #expect(code["qr"] == "2@secret" && code.headers["cache-control"] == "no-store")
        #expect(!fixture.log.contains("2@secret"))

        #expect(try await user.post("/api/whatsapp/reconnect").status == 403)
        #expect(try await admin.post("/api/whatsapp/reconnect").status == 204)
        #expect(try await admin.post("/api/whatsapp/logout").status == 403)
        #expect(try await root.post("/api/whatsapp/logout").status == 204)
        let audited = try await fixture.psql(
            "SELECT string_agg(action, ',' ORDER BY id) FROM audit_log WHERE action LIKE 'whatsapp.%'"
        )
        #expect(audited == "whatsapp.reconnect,whatsapp.logout")
        #expect(bridge.methods.contains("Reconnect") && bridge.methods.contains("Logout"))

        var ready = Self.state
        ready["state"] = "ready"
        bridge.notes.replies.withLock { $0["GetState"] = ready }
        #expect(try await root.get("/api/whatsapp/qr").status == 404)
    }

    @Test func `chats are linked once, and one of a kind to a business`() async throws {
        let fixture = try await APIFixture()
        let admin = try await fixture.signedIn(.admin)
        let user = try await fixture.signedIn()
        let business = try await fixture.business(of: user)
        let chat: JSONObject = [
            "businessId": .string(business), "provider": "cloud", "externalId": "2348030001122",
            "kind": "sales", "title": "<b>Sales</b>",
        ]
        #expect(try await user.post("/api/whatsapp/chats", .object(chat)).status == 403)
        let linked = try await admin.post("/api/whatsapp/chats", .object(chat))
        #expect(linked.status == 201 && linked["title"] == "Sales", "\(linked)")
        #expect(try await admin.post("/api/whatsapp/chats", .object(chat)).code == "chat_taken")
        var second = chat
        second["externalId"] = "2348030001133"
        #expect(try await admin.post("/api/whatsapp/chats", .object(second)).code == "kind_taken")
        let id = linked["id"]?.stringValue ?? ""
        let changed = try await admin.patch("/api/whatsapp/chats/\(id)", ["isActive": false])
        #expect(changed.status == 200 && changed["isActive"] == false && changed["title"] == "Sales")
        #expect(try await admin.post("/api/whatsapp/chats", .object(second)).status == 201)
        #expect(
            try await admin.patch("/api/whatsapp/chats/\(id)", ["isActive": true]).code == "kind_taken"
        )
        let list = try await admin.get("/api/whatsapp/chats?business=\(business)")
        #expect(list["chats"]?.arrayValue?.count == 2)
        var elsewhere = chat
        elsewhere["businessId"] = "00000000-0000-4000-8000-000000000000"
        elsewhere["externalId"] = "x"
        #expect(try await admin.post("/api/whatsapp/chats", .object(elsewhere)).status == 404)
    }
}

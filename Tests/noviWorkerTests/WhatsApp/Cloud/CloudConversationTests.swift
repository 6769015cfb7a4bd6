import Crypto
import Glibc
import Shared
import Testing
import WorkerSupport

@testable import noviWorker

/// From Meta's webhook at the API to the answer at Meta: both workers, a real database, a stand-in for Meta.
@Suite(.timeLimit(.minutes(5))) struct CloudConversationTests {
    private static let secret = "app-secret-for-tests"

    private func post(_ fixture: APIFixture, _ members: String) async throws -> Int {
        let body =
            #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"\#(MetaStandIn.numberID)"},\#(members)}}]}]}"#
        let key = SymmetricKey(data: Array(Self.secret.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Array(body.utf8), using: key)
        let digits = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let headers = ["X-Hub-Signature-256": "sha256=\(digits)"]
        return try await fixture.anonymous.send("POST", "/webhooks/whatsapp", body: body, headers: headers)
            .status
    }

    @Test func `an order comes in once, is answered at Meta, and its receipts are kept`() async throws {
        let fixture = try await APIFixture()
        let meta = try await MetaStandIn()
        let bridge = try fixture.worker.start(
            "whatsapp",
            extra: [
                "DATABASE_URL": fixture.variables["DATABASE_URL"] ?? "", "WHATSAPP_PROVIDER": "cloud",
                "WHATSAPP_CLOUD_BASE_URL": meta.baseURL, "WHATSAPP_PHONE_NUMBER_ID": MetaStandIn.numberID,
                "WHATSAPP_TOKEN": MetaStandIn.token, "WHATSAPP_APP_SECRET": Self.secret,
                "WHATSAPP_VERIFY_TOKEN": "ours&=+%",
                "WHATSAPP_PUBLIC_URL": "http://127.0.0.1:\(fixture.listener.port)/webhooks/whatsapp",
            ]
        )
        defer { bridge.kill() }
        let admin = try await fixture.signedIn(.admin)
        try await eventually("the link is ready: \(bridge.log.suffix(2000))") {
            try await admin.get("/api/whatsapp/status")["state"] == "ready"
        }
        let question =
            "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=7&hub.verify_token=ours%26%3D%2B%25"
        #expect(try await fixture.anonymous.get(question).text == "7")
        #expect(try await admin.get("/api/whatsapp/status")["number"] == "+234••••••••01")
        let check = try await fixture.worker.client("whatsapp").call(
            "com.novi.WhatsApp.Check",
            timeout: .seconds(60)
        )
        #expect(check["findings"]?.arrayValue?.compactMap { $0["level"] } == ["pass", "pass"], "\(check)")
        let business = try await fixture.business(of: admin)
        let linked = try await admin.post(
            "/api/whatsapp/chats",
            [
                "businessId": .string(business), "provider": "cloud", "externalId": "2348030001122",
                "kind": "sales",
            ]
        )
        #expect(linked.status == 201, "\(linked)")

        let text =
            #"Name: Amara Nwosu\nPhone: 08030001122\nAddress: 12 Allen Avenue, Ikeja\nItems: 2 x jollof"#
        let message =
            #""messages":[{"from":"2348030001122","id":"wamid.IN1","timestamp":"\#(time(nil))","type":"text","text":{"body":"\#(text)"}}]"#
        for _ in 0..<3 { #expect(try await post(fixture, message) == 200) }
        try await eventually("Meta gets the answer: \(bridge.log.suffix(2000))") { !meta.messages.isEmpty }
        #expect(meta.problems == [])
        #expect(meta.messages.first?.body?["to"] == "2348030001122")
        #expect(try await fixture.psql("SELECT count(*) FROM orders") == "1")
        #expect(try await fixture.psql("SELECT count(*) FROM inbound_messages") == "1")

        try await eventually("the answer is written down as sent") {
            try await fixture.psql("SELECT count(*) FROM outbound_messages WHERE state = 'sent'") == "1"
        }
        let id = try await fixture.psql("SELECT external_id FROM outbound_messages")
        let status =
            #""statuses":[{"id":"\#(id)","status":"read","timestamp":"\#(time(nil))","recipient_id":"2348030001122"}]"#
        #expect(try await post(fixture, status) == 200)
        #expect(try await fixture.psql("SELECT state FROM outbound_messages") == "read")
        #expect(try await fixture.anonymous.send("POST", "/webhooks/whatsapp", body: "{}").status == 401)
        #expect(meta.messages.count == 1)
        let picture =
            #""messages":[{"from":"2348030001122","id":"wamid.IN2","timestamp":"\#(time(nil))","type":"location","location":{"latitude":6.6,"longitude":3.3}}]"#
        #expect(try await post(fixture, picture) == 200)
        let place = try await fixture.psql(
            "SELECT raw -> 'message' -> 'location' FROM inbound_messages WHERE kind = 'location'"
        )
        #expect(place == #"{"latitude": 6.6, "longitude": 3.3}"#)

        let metrics = try await fixture.anonymous.get("/metrics").text
        for line in [
            "novi_wa_up 1", "novi_wa_ready 1", #"novi_wa_state{state="ready"} 1"#,
            #"novi_wa_messages_total{direction="in",outcome="stored"} 2"#,
            #"novi_wa_messages_total{direction="in",outcome="duplicate"} 2"#,
            #"novi_wa_receipts_total{status="read"} 1"#, #"novi_parse_total{outcome="order"} 1"#,
            #"novi_wa_outbox{state="dead"} 0"#,
        ] {
            #expect(metrics.contains("\(line)\n"), "\(line) in \(metrics)")
        }
        // The answer that only text is read may be out already, or not.
        #expect(metrics.contains(#"novi_wa_messages_total{direction="out",outcome="accepted"} "#))
        #expect(!bridge.log.contains(MetaStandIn.token) && !fixture.log.contains(Self.secret))
        await meta.close()
    }
}

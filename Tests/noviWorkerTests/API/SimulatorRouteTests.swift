import Shared
import Testing

@testable import noviWorker

/// The simulated phone by HTTP, with a real bridge behind it.
@Suite(.timeLimit(.minutes(5))) struct SimulatorRouteTests {
    @Test func `a message by HTTP becomes an order, and the link does what it is told`() async throws {
        let fixture = try await APIFixture()
        let admin = try await fixture.signedIn(.admin)
        #expect(try await admin.post("/api/simulator/messages", ["text": "hello"]).status == 503)
        let bridge = try fixture.worker.start(
            "whatsapp",
            extra: ["DATABASE_URL": fixture.variables["DATABASE_URL"] ?? ""]
        )
        defer { bridge.kill() }
        try await eventually("the link is ready: \(bridge.log.suffix(2000))") {
            try await admin.get("/api/whatsapp/status")["state"] == "ready"
        }
        let business = try await fixture.business(of: admin)
        let chat: JSONValue = [
            "businessId": .string(business), "provider": "simulator", "externalId": "team@g.us",
            "kind": "sales",
        ]
        #expect(try await admin.post("/api/whatsapp/chats", chat).status == 201)
        let order =
            "Name: Amara Nwosu\nPhone: 08030001122\nAddress: 12 Allen Avenue, Ikeja\nItems: 2 x jollof"
        let message: JSONValue = ["text": .string(order), "chat": "team@g.us", "id": "m-1"]
        for _ in 0..<2 {
            let told = try await admin.post("/api/simulator/messages", message)
            #expect(told.status == 200 && told["outcome"] == "order" && told["id"] == "m-1", "\(told)")
            #expect(told["orderId"]?.stringValue?.isEmpty == false)
            #expect(told["replies"]?.arrayValue?.count == 1)
        }
        #expect(try await fixture.psql("SELECT count(*) FROM orders") == "1")

        let behaviour: JSONValue = ["refuseCode": 131_026, "refuseCount": 1]
        #expect(try await admin.post("/api/simulator/behaviour", behaviour).status == 204)
        #expect(
            try await admin.post("/api/simulator/messages", ["text": "/help", "chat": "team@g.us"]).status
                == 200
        )
        try await eventually("the answer is given up") {
            try await fixture.psql("SELECT count(*) FROM outbound_messages WHERE state = 'dead'") == "1"
        }
        let event: JSONValue = ["event": "disconnect", "reason": "TIMEOUT"]
        #expect(try await admin.post("/api/simulator/events", event).status == 204)
        try await eventually("the link is lost") {
            try await admin.get("/api/whatsapp/status")["state"] == "reconnecting"
        }
        #expect(try await admin.post("/api/simulator/events", ["event": "explode"]).status == 400)
        #expect(try await admin.post("/api/simulator/behaviour", [:]).status == 400)
        let user = try await fixture.signedIn()
        #expect(try await user.post("/api/simulator/messages", ["text": "hello"]).status == 403)
    }
}

import Glibc
import Shared
import Testing

@testable import noviWorker

@Suite struct BadInputTests {
    @Test func `nothing that a client sends becomes part of a statement`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        let business = try await fixture.business(of: client)
        let attacks = [
            "'; DROP TABLE orders; --", "' OR '1'='1", "1); DELETE FROM users; --",
            "\\'; SELECT pg_sleep(10); --", "$1", "%' OR 1=1 --",
            "\u{2019}; DROP TABLE orders", "Robert'); DROP TABLE users;--",
        ]
        for attack in attacks {
            let made = try await fixture.order(
                of: client,
                in: business,
                ["customerName": .string(attack), "address": .string(attack), "notes": .string(attack)]
            )
            #expect(made.status == 201)
            #expect(made["customerName"]?.stringValue == attack)
            let encoded = attack.utf8.map { byte in
                let digits = String(byte, radix: 16)
                return "%" + (digits.count == 1 ? "0" : "") + digits
            }.joined()
            for query in ["q", "submittedBy"] {
                let answer = try await client.get("/api/businesses/\(business)/orders?\(query)=\(encoded)")
                #expect(answer.status == 200, "\(answer)")
                let count = answer["orders"]?.arrayValue?.count
                #expect(query == "submittedBy" ? count == 0 : count == 1)
            }
            for query in ["status", "from", "deliveryDate", "cursor", "limit"] {
                #expect(
                    try await client.get("/api/businesses/\(business)/orders?\(query)=\(encoded)").status
                        == 400
                )
            }
            #expect(try await client.get("/api/orders/\(encoded)").status == 404)
            #expect(
                try await fixture.anonymous.post(
                    "/auth/login",
                    ["email": .string(attack), "password": .string(attack)]
                ).status == 401
            )
        }
        #expect(try await fixture.psql("SELECT count(*) FROM orders") == "\(attacks.count)")
    }

    @Test func `bodies and headers that are too large are refused in the common shape`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        let big = try await client.post(
            "/api/businesses",
            ["name": .string(String(repeating: "x", count: 70_000))]
        )
        #expect(big.status == 413 && big.code == "too_large")
        let chunked = try await blocking {
            let connection = try HTTPConnection(port: client.port)
            try connection.send(
                "POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            let piece = "4000\r\n" + String(repeating: " ", count: 0x4000) + "\r\n"
            for _ in 0..<5 { try connection.send(piece) }
            try connection.send("0\r\n\r\n")
            return try connection.answer().status
        }
        #expect(chunked == 413)
        var headers: [String: String] = [:]
        for number in 0..<150 { headers["X-Flood-\(number)"] = "1" }
        let flood = try await client.get("/health/live", headers)
        #expect(flood.status == 431 && flood.code == "headers_too_large")
        let long = try await client.get("/health/live", ["X-Long": String(repeating: "x", count: 20_000)])
        #expect(long.status == 431)
        let endless = try await blocking {
            let connection = try HTTPConnection(port: client.port)
            try? connection.send(
                "GET / HTTP/1.1\r\nX: " + String(repeating: "x", count: 200_000) + "\r\n\r\n"
            )
            return try connection.answer().status
        }
        #expect([400, 431].contains(endless))
        #expect(try await client.get("/health/live").status == 200)
    }

    @Test func `bodies that are no JSON, no UTF-8 or no object are refused in the common shape`() async throws
    {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        let cases: [(body: [UInt8], type: String, status: Int, code: String)] = [
            (Array("{".utf8), "application/json", 400, "malformed_json"),
            (
                [0x7B, 0x22, 0x6E, 0x22, 0x3A, 0x22, 0xFF, 0x22, 0x7D], "application/json", 400,
                "malformed_json"
            ),
            (Array("[]".utf8), "application/json", 400, "invalid_request"),
            (Array("null".utf8), "application/json", 400, "invalid_request"),
            (Array("".utf8), "application/json", 400, "malformed_json"),
            (Array("{}".utf8), "text/plain", 415, "unsupported_media_type"),
            (Array("{}".utf8), "application/json; charset=latin1", 415, "unsupported_media_type"),
            (Array(String(repeating: "[", count: 30_000).utf8), "application/json", 400, "malformed_json"),
            (Array(#"{"name":"\u0000"}"#.utf8), "application/json", 400, "invalid_request"),
            (Array(#"{"name":"\ud800"}"#.utf8), "application/json", 400, "malformed_json"),
            (Array(#"{"name":"a","name":"b"}"#.utf8), "application/json", 400, "invalid_request"),
            (Array(#"{"name":1e999}"#.utf8), "application/json", 400, "malformed_json"),
        ]
        for item in cases {
            let head =
                "POST /api/businesses HTTP/1.1\r\nHost: localhost\r\nCookie: \(client.cookie ?? "")\r\nSec-Fetch-Site: same-origin\r\n"
                + "Content-Type: \(item.type)\r\nContent-Length: \(item.body.count)\r\n\r\n"
            let answer = try await blocking {
                let connection = try HTTPConnection(port: client.port)
                try connection.send(bytes: Array(head.utf8) + item.body)
                return try connection.answer()
            }
            let json = try JSONValue(parsing: Array(answer.body.utf8))
            #expect(
                answer.status == item.status,
                "\(String(decoding: item.body.prefix(40), as: UTF8.self)): \(answer.body)"
            )
            #expect(json["error"]?["code"]?.stringValue == item.code)
            #expect(json["error"]?.objectValue?.keys == ["code", "message", "fields", "requestId"])
        }
        #expect(try await client.get("/api/businesses?limit=%FF").status == 400)
        #expect(try await client.get("/api/businesses/%FF%FE").status == 404)
    }

    @Test func `text that PostgreSQL cannot keep is cleaned or cut, wherever it is sent`() async throws {
        let fixture = try await APIFixture()
        let root = try await fixture.signedIn(.superAdmin, email: "root@x.example")
        let business = try await fixture.business(of: root, ["name": "A\u{0}B"])
        let bad = "a\u{0}\u{80}b\u{D7FF}\u{FFFF}\u{10FFFF}"
        let text: JSONValue = .string(bad)
        let changed = try await root.patch("/api/businesses/\(business)", ["name": text])
        #expect(changed.status == 200, "\(changed)")
        #expect(changed["name"]?.stringValue == "ab\u{D7FF}\u{FFFF}\u{10FFFF}")
        let order = try await fixture.order(
            of: root,
            in: business,
            ["customerName": text, "address": text, "notes": text, "items": [["name": text, "quantity": 1]]]
        )
        #expect(order.status == 201, "\(order)")
        let id = order["id"]?.stringValue ?? ""
        let notes = try await root.patch("/api/orders/\(id)", ["notes": text, "deliveryPerson": text])
        #expect(notes.status == 200, "\(notes)")
        let cancelled = try await root.post(
            "/api/orders/\(id)/status",
            ["status": "cancelled", "reason": text]
        )
        #expect(cancelled.status == 200, "\(cancelled)")
        let user = try await root.post("/api/users", ["email": "u@x.example", "fullName": text])
        #expect(user.status == 201, "\(user)")
        let userID = user["user"]?["id"]?.stringValue ?? ""
        #expect(try await root.patch("/api/users/\(userID)", ["fullName": text]).status == 200)
        #expect(
            try await root.post("/auth/tokens", ["name": text, "scopes": ["read_own_orders"]]).status == 201
        )
        for path in [
            "/api/audit?actor=%00", "/api/businesses/\(business)/orders?q=%00&submittedBy=%00",
            "/api/orders/%00",
        ] {
            #expect([400, 404].contains(try await root.get(path).status), "\(path)")
        }
        // One character of a thousand scalars.
        let password = "Correct-1!horse"
        try await fixture.psql("UPDATE users SET must_change_password = false")
        let made = try await root.post(
            "/api/users",
            ["email": "v@x.example", "fullName": "V", "password": .string(password)]
        )
        #expect(made.status == 201)
        let login = try await fixture.anonymous.post(
            "/auth/login",
            ["email": "v@x.example", "password": .string(password)],
            ["User-Agent": "a" + String(repeating: "\u{301}", count: 1000)]
        )
        #expect(login.status == 200, "\(login)")
        #expect(try await fixture.psql("SELECT max(char_length(user_agent)) <= 500 FROM sessions") == "t")
    }

    @Test func `clients that send slowly are cut off and hold nobody up`() async throws {
        let fixture = try await APIFixture(["NOVI_HTTP_HEAD_SECONDS": "2", "NOVI_HTTP_BODY_SECONDS": "2"])
        let port = fixture.listener.port
        let slow = try (0..<50).map { _ in try HTTPConnection(port: port) }
        let body = try HTTPConnection(port: port)
        try body.send(
            "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
        )
        for connection in slow { try connection.send("GET /health/live HTTP/1.1\r\nX: ") }
        #expect(try await get("/health/live", port: port).status == 200)
        let drip = Task {
            // Never silent, never done.
            while !Task.isCancelled {
                for connection in slow { try? connection.send("x") }
                try? body.send(" ")
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        try await blocking {
            for connection in slow { #expect(connection.isCutOff()) }
            #expect(body.isCutOff())
        }
        drip.cancel()
        #expect(try await get("/health/live", port: port).status == 200)
    }

    @Test func `a stranger's requests are limited, a signed-in person has ten times as many`() async throws {
        let fixture = try await APIFixture(["NOVI_API_LIMIT": "5"])
        for number in 1...5 {
            let answer = try await fixture.anonymous.get("/api/businesses")
            #expect(answer.status == 401)
            #expect(answer.headers["ratelimit-remaining"] == "\(5 - number)")
        }
        let refused = try await fixture.anonymous.get("/api/businesses")
        #expect(refused.status == 429)
        #expect(refused["error"]?["message"]?.stringValue == "Too many requests from this IP")
        // Refused from memory: the database hears no more of it.
        let taken = "SELECT taken FROM rate_buckets WHERE name = 'address'"
        #expect(try await fixture.psql(taken) == "6")
        for _ in 1...10 {
            let again = try await fixture.anonymous.get("/api/businesses")
            #expect(again.status == 429 && (1...900).contains(Int(again.headers["retry-after"] ?? "") ?? 0))
        }
        #expect(try await fixture.psql(taken) == "6")
        #expect(try await fixture.anonymous.get("/health").status == 200)
        let client = try await fixture.signedIn()
        for _ in 1...50 { #expect(try await client.get("/auth/me").status == 200) }
        #expect(try await client.get("/auth/me").status == 429)
    }

    @Test func `every answer carries the security headers and says nothing of the server`() async throws {
        let fixture = try await APIFixture()
        for path in ["/health", "/nothing", "/api/businesses", "/openapi.json"] {
            let answer = try await fixture.anonymous.get(path)
            #expect(answer.headers["x-content-type-options"] == "nosniff")
            #expect(answer.headers["x-frame-options"] == "DENY")
            #expect(answer.headers["referrer-policy"] == "no-referrer")
            #expect(answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'")
            #expect(answer.headers["cross-origin-opener-policy"] == "same-origin")
            #expect(answer.headers["cross-origin-resource-policy"] == "same-origin")
            #expect(answer.headers["server"] == nil && answer.headers["x-powered-by"] == nil)
            #expect(answer.headers["strict-transport-security"] == nil)
        }
    }

    @Test func `a slow request is told in the log without what is personal`() async throws {
        let fixture = try await APIFixture(["NOVI_SLOW_REQUEST_MS": "50"])
        let blocker = Task {
            try await fixture.psql("BEGIN; LOCK TABLE businesses; SELECT pg_sleep(1); COMMIT")
        }
        let client = try await fixture.signedIn()
        try await eventually("a request waits for the lock") {
            _ = try await client.get("/api/businesses?limit=5", ["User-Agent": "curl/8 +2348030001122"])
            return fixture.log.contains("slow request: GET /api/businesses")
        }
        #expect(fixture.log.contains("agent=curl/8 +234803***1122"))
        #expect(!fixture.log.contains("2348030001122"))
        _ = try await blocker.value
    }
}

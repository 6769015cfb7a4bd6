import Shared
import Testing

@testable import noviWorker

@Suite struct OrderTests {
    @Test func `an order is made, found by both ids, changed, moved on and deleted`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        let business = try await fixture.business(of: client)
        let made = try await fixture.order(
            of: client,
            in: business,
            [
                "totalAmount": 12500.5, "deliveryDate": "2026-06-24", "notes": "<b>ring</b> twice",
                "items": [["name": "jollof", "quantity": 2]],
            ]
        )
        #expect(made.status == 201, "\(made)")
        #expect(made.headers["etag"] == "\"1\"")
        #expect(made["customerPhone"]?.stringValue == "+2348030001122")
        #expect(made["items"]?.stringValue == "2 x jollof")
        #expect(made["notes"]?.stringValue == "ring twice")
        #expect(made["totalAmount"]?.numberValue == 12500.5)
        #expect(made["currency"]?.stringValue == "NGN")
        #expect(made["status"]?.stringValue == "pending")
        let id = try #require(made["id"]?.stringValue)
        let orderID = try #require(made["orderId"]?.stringValue)
        #expect(made.headers["location"] == "/api/orders/\(id)")
        #expect(orderID.hasPrefix("MAM-") && orderID.hasSuffix("-001") && orderID.count == 16)
        for name in [id, orderID] { #expect(try await client.get("/api/orders/\(name)").text == made.text) }

        let changed = try await client.patch(
            "/api/orders/\(orderID)",
            ["address": "1 New Road", "totalAmount": nil],
            ["If-Match": "\"1\""]
        )
        #expect(changed.status == 200, "\(changed)")
        #expect(changed.headers["etag"] == "\"2\"")
        #expect(changed["address"]?.stringValue == "1 New Road" && changed["totalAmount"] == .null)
        #expect(changed["notes"]?.stringValue == "ring twice")
        let stale = try await client.patch(
            "/api/orders/\(id)",
            ["address": "2 Old Road"],
            ["If-Match": "\"1\""]
        )
        #expect(stale.status == 412 && stale.headers["etag"] == "\"2\"")

        for (status, expected) in [
            ("out_for_delivery", 409), ("processing", 200), ("processing", 409), ("out_for_delivery", 200),
            ("delivered", 200),
            ("cancelled", 409),
        ] {
            let answer = try await client.post(
                "/api/orders/\(id)/status",
                ["status": .string(status), "deliveryPerson": "Tunde"]
            )
            #expect(answer.status == expected, "\(status): \(answer)")
        }
        let delivered = try await client.get("/api/orders/\(id)")
        #expect(
            delivered["deliveredAt"]?.stringValue != nil
                && delivered["deliveryPerson"]?.stringValue == "Tunde"
        )
        #expect(try await client.patch("/api/orders/\(id)", ["address": "x"]).code == "order_final")

        let events = try await client.get("/api/orders/\(id)/events")["events"]?.arrayValue ?? []
        #expect(
            events.map { $0["event"]?.stringValue } == ["created", "changed", "status", "status", "status"]
        )
        #expect(events.last?["fromStatus"]?.stringValue == "out_for_delivery")
        #expect(try await client.delete("/api/orders/\(id)").status == 204)
        #expect(try await client.get("/api/orders/\(id)").status == 404)
        #expect(
            try await fixture.psql("SELECT count(*) FROM orders WHERE deleted_at IS NOT NULL") == "1"
        )
    }

    @Test func `all problems of an order are told at once`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        let business = try await fixture.business(of: client)
        let answer = try await client.post(
            "/api/businesses/\(business)/orders",
            [
                "customerName": " ", "customerPhone": "---",
                "items": [["name": "", "quantity": 0, "unitPrice": -1]],
                "totalAmount": 0, "deliveryDate": "2026-02-30", "extra": true,
            ]
        )
        #expect(answer.status == 400)
        #expect(answer.code == "invalid_request")
        #expect(
            Set(answer.fields?.keys ?? []) == [
                "customerName", "customerPhone", "address", "items[0].name", "items[0].quantity",
                "items[0].unitPrice", "totalAmount",
                "deliveryDate", "extra",
            ]
        )
    }

    @Test func `the same Idempotency-Key makes one order, also at the same time`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        let business = try await fixture.business(of: client)
        var keyed = client
        keyed.headers = ["Idempotency-Key": "k-1"]
        let repeating = keyed
        let answers = try await withThrowingTaskGroup(of: APIClient.Answer.self) { group in
            for _ in 0..<8 { group.addTask { try await fixture.order(of: repeating, in: business) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 201 })
        #expect(Set(answers.map { $0["id"] }).count == 1)
        #expect(try await fixture.psql("SELECT count(*) FROM orders") == "1")
        let other = try await fixture.order(of: repeating, in: business, ["notes": "another"])
        #expect(other.status == 409 && other.code == "idempotency_key_reused")
        try await fixture.psql("UPDATE idempotency_keys SET expires_at = now()")
        #expect(try await fixture.order(of: repeating, in: business, ["notes": "another"]).status == 201)
        let stranger = try await fixture.signedIn(.admin)
        var strangers = stranger
        strangers.headers = ["Idempotency-Key": "k-1"]
        #expect(try await fixture.order(of: strangers, in: business).status == 201)
    }

    @Test func `orders made at the same time get numbers without a gap`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        let business = try await fixture.business(of: client)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await fixture.order(of: client, in: business).status } }
            for try await status in group { #expect(status == 201) }
        }
        let numbers = try await fixture.psql("SELECT right(order_id, 3)::int FROM orders ORDER BY 1")
        #expect(numbers == (1...20).map(String.init).joined(separator: "\n"))
    }

    @Test func `pages hold every order once, newest first, and filters narrow them`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        let business = try await fixture.business(of: client)
        // Half of them at the very same time.
        try await fixture.psql(
            """
            INSERT INTO orders (order_id, business_id, customer_name, customer_phone, address, items_text, source, submitted_by, created_at, status, delivered_at)
            SELECT next_order_id('\(business)'), '\(business)', 'Customer ' || n, '+23480300' || lpad(n::text, 5, '0'), 'Street', 'x', 'whatsapp',
                   CASE WHEN n % 2 = 0 THEN 'Ada' ELSE 'Bola' END, now() - (n / 20) * interval '1 hour',
                   CASE WHEN n % 5 = 0 THEN 'delivered' ELSE 'pending' END, CASE WHEN n % 5 = 0 THEN now() END
            FROM generate_series(1, 50) AS n
            """
        )
        var seen: [String] = []
        var cursor = ""
        repeat {
            let page = try await client.get("/api/businesses/\(business)/orders?limit=7\(cursor)")
            #expect(page.status == 200, "\(page)")
            let orders = page["orders"]?.arrayValue ?? []
            seen += orders.compactMap { $0["createdAt"]?.stringValue.map { time in "\(time)" } }
            cursor = page["next"]?.stringValue.map { "&cursor=\($0)" } ?? ""
        } while !cursor.isEmpty
        #expect(seen.count == 50)
        #expect(seen == seen.sorted(by: >))
        func count(_ query: String) async throws -> Int? {
            try await client.get("/api/businesses/\(business)/orders?limit=100&\(query)")["orders"]?
                .arrayValue?.count
        }
        #expect(try await count("status=delivered") == 10)
        #expect(try await count("submittedBy=Ada") == 25)
        #expect(try await count("q=customer%207") == 1)
        // The beginning of ten numbers, as people write it.
        #expect(try await count("q=0803000004") == 10)
        #expect(try await count("q=08030000042") == 1)
        #expect(try await count("q=%25") == 0)
        #expect(try await count("from=2100-01-01T00:00:00Z") == 0)
        #expect(try await count("to=2100-01-01T00:00:00%2B01:00") == 50)
        #expect(try await count("deliveryDate=2026-01-01") == 0)
        let wrong = try await client.get(
            "/api/businesses/\(business)/orders?limit=0&cursor=x&status=lost&foo=1"
        )
        #expect(Set(wrong.fields?.keys ?? []) == ["limit", "status", "foo"])
        #expect(
            try await client.get("/api/businesses/\(business)/orders?cursor=AAAA").fields?["cursor"] != nil
        )
    }

    @Test func `others see nothing, viewers change nothing, administrators may all`() async throws {
        let fixture = try await APIFixture()
        let owner = try await fixture.signedIn()
        let stranger = try await fixture.signedIn()
        let viewer = try await fixture.signedIn()
        let staff = try await fixture.signedIn()
        let admin = try await fixture.signedIn(.admin)
        let business = try await fixture.business(of: owner)
        for (user, role) in [(viewer, "viewer"), (staff, "staff")] {
            try await fixture.psql(
                "INSERT INTO business_members (business_id, user_id, member_role) VALUES ('\(business)', '\(user.userID)', '\(role)')"
            )
        }
        let made = try await fixture.order(of: owner, in: business)
        let path = "/api/orders/\(made["id"]?.stringValue ?? "")"
        func statuses(_ client: APIClient) async throws -> [Int] {
            [
                try await client.get(path).status,
                try await client.get("/api/businesses/\(business)/orders").status,
                try await client.get("/api/businesses/\(business)/orders.csv").status,
                try await client.get("/api/businesses/\(business)/summary").status,
                try await client.patch(path, ["notes": "x"]).status,
                try await fixture.order(of: client, in: business).status,
                try await client.patch("/api/businesses/\(business)", ["name": "Y"]).status,
                try await client.delete(
                    "/api/orders/\(try await fixture.order(of: owner, in: business)["id"]?.stringValue ?? "")"
                ).status,
            ]
        }
        #expect(try await statuses(stranger) == [404, 404, 404, 404, 404, 404, 404, 404])
        #expect(try await statuses(viewer) == [200, 200, 200, 200, 403, 403, 403, 403])
        #expect(try await statuses(staff) == [200, 200, 200, 200, 200, 201, 403, 403])
        #expect(try await statuses(admin) == [200, 200, 200, 200, 200, 201, 200, 204])
        #expect(try await statuses(owner) == [200, 200, 200, 200, 200, 201, 200, 204])
        #expect(try await statuses(fixture.anonymous) == [401, 401, 401, 401, 401, 401, 401, 401])
        #expect(try await stranger.get("/api/businesses")["businesses"]?.arrayValue?.count == 0)
        #expect(try await viewer.get("/api/businesses")["businesses"]?.arrayValue?.count == 1)
    }

    @Test func `a hundred orders move on together, each for itself`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        let business = try await fixture.business(of: client)
        let one = try await fixture.order(of: client, in: business)["id"]?.stringValue ?? ""
        let two = try await fixture.order(of: client, in: business)["orderId"]?.stringValue ?? ""
        _ = try await client.post("/api/orders/\(two)/status", ["status": "cancelled", "reason": "no stock"])
        let unknown = "QWE-20260610-999"
        let answer = try await client.post(
            "/api/orders/bulk-status",
            ["ids": [.string(one), .string(two), .string(unknown)], "status": "processing"]
        )
        #expect(answer.status == 200, "\(answer)")
        let results = answer["results"]?.arrayValue ?? []
        #expect(results.map { $0["ok"]?.boolValue } == [true, false, false])
        #expect(results.map { $0["code"]?.stringValue } == [nil, "status_not_possible", "not_found"])
        let many = JSONValue.array((0...100).map { _ in .string(one) })
        #expect(
            try await client.post("/api/orders/bulk-status", ["ids": many, "status": "processing"]).status
                == 400
        )
        #expect(try await client.get("/api/orders/\(two)")["cancelReason"]?.stringValue == "no stock")
    }

    @Test func `an export of any size holds every order, safe for spreadsheets`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        let business = try await fixture.business(of: client)
        try await fixture.psql(
            """
            INSERT INTO orders (order_id, business_id, customer_name, customer_phone, address, items_text, source, total_amount)
            SELECT next_order_id('\(business)'), '\(business)', '=cmd|'' /C calc''!A0', '+2348030001122', E'12, "Allen"\\nIkeja', '-2+3', 'api', 1250.5
            FROM generate_series(1, 1234)
            """
        )
        let answer = try await client.get("/api/businesses/\(business)/orders.csv")
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "text/csv; charset=utf-8")
        #expect(answer.headers["content-disposition"]?.hasPrefix("attachment; filename=\"orders-MAM") == true)
        let rows = answer.text.split(separator: "\r\n", omittingEmptySubsequences: true)
        #expect(rows.count == 1235)
        #expect(
            rows.dropFirst().allSatisfy {
                $0.contains(
                    "'=cmd|' /C calc'!A0,'+2348030001122,\"12, \"\"Allen\"\"\nIkeja\",'-2+3,1250.50,NGN"
                ) || $0.contains("1250.50,,")
            }
        )
        #expect(Set(rows.dropFirst().map { $0.prefix { $0 != "," } }).count == 1234)
    }

    @Test func `a summary counts the day of the business's own clock`() async throws {
        let fixture = try await APIFixture()
        let client = try await fixture.signedIn()
        // The zone whose day is furthest ahead, and one whose day is furthest behind: their days differ at every hour.
        let ahead = try await fixture.business(of: client, ["timezone": "Pacific/Kiritimati"])
        let behind = try await fixture.business(of: client, ["timezone": "Pacific/Pago_Pago"])
        for (business, zone) in [(ahead, "Pacific/Kiritimati"), (behind, "Pacific/Pago_Pago")] {
            try await fixture.psql(
                """
                INSERT INTO orders (order_id, business_id, customer_name, customer_phone, address, items_text, source, total_amount, submitted_by, status, created_at, cancelled_at)
                SELECT next_order_id('\(business)'), '\(business)', 'C', phone, 'S', 'x', 'api', amount, 'Ada', status,
                       (date_trunc('day', now() AT TIME ZONE '\(zone)') + shift) AT TIME ZONE '\(zone)', CASE WHEN status = 'cancelled' THEN now() END
                FROM (VALUES ('+2348030001122', 100.50, 'pending', interval '0'), ('+2348030001122', 200, 'pending', '23:59:59.999'),
                    ('+2348030001133', 1000, 'cancelled', '12:00'), ('+2348030001144', 7, 'pending', '-0.001 seconds'),
                    ('+2348030001144', 7, 'pending', '24:00')) AS o (phone, amount, status, shift)
                """
            )
            let day = try await client.get("/api/businesses/\(business)/summary?range=day")
            #expect(day.status == 200, "\(day)")
            #expect(day["orders"]?.integerValue == 3)
            #expect(
                day["byStatus"]?["pending"]?.integerValue == 2
                    && day["byStatus"]?["cancelled"]?.integerValue == 1
            )
            #expect(day["revenue"]?.numberValue == 300.5 && day["averageValue"]?.numberValue == 150.25)
            #expect(day["customers"]?.integerValue == 2)
            #expect(day["bySubmitter"]?.arrayValue?.first?["orders"]?.integerValue == 3)
            #expect(day["timezone"]?.stringValue == zone)
        }
    }

    @Test func `a summary is fresh after every change, in every process`() async throws {
        let fixture = try await APIFixture()
        let second = try ListeningSocket()
        let other = try fixture.worker.start("api", extra: fixture.variables, listening: second.descriptor)
        try await eventually("the second process is ready") {
            (try? await get("/health/ready", port: second.port).status) == 200
        }
        let client = try await fixture.signedIn()
        var there = client
        there = APIClient(port: second.port, cookie: client.cookie)
        let business = try await fixture.business(of: client)
        let reader = there
        for number in 1...5 as ClosedRange<Int64> {
            #expect(try await fixture.order(of: client, in: business).status == 201)
            try await eventually("both processes count \(number)", within: .seconds(30)) {
                let counts = [
                    try await client.get("/api/businesses/\(business)/summary")["orders"]?.integerValue,
                    try await reader.get("/api/businesses/\(business)/summary")["orders"]?.integerValue,
                ]
                return counts == [number, number]
            }
        }
        let metrics = try await get("/metrics", port: second.port)
        #expect(metrics.body.contains("novi_cache_misses_total"))
        other.kill()
    }
}

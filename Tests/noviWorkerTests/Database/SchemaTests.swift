import Glibc
import Logging
import Postgres
import PostgresFixture
import Testing

@testable import noviWorker

/// What the database itself enforces, whoever writes to it.
@Suite struct SchemaTests {
    private static let root = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }
    private static let golden = "\(root)/Tests/Fixtures/schema.sql"

    /// A user, a business of theirs and an order, by fixed ids.
    private func populated() async throws -> TestDatabase {
        let database = try await NoviDatabase.make()
        try await database.psql(Self.population)
        return database
    }

    private static let population = """
        INSERT INTO users (id, email, full_name, password_hash)
        VALUES ('00000000-0000-0000-0000-000000000001', 'Ann@example.com', 'Ann', 'x');
        INSERT INTO businesses (id, owner_id, name, short_code, setup_identifier)
        VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'Cakes', 'CAK123', 'cakes-CAK123');
        INSERT INTO business_members VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'owner');
        INSERT INTO orders (id, order_id, business_id, customer_name, customer_phone, address, items_text, source)
        VALUES ('00000000-0000-0000-0000-000000000003', 'CAK-20260610-001', '00000000-0000-0000-0000-000000000002',
            'Bo', '+2348030001122', '1 Main Street', '2 cakes', 'api');
        """

    /// What the server says against a statement; `nil` when it does it.
    private func refusal(_ database: TestDatabase, _ statement: String) async -> String? {
        do {
            try await database.psql(statement)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `the schema is the golden one`() async throws {
        let database = try await NoviDatabase.make()
        let programs = try PostgresPrograms.folder()
        let scratch = try ScratchFolder()
        let dump = "\(scratch.path)/dump"
        let code = try await runToEnd(
            [
                "\(programs)/pg_dump", "--schema-only", "--no-owner", "--no-privileges", "-h",
                database.server.folder,
                "-U", "postgres", database.name,
            ],
            logPath: dump
        )
        #expect(code == 0)
        // Without what says only which program dumped which server.
        let lines = contents(of: dump).split(separator: "\n").filter { line in
            !["--", "SET ", "\\restrict", "\\unrestrict", "SELECT pg_catalog.set_config"].contains {
                line.hasPrefix($0)
            }
        }
        let schema = lines.joined(separator: "\n") + "\n"
        if getenv("NOVI_UPDATE_GOLDEN") != nil { try replaceFile(Self.golden, with: schema) }
        let expected = contents(of: Self.golden)
        #expect(
            schema == expected,
            "look at the difference, then run this test with NOVI_UPDATE_GOLDEN=1: \(difference(schema, expected))"
        )
    }

    private func contents(of path: String) -> String { text(of: path) }

    private func difference(_ one: String, _ other: String) -> String {
        let (one, other) = (one.split(separator: "\n"), other.split(separator: "\n"))
        let lines = one.difference(from: other).prefix(10).map { change in
            switch change {
            case .insert(_, let line, _): "+ \(line)"
            case .remove(_, let line, _): "- \(line)"
            }
        }
        return lines.joined(separator: "\n")
    }

    @Test func `up, down and up again work on a database with data`() async throws {
        let database = try await populated()
        var options = Migrator.Options()
        options.allowsDestructive = true
        let settings = ConnectionSettings(address: database.address())
        let migrator = try Migrator(NoviMigrations.all(), settings: settings, options: options)
        let count = try NoviMigrations.all().count
        for migration in try NoviMigrations.all().reversed() {
            #expect(try await migrator.down().map(\.migration) == [migration])
            #expect(try await migrator.up(to: migration.version).count == 1)
            #expect(try await migrator.down().count == 1)
        }
        let left =
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v')"
        #expect(try await database.psql(left) == "1", "only schema_migrations is left")
        #expect(
            try await database.psql(
                "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            ) == "0"
        )
        #expect(try await migrator.up().count == count)
        try await database.psql(Self.population)
    }

    /// What a page costs on the disks of today's servers.
    ///
    /// By the default, which is for rotating ones, twenty rows by the index and a thousand in a row cost the same, and the planner
    /// takes the one or the other by its sample.
    private static let solidState = "SET random_page_cost = 1.1;"

    @Test func `the documented join uses its index over 100,000 orders`() async throws {
        let database = try await NoviDatabase.make()
        try await database.psql(
            """
            INSERT INTO users (id, email, full_name, password_hash)
            SELECT ('00000000-0000-0000-0001-' || lpad(n::text, 12, '0'))::uuid, n || '@example.com', 'User ' || n, 'x'
            FROM generate_series(1, 50) AS n;
            INSERT INTO businesses (id, owner_id, name, short_code, setup_identifier)
            SELECT ('00000000-0000-0000-0002-' || lpad(n::text, 12, '0'))::uuid, ('00000000-0000-0000-0001-' || lpad(n::text, 12, '0'))::uuid,
                'Business ' || n, 'B' || lpad(n::text, 5, '0'), 'b-B' || n FROM generate_series(1, 50) AS n;
            INSERT INTO orders (order_id, business_id, customer_name, customer_phone, address, items_text, source, created_at, deleted_at)
            SELECT 'ABC-20260610-' || lpad(n::text, 6, '0'), ('00000000-0000-0000-0002-' || lpad((n % 50 + 1)::text, 12, '0'))::uuid,
                'Customer ' || n, '+23480' || lpad(n::text, 8, '0'), 'Street ' || n, 'cake', 'api',
                '2026-06-10'::timestamptz - n * interval '5 minutes', CASE WHEN n % 17 = 0 THEN now() END
            FROM generate_series(1, 100000) AS n;
            ANALYZE;
            """
        )
        let plan = try await database.psql(
            """
            \(Self.solidState) EXPLAIN (COSTS OFF) SELECT o.*, b.name AS business_name FROM orders AS o JOIN businesses AS b ON b.id = o.business_id
            WHERE o.business_id = '00000000-0000-0000-0002-000000000007' AND o.created_at >= '2026-01-01' AND o.deleted_at IS NULL
            ORDER BY o.created_at DESC, o.id DESC LIMIT 20
            """
        )
        #expect(plan.contains("Index Scan using orders_newest on orders"), "\(plan)")
        #expect(!plan.contains("Seq Scan on orders"), "\(plan)")
        #expect(!plan.contains("Sort"), "\(plan)")
        // The next page, from the last row of this one.
        let next = try await database.psql(
            """
            \(Self.solidState) EXPLAIN (COSTS OFF) SELECT o.* FROM orders AS o WHERE o.business_id = '00000000-0000-0000-0002-000000000007'
            AND o.deleted_at IS NULL AND (o.created_at, o.id) < ('2026-03-01', '00000000-0000-0000-0000-000000000001')
            ORDER BY o.created_at DESC, o.id DESC LIMIT 20
            """
        )
        #expect(next.contains("Index Scan using orders_newest on orders"), "\(next)")
        #expect(!next.contains("Sort"), "\(next)")
    }

    @Test(arguments: ["pending", "processing", "out_for_delivery", "delivered", "cancelled"])
    func `an order goes only where its state leads`(_ first: String) async throws {
        let leads: [String: Set<String>] = [
            "pending": ["processing", "delivered", "cancelled"],
            "processing": ["out_for_delivery", "cancelled"],
            "out_for_delivery": ["delivered", "cancelled"], "delivered": [], "cancelled": [],
        ]
        let way: [String: [String]] = [
            "pending": [], "processing": ["processing"],
            "out_for_delivery": ["processing", "out_for_delivery"],
            "delivered": ["delivered"], "cancelled": ["cancelled"],
        ]
        let database = try await populated()
        for status in way[first] ?? [] { try await database.psql("UPDATE orders SET status = '\(status)'") }
        for next in leads.keys where next != first {
            let told = await refusal(database, "BEGIN; UPDATE orders SET status = '\(next)'; ROLLBACK")
            #expect(
                (told == nil) == leads[first]?.contains(next),
                "\(first) to \(next): \(told ?? "allowed")"
            )
        }
    }

    @Test func `a refused step is told by the constraint's name, and every change counts the version`()
        async throws
    {
        let database = try await populated()
        let pool = DatabasePool(
            ConnectionSettings(address: database.address()),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        pool.start()
        defer { pool.close() }
        try await pool.execute("UPDATE orders SET status = 'delivered'")
        let row = try await pool.query("SELECT version, delivered_at IS NOT NULL AS told FROM orders").only()
        #expect(try row["version"] == 2)
        #expect(try row["told"] == true)
        do {
            try await pool.execute("UPDATE orders SET status = 'pending'")
            Issue.record("not refused")
        } catch {
            #expect(error.sqlState == .checkViolation)
            #expect(error.constraint == "orders_status_machine")
        }
        // Somebody who saw version 1 changes nothing.
        #expect(try await pool.execute("UPDATE orders SET notes = 'x' WHERE version = \(1)") == 0)
        try await pool.execute(
            "UPDATE orders SET order_id = 'XXX-20260610-009', created_at = now(), notes = 'y'"
        )
        #expect(try await pool.query("SELECT order_id FROM orders").only()["order_id"] == "CAK-20260610-001")
    }

    @Test(arguments: [
        "UPDATE orders SET customer_phone = '0803'", "UPDATE orders SET total_amount = 0",
        "UPDATE orders SET address = ''",
        "UPDATE orders SET customer_name = ' '", "UPDATE orders SET items_text = NULL",
        "UPDATE orders SET order_id = NULL",
        "INSERT INTO order_items (order_id, position, name, quantity) VALUES ('00000000-0000-0000-0000-000000000003', 1, 'x', 0)",
        "INSERT INTO users (email, full_name, password_hash) VALUES ('ANN@EXAMPLE.COM', 'x', 'x')",
        "INSERT INTO users (email, full_name, password_hash, role) VALUES ('b@c.d', 'x', 'x', 'root')",
        "INSERT INTO sessions (token_hash, user_id, expires_at) VALUES ('short', '00000000-0000-0000-0000-000000000001', now())",
        "DELETE FROM users", "DELETE FROM businesses",
        "INSERT INTO contacts (business_id) VALUES ('00000000-0000-0000-0000-000000000002')",
    ])
    func `rows that make no sense are refused`(_ statement: String) async throws {
        let database = try await populated()
        if statement.contains("order_id = NULL") {
            // It is kept as it was instead: the id never changes.
            #expect(await refusal(database, statement) == nil)
        } else {
            #expect(await refusal(database, statement) != nil)
        }
    }

    @Test func `order ids count by the business's own day, without gaps or doubles`() async throws {
        let database = try await populated()
        let id = "'00000000-0000-0000-0000-000000000002'"
        // 23:30 UTC is half past midnight in Lagos.
        #expect(
            try await database.psql("SELECT next_order_id(\(id), '2026-06-10 23:30+00')")
                == "CAK-20260611-001"
        )
        #expect(
            try await database.psql("SELECT next_order_id(\(id), '2026-06-10 22:30+00')")
                == "CAK-20260610-001"
        )
        let pool = DatabasePool(
            ConnectionSettings(address: database.address()),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        pool.start()
        defer { pool.close() }
        let ids = await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<60 {
                group.addTask {
                    try await pool.withTransaction { connection in
                        let row = try await connection.query(
                            "SELECT next_order_id('00000000-0000-0000-0000-000000000002', '2026-07-01 12:00+00') AS id"
                        ).only()
                        if number % 3 == 0 { throw CancellationError() }
                        return try row["id"]
                    }
                }
            }
            var ids: [String] = []
            while let result = await group.nextResult() {
                if case .success(let id) = result { ids.append(id) }
            }
            return ids
        }
        #expect(ids.sorted() == (1...40).map { "CAK-20260701-0\($0 < 10 ? "0" : "")\($0)" })
        try await database.psql("UPDATE order_counters SET last = 999 WHERE business_day = '2026-07-01'")
        #expect(
            try await database.psql("SELECT next_order_id(\(id), '2026-07-01 12:00+00')")
                == "CAK-20260701-1000"
        )
    }

    @Test func `histories are only added to`() async throws {
        let database = try await populated()
        try await database.psql(
            """
            INSERT INTO order_events (order_id, actor_kind, event) VALUES ('00000000-0000-0000-0000-000000000003', 'user', 'created');
            INSERT INTO audit_log (actor, action) VALUES ('ann', 'login');
            """
        )
        for table in ["order_events", "audit_log"] {
            for statement in ["UPDATE \(table) SET actor = 'x'", "DELETE FROM \(table)", "TRUNCATE \(table)"]
            {
                #expect(await refusal(database, statement)?.contains("append only") == true, "\(statement)")
            }
        }
        // What is purged takes its history with it.
        try await database.psql("DELETE FROM orders")
        #expect(try await database.psql("SELECT count(*) FROM order_events") == "0")
    }

    @Test func `the audit log's chain holds under load and shows every change by force`() async throws {
        let database = try await NoviDatabase.make()
        let pool = DatabasePool(
            ConnectionSettings(address: database.address()),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        pool.start()
        defer { pool.close() }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    _ = try? await pool.withTransaction { connection in
                        try await connection.execute(
                            "INSERT INTO audit_log (actor, action, ip, detail) VALUES ('a', \("act \(number)"), '10.0.0.1', '{\"n\": 1}')"
                        )
                        if number % 3 == 0 { throw CancellationError() }
                    }
                }
            }
        }
        #expect(try await database.psql("SELECT count(*), min(id), max(id) FROM audit_log") == "40|1|40")
        #expect(try await database.psql("SELECT first_broken_audit_entry() IS NULL") == "t")
        for (change, place) in [
            ("UPDATE audit_log SET actor = 'b' WHERE id = 7", "7"),
            ("DELETE FROM audit_log WHERE id = 9", "10"),
            ("DELETE FROM audit_log WHERE id = 40", "40"),
            ("UPDATE audit_log SET at = at + interval '1 us' WHERE id = 3", "3"),
        ] {
            let found = try await database.psql(
                "BEGIN; SET LOCAL session_replication_role = replica; \(change); SELECT first_broken_audit_entry(); ROLLBACK"
            )
            #expect(found == place, "\(change)")
        }
    }

    @Test func `a bucket is shared and refills after its window`() async throws {
        let database = try await NoviDatabase.make()
        let pool = DatabasePool(
            ConnectionSettings(address: database.address()),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        pool.start()
        defer { pool.close() }
        let allowed = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await pool.query(
                        "SELECT allowed FROM take_from_bucket('login', '10.0.0.1', \(5), '15 minutes')"
                    ).only()["allowed"]
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(allowed == 5)
        let other = "SELECT allowed, remaining FROM take_from_bucket('login', '10.0.0.2', 5, '15 minutes')"
        #expect(try await database.psql(other) == "t|4")
        try await database.psql("UPDATE rate_buckets SET resets_at = now() - interval '1 second'")
        #expect(try await database.psql(other) == "t|4")
    }

    @Test func `an old bridge cannot claim, and a chat has one message under way`() async throws {
        let database = try await NoviDatabase.make()
        try await database.psql(
            """
            INSERT INTO outbound_messages (provider, chat_ref, dedupe_key, body) VALUES
            ('cloud', 'c', 'one', 'x'), ('cloud', 'c', 'two', 'x'), ('cloud', 'd', 'three', 'x')
            """
        )
        func claim(_ key: String, _ fence: String) -> String {
            "UPDATE outbound_messages SET state = 'sending', fence = \(fence) WHERE dedupe_key = '\(key)'"
        }
        #expect(await refusal(database, claim("one", "1"))?.contains("out of date") == true)
        let fence = try await database.psql("SELECT take_bridge_lease('cloud', 'one')")
        try await database.psql(claim("one", fence))
        #expect(await refusal(database, claim("two", fence))?.contains("one_under_way") == true)
        let newer = try await database.psql("SELECT take_bridge_lease('cloud', 'two')")
        #expect(await refusal(database, claim("three", fence))?.contains("out of date") == true)
        try await database.psql(claim("three", newer))
        for (state, isAllowed) in [
            ("delivered", true), ("sent", false), ("read", true), ("delivered", false), ("queued", false),
            ("failed", true),
        ] {
            let told = await refusal(
                database,
                "UPDATE outbound_messages SET state = '\(state)' WHERE dedupe_key = 'one'"
            )
            #expect((told == nil) == isAllowed, "\(state): \(told ?? "allowed")")
        }
    }

    @Test func `a message comes in once and its parts become one order each`() async throws {
        let database = try await populated()
        let message = """
            INSERT INTO inbound_messages (id, provider, external_id, chat_ref, sender_ref, body)
            VALUES ('00000000-0000-0000-0000-00000000000a', 'cloud', 'wamid.1', 'c', 's', 'x')
            """
        try await database.psql(message)
        #expect(await refusal(database, message.replacing("00000a", with: "00000b")) != nil)
        let order = """
            INSERT INTO orders (order_id, business_id, customer_name, customer_phone, address, items_text, source, inbound_message_id, inbound_part) \
            VALUES ('CAK-20260610-00N', '00000000-0000-0000-0000-000000000002', 'Bo', '+2348030001122', 'x', 'y', 'whatsapp', \
            '00000000-0000-0000-0000-00000000000a', P)
            """
        func insert(_ number: Int, part: Int) -> String {
            order.replacing("00N", with: "00\(number)").replacing(", P)", with: ", \(part))")
        }
        try await database.psql(insert(2, part: 1))
        try await database.psql(insert(3, part: 2))
        #expect(await refusal(database, insert(4, part: 1))?.contains("orders_inbound_message") == true)
    }
}

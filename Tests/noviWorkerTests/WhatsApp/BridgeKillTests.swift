import Glibc
import PostgresFixture
import Shared
import Testing
import WorkerSupport

@testable import noviWorker

/// The bridge killed at random while messages come in: none is lost, none becomes two orders, no confirmation goes out twice.
@Suite struct BridgeKillTests {
    private static func number(_ name: String, _ usual: Int) -> Int {
        getenv(name).flatMap { Int(String(cString: $0)) } ?? usual
    }

    /// 8 kills during 200 messages in every run; `NOVI_KILLS=200 NOVI_MESSAGES=5000` for the long one.
    @Test func `a bridge that is killed again and again loses and doubles nothing`() async throws {
        let kills = Self.number("NOVI_KILLS", 8)
        let messages = Self.number("NOVI_MESSAGES", 200)
        let worker = try await WorkerProgram()
        let database = try await NoviDatabase.make()
        try await database.psql(
            """
            WITH owner AS (INSERT INTO users (email, full_name, password_hash) VALUES ('o@shop.example', 'Owner', 'none') RETURNING id),
            business AS (
                INSERT INTO businesses (owner_id, name, short_code, setup_identifier)
                SELECT id, 'Big Cakes', 'BIG', 'bigcakes-ABC123' FROM owner RETURNING id
            )
            INSERT INTO chats (business_id, provider, external_id, kind)
            SELECT business.id, 'simulator', 'sales-' || n || '@g.us', 'direct' FROM business, generate_series(0, 9) n
            """
        )
        let variables = [
            "DATABASE_URL": NoviDatabase.url(of: database), "NOVI_OUTBOX_UNKNOWN_WAIT": "2000",
            "NOVI_ENV": "production",
            "NOVI_MIGRATE": "never",
        ]
        var program = try worker.start("whatsapp", extra: variables)
        async let deliveries: Void = deliver(messages, worker)
        for _ in 0..<kills {
            try? await Task.sleep(for: .milliseconds(Int.random(in: 50...900)))
            program.kill()
            program = try worker.start("whatsapp", extra: variables)
        }
        try await deliveries
        try await eventually("everything is done: \(program.log.suffix(1000))", within: .seconds(120)) {
            try await database.psql(
                """
                SELECT (SELECT count(*) FROM inbound_messages WHERE processed_at IS NULL)
                    + (SELECT count(*) FROM outbound_messages WHERE state IN ('queued', 'sending', 'unknown', 'failed'))
                """
            ) == "0"
        }
        #expect(try await database.psql("SELECT count(*) FROM inbound_messages") == "\(messages)")
        #expect(
            try await database.psql("SELECT count(*), count(DISTINCT inbound_message_id) FROM orders")
                == "\(messages)|\(messages)"
        )
        #expect(
            try await database.psql(
                "SELECT count(*) FROM outbound_messages WHERE kind = 'confirmation' AND state IN ('sent', 'delivered', 'read')"
            ) == "\(messages)"
        )
        // What the phone really sent, by our own ids.
        let sent = text(of: "\(worker.scratch.path)/data-whatsapp/simulator-sent.ndjson").split(
            separator: "\n"
        )
        let ids = sent.compactMap { line in (try? JSONValue(parsing: Array(line.utf8)))?["id"]?.stringValue }
        #expect(ids.count == messages)
        #expect(Set(ids).count == messages)
        program.kill()
    }

    /// Says everything, each message until it is stored, as a phone would.
    private func deliver(_ count: Int, _ worker: WorkerProgram) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<4 {
                group.addTask {
                    for number in stride(from: lane, to: count, by: 4) {
                        let text =
                            "Name: Amara Nwosu\nPhone: 0803 000 \(1000 + number % 9000)\nAddress: 12 Allen Avenue, Ikeja\nItems: 2 cakes"
                        while true {
                            let told = try? await worker.client("whatsapp").call(
                                "com.novi.WhatsAppSimulator.Say",
                                [
                                    "text": .string(text), "chat": .string("sales-\(number % 10)@g.us"),
                                    "id": .string("message-\(number)"),
                                ],
                                timeout: .seconds(15)
                            )
                            if told != nil { break }
                            try await Task.sleep(for: .milliseconds(20))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

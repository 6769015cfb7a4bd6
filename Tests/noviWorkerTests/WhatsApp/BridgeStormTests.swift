import Glibc
import PostgresFixture
import Shared
import Testing
import WorkerSupport

@testable import noviWorker

/// The database away, and more messages at once than usual in a day: nothing is lost, nothing doubled, the worker stays small.
@Suite(.timeLimit(.minutes(20))) struct BridgeStormTests {
    private static func number(_ name: String, _ usual: Int) -> Int {
        getenv(name).flatMap { Int(String(cString: $0)) } ?? usual
    }

    private static func order(_ number: Int) -> String {
        "Name: Amara Nwosu\nPhone: 0803 000 \(1000 + number % 9000)\nAddress: 12 Allen Avenue, Ikeja\nItems: 2 cakes"
    }

    private static let business = """
        WITH owner AS (INSERT INTO users (email, full_name, password_hash) VALUES ('o@shop.example', 'Owner', 'none') RETURNING id),
        business AS (
            INSERT INTO businesses (owner_id, name, short_code, setup_identifier)
            SELECT id, 'Big Cakes', 'BIG', 'bigcakes-ABC123' FROM owner RETURNING id
        )
        INSERT INTO chats (business_id, provider, external_id, kind)
        SELECT business.id, 'simulator', 'person-' || n || '@c.us', 'direct' FROM business, generate_series(0, 19) n
        """

    private static let isDone = """
        SELECT (SELECT count(*) FROM inbound_messages WHERE processed_at IS NULL)
            + (SELECT count(*) FROM outbound_messages WHERE state IN ('queued', 'sending', 'unknown', 'failed'))
        """

    private static let counts = """
        SELECT (SELECT count(*) FROM inbound_messages), (SELECT count(*) FROM orders),
            (SELECT count(DISTINCT inbound_message_id) FROM orders),
            (SELECT count(*) FROM outbound_messages WHERE kind = 'confirmation' AND state IN ('sent', 'delivered', 'read'))
        """

    private func sentIDs(_ worker: WorkerProgram) -> [String] {
        ["simulator-sent.ndjson.1", "simulator-sent.ndjson"].flatMap { name in
            text(of: "\(worker.scratch.path)/data-whatsapp/\(name)").split(separator: "\n").compactMap {
                line in
                (try? JSONValue(parsing: Array(line.utf8)))?["id"]?.stringValue
            }
        }
    }

    /// One second in every run; `NOVI_OUTAGE=300` for the five minutes.
    @Test func `the database may be away: what was not confirmed comes again, and everything goes on`()
        async throws
    {
        let outage = Self.number("NOVI_OUTAGE", 1)
        let worker = try await WorkerProgram()
        let server = try await PostgresServer()
        let database = try await server.makeDatabase()
        let url = NoviDatabase.url(of: database)
        let code = try await runToEnd(
            [WorkerProgram.path, "migrate", "up"],
            environment: ["DATABASE_URL": url]
        )
        #expect(code == 0)
        try await database.psql(Self.business)
        let program = try worker.start("whatsapp", extra: ["DATABASE_URL": url])
        try await deliver(0..<20, worker)
        try await server.stop(.immediate)
        async let isDelivered: Void = deliver(20..<60, worker)
        try await eventually("the bridge says that the database is away") {
            let status = try? await worker.client("whatsapp").call(
                "com.novi.Worker.GetStatus",
                timeout: .seconds(5)
            )
            return status?["state"]?.stringValue == "degraded"
        }
        try await Task.sleep(for: .seconds(outage))
        #expect(program.isRunning)
        try await server.start()
        try await isDelivered
        try await eventually("everything is done; log: \(program.log.suffix(1000))") {
            try await database.psql(Self.isDone) == "0"
        }
        #expect(try await database.psql(Self.counts) == "60|60|60|60")
        let sent = sentIDs(worker)
        #expect(sent.count == 60 && Set(sent).count == 60)
        program.kill()
    }

    /// 1,000 in every run; `NOVI_BURST=10000` for the large one.
    @Test func `a burst is stored at once and worked off, in bounded memory`() async throws {
        let count = Self.number("NOVI_BURST", 1000)
        let worker = try await WorkerProgram()
        let database = try await NoviDatabase.make()
        try await database.psql(Self.business)
        let program = try worker.start("whatsapp", extra: ["DATABASE_URL": NoviDatabase.url(of: database)])
        try await deliver(0..<20, worker)
        let before = try await memory(worker)
        // More at once than the worker keeps connections for: whoever is turned away comes again, as Meta does.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<32 {
                group.addTask {
                    for number in stride(from: 20 + lane, to: count, by: 32) { try await say(number, worker) }
                }
            }
            try await group.waitForAll()
        }
        try await eventually("everything is done; log: \(program.log.suffix(1000))", within: .seconds(600)) {
            try await database.psql(Self.isDone) == "0"
        }
        #expect(try await database.psql(Self.counts) == "\(count)|\(count)|\(count)|\(count)")
        let growth = try await memory(worker) - before
        #expect(growth < 64 << 20, "\(growth >> 20) MiB more than before")
        program.kill()
    }

    private func memory(_ worker: WorkerProgram) async throws -> Int64 {
        let status = try await worker.client("whatsapp").call(
            "com.novi.Worker.GetStatus",
            timeout: .seconds(30)
        )
        return status["memory"]?["rss_bytes"]?.integerValue ?? 0
    }

    private func deliver(_ numbers: Range<Int>, _ worker: WorkerProgram) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<4 {
                group.addTask {
                    for number in numbers where number % 4 == lane { try await say(number, worker) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Says it until it is stored, as a provider delivers it again.
    private func say(_ number: Int, _ worker: WorkerProgram) async throws {
        while true {
            do {
                _ = try await worker.client("whatsapp").call(
                    "com.novi.WhatsAppSimulator.Say",
                    [
                        "text": .string(Self.order(number)), "chat": .string("person-\(number % 20)@c.us"),
                        "id": .string("message-\(number)"),
                    ],
                    timeout: .seconds(60)
                )
                return
            } catch {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}

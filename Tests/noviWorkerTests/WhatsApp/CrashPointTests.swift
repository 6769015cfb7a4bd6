import Glibc
import PostgresFixture
import Shared
import Testing
import WorkerSupport

@testable import noviWorker

/// The bridge killed between every two steps of a message: receive → commit → reply → send → status.
@Suite struct CrashPointTests {
    private static let order = """
        Name: Amara Nwosu
        Phone: 0803 000 1122
        Address: 12 Allen Avenue, Ikeja
        Items: 2 cakes
        """

    @Test(arguments: CrashPoint.allCases)
    func `a message becomes one order and one confirmation, wherever the bridge is killed`(
        _ point: CrashPoint
    ) async throws {
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
            SELECT business.id, 'simulator', 'person@c.us', 'direct' FROM business
            """
        )
        let variables = [
            "DATABASE_URL": NoviDatabase.url(of: database), "NOVI_OUTBOX_UNKNOWN_WAIT": "1000",
            "NOVI_MIGRATE": "never",
        ]
        let doomed = try worker.start(
            "whatsapp",
            extra: variables.merging(["NOVI_FAULTS": "1", "NOVI_CRASH_AT": point.rawValue]) { _, own in own }
        )
        async let isDelivered: Void = deliver(worker)
        #expect(try await doomed.waitForExit() == 128 + SIGKILL)
        // Until the next one is there: what was confirmed must be in the database, what was not comes again.
        let program = try worker.start("whatsapp", extra: variables)
        try await isDelivered
        try await eventually("everything is done; log: \(program.log.suffix(1000))") {
            try await database.psql(
                """
                SELECT (SELECT count(*) FROM inbound_messages WHERE processed_at IS NULL)
                    + (SELECT count(*) FROM outbound_messages WHERE state IN ('queued', 'sending', 'unknown', 'failed'))
                """
            ) == "0"
        }
        #expect(
            try await database.psql(
                """
                SELECT (SELECT count(*) FROM inbound_messages), (SELECT count(*) FROM orders),
                    (SELECT count(*) FROM outbound_messages WHERE kind = 'confirmation' AND state IN ('sent', 'delivered', 'read')),
                    (SELECT count(*) FROM outbound_messages WHERE state = 'dead')
                """
            ) == "1|1|1|0"
        )
        let sent = text(of: "\(worker.scratch.path)/data-whatsapp/simulator-sent.ndjson")
        #expect(sent.split(separator: "\n").count == 1)
        program.kill()
    }

    /// Says the order until it is confirmed, as a provider delivers it again.
    private func deliver(_ worker: WorkerProgram) async throws {
        let message: JSONObject = ["text": .string(Self.order), "chat": "person@c.us", "id": "message-1"]
        while true {
            do {
                _ = try await worker.client("whatsapp")
                    .call("com.novi.WhatsAppSimulator.Say", message, timeout: .seconds(30))
                return
            } catch {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}

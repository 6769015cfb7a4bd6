import Postgres
import PostgresFixture
import Testing

@Suite struct ListenerTests {
    /// A listener at work, and what its subscriber got so far.
    private final class Hearing: Sendable {
        let events = Collected<DatabaseListener.Event>()
        private let tasks: [Task<Void, Never>]

        init(_ address: DatabaseAddress, channels: [String] = ["orders", "other"]) {
            let limits = DatabasePoolLimits(
                createRetry: .milliseconds(20),
                createRetryMaximum: .milliseconds(100)
            )
            let listener = DatabaseListener(
                channels,
                settings: ConnectionSettings(address: address),
                limits: limits,
                log: TestPool.log
            )
            let stream = listener.events(on: ["orders"])
            let events = events
            tasks = [
                Task { await listener.run() }, Task { for await event in stream { events.append(event) } },
            ]
        }

        deinit { for task in tasks { task.cancel() } }

        /// The texts that arrived.
        var payloads: [String] {
            events.all.compactMap { event in
                if case .notification(let notification) = event { notification.payload } else { String?.none }
            }
        }

        var missed: Int { events.all.count { $0 == .missed } }
    }

    @Test func `what is notified arrives in order, once, on its channel only`() async throws {
        let database = try await PostgresServer.shared().makeDatabase()
        let hearing = Hearing(database.address())
        try await eventually("it listens") { hearing.missed == 1 }
        try await database.psql("NOTIFY other, 'no'; NOTIFY orders, 'a'; NOTIFY orders, 'é b'")
        try await eventually("both arrived") { hearing.payloads.count == 2 }
        #expect(hearing.payloads == ["a", "é b"])
        let test = TestPool(database)
        for number in 0..<300 { try await test.pool.query("SELECT pg_notify('orders', \(String(number)))") }
        try await eventually("all arrived") { hearing.payloads.count == 302 }
        #expect(hearing.payloads.dropFirst(2).elementsEqual((0..<300).map { String($0) }))
    }

    @Test func `after a loss it listens again and says that something may have been missed`() async throws {
        let server = try await PostgresServer()
        let hearing = Hearing(server.address(of: "postgres"))
        try await eventually("it listens") { hearing.missed == 1 }
        try await server.stop(.kill)
        try await server.start()
        try await eventually("it says so") { hearing.missed == 2 }
        try await server.psql("NOTIFY orders, 'again'", database: "postgres")
        try await eventually("it arrived") { hearing.payloads == ["again"] }
    }

    @Test func `the end of a listener ends its subscribers' streams`() async throws {
        let database = try await PostgresServer.shared().makeDatabase()
        let listener = DatabaseListener(
            ["orders"],
            settings: ConnectionSettings(address: database.address()),
            log: TestPool.log
        )
        let streams = (0..<3).map { _ in listener.events(on: ["orders"]) }
        let work = Task { await listener.run() }
        var first = streams[0].makeAsyncIterator()
        #expect(await first.next() == .missed)
        work.cancel()
        await work.value
        for stream in streams.dropFirst() {
            let events = await stream.reduce(into: []) { $0.append($1) }
            #expect(events == [.missed])
        }
        #expect(await first.next() == nil)
    }

    @Test func `a subscriber that is too slow is told that it missed something`() async throws {
        let database = try await PostgresServer.shared().makeDatabase()
        let limits = DatabasePoolLimits(checkInterval: .milliseconds(50))
        let listener = DatabaseListener(
            ["orders"],
            settings: ConnectionSettings(address: database.address()),
            limits: limits,
            log: TestPool.log
        )
        let slow = listener.events(on: ["orders"], capacity: 3)
        let quick = Collected<DatabaseListener.Event>()
        let stream = listener.events(on: ["orders"])
        let tasks = [
            Task { await listener.run() }, Task { for await event in stream { quick.append(event) } },
        ]
        try await eventually("it listens") { quick.all == [.missed] }
        try await database.psql("SELECT pg_notify('orders', n::text) FROM generate_series(1, 20) AS n")
        try await eventually("the quick one has all") { quick.all.count == 21 }
        var iterator = slow.makeAsyncIterator()
        #expect(await iterator.next() == .missed)
        guard case .notification(let first) = await iterator.next() else {
            Issue.record("no notification")
            return
        }
        #expect(first.payload == "1")
        _ = await iterator.next()
        #expect(await iterator.next() == .missed)
        for task in tasks { task.cancel() }
    }
}

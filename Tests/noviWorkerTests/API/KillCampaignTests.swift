import Glibc
import PostgresFixture
import Shared
import Synchronization
import Testing

@testable import noviWorker

/// What clients were told while API and database were killed under them.
private final class Promises: Sendable {
    private struct State {
        var orders: [String: String] = [:]
        var refusals: [Int: Int] = [:]
        var breaks = 0
        var isOver = false
    }

    private let state = Mutex(State())

    /// The order ids that were answered 201, by idempotency key.
    var orders: [String: String] { state.withLock { $0.orders } }
    var count: Int { state.withLock { $0.orders.count } }
    var refusals: [Int: Int] { state.withLock { $0.refusals } }
    var isOver: Bool { state.withLock { $0.isOver } }

    func promise(_ key: String, _ id: String) -> Bool {
        state.withLock { state in
            defer { state.orders[key] = id }
            return state.orders[key] == nil || state.orders[key] == id
        }
    }

    func refuse(_ status: Int) { state.withLock { $0.refusals[status, default: 0] += 1 } }
    func end() { state.withLock { $0.isOver = true } }
}

@Suite struct APIKillCampaignTests {
    /// Six kills in every run; `NOVI_KILLS=100` for more.
    @Test func `nothing that was answered 2xx is lost, and no key makes two orders, whatever is killed`()
        async throws
    {
        let kills = getenv("NOVI_KILLS").flatMap { Int(String(cString: $0)) } ?? 6
        let server = try await PostgresServer(settings: ["fsync": "on"])
        let fixture = try await APIFixture(on: server)
        let client = try await fixture.signedIn()
        let business = try await fixture.business(of: client)
        let promises = Promises()
        let second = try fixture.worker.start(
            "api",
            extra: fixture.variables,
            listening: fixture.listener.descriptor
        )
        async let clients: Void = withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask { try await makeOrders(number, fixture, client, business, promises) }
            }
            try await group.waitForAll()
        }
        // The last workers live on while their orders are counted.
        let workers: [RunningProgram]
        do {
            defer { promises.end() }
            workers = try await kill(kills, server, fixture, second, promises)
        }
        try await clients
        defer { for worker in workers { worker.kill() } }
        try await eventually("the API is back") {
            try await fixture.anonymous.get("/health/ready").status == 200
        }
        let promised = promises.orders
        let kept = Set(
            try await fixture.psql("SELECT id FROM orders").split(separator: "\n").map(String.init)
        )
        #expect(promised.count > kills, "the load was idle: \(promises.refusals)")
        let lost = promised.values.filter { !kept.contains($0) }
        #expect(lost.isEmpty, "\(lost.count) of \(promised.count) orders are lost")
        #expect(Set(promised.values).count == promised.count)
        let events = try await fixture.psql(
            "SELECT count(*) FROM orders WHERE (SELECT count(*) FROM order_events WHERE order_id = orders.id) <> 1"
        )
        #expect(events == "0")
        let keys = try await fixture.psql(
            "SELECT (SELECT count(*) FROM orders) - (SELECT count(*) FROM idempotency_keys)"
        )
        #expect(keys == "0")
        #expect(promises.refusals.keys.allSatisfy { $0 == 503 }, "\(promises.refusals)")
        #expect(try await fixture.psql("SELECT first_broken_audit_entry() IS NULL") == "t")
    }

    /// Sends each order until it is answered 201, as a client with an idempotency key does.
    private func makeOrders(
        _ number: Int,
        _ fixture: APIFixture,
        _ client: APIClient,
        _ business: String,
        _ promises: Promises
    ) async throws {
        var round = 0
        while !promises.isOver {
            round += 1
            let key = "client-\(number)-\(round)"
            var keyed = client
            keyed.headers = ["Idempotency-Key": key]
            while true {
                guard let answer = try? await fixture.order(of: keyed, in: business) else {
                    // Refused or cut off: nobody knows, so it is sent again.
                    try await Task.sleep(for: .milliseconds(20))
                    if promises.isOver { break }
                    continue
                }
                if answer.status == 201, let id = answer["id"]?.stringValue {
                    let isSame = promises.promise(key, id)
                    #expect(isSame, "\(key) made two orders")
                    break
                }
                promises.refuse(answer.status)
                try await Task.sleep(for: .milliseconds(20))
                if promises.isOver { break }
            }
        }
    }

    private func kill(
        _ kills: Int,
        _ server: PostgresServer,
        _ fixture: APIFixture,
        _ second: RunningProgram,
        _ promises: Promises
    ) async throws -> [RunningProgram] {
        var generator = SeededGenerator(seed: UInt64.random(in: 0 ... .max))
        var workers = [fixture.api, second]
        for number in 0..<kills {
            let before = promises.count
            try await eventually(
                "orders are made between kills \(number): \(promises.refusals)",
                within: .seconds(180)
            ) {
                promises.count >= before + 3
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...50, using: &generator)))
            if number % 2 == 0 {
                let index = Int.random(in: 0..<workers.count, using: &generator)
                workers[index].kill()
                workers[index] = try fixture.worker.start(
                    "api",
                    extra: fixture.variables,
                    listening: fixture.listener.descriptor
                )
            } else {
                try await server.stop(number % 4 == 1 ? .kill : .immediate)
                try await server.start()
            }
        }
        let before = promises.count
        try await eventually("orders are made after the last kill", within: .seconds(180)) {
            promises.count >= before + 3
        }
        return workers
    }
}

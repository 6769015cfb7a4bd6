import Postgres
import Shared
import Synchronization
import Testing
import WorkerSupport

@testable import noviWorker

@Suite struct HealthTests {
    @Test(arguments: [
        ("ready", "connected"), ("reconnecting", "reconnecting"), ("qr", "qr"), ("logged_out", "logged_out"),
        ("blocked", "blocked"), ("starting", "starting"), ("stopped", "disconnected"),
        ("failed", "disconnected"),
        (nil, "disconnected"),
    ])
    func `the bridge's state has a public word`(state: String?, word: String) {
        #expect(Health.word(forBridgeState: state) == word)
    }

    @Test(arguments: [
        (true, "connected", "healthy"), (true, "reconnecting", "degraded"), (false, "connected", "degraded"),
    ])
    func `only all of it is healthy`(database: Bool, whatsApp: String, status: String) {
        let health = Health(isDatabaseConnected: database, whatsApp: whatsApp)
        let body = health.body(timestamp: "2026-06-10T08:30:00.125Z", uptime: .milliseconds(1500))
        #expect(body["status"]?.stringValue == status)
        #expect(body["uptime"]?.numberValue == 1.5)
        #expect(body["timestamp"]?.stringValue == "2026-06-10T08:30:00.125Z")
    }

    @Test func `questions at the same time share one answer, later ones get a new one`() async throws {
        let asked = Mutex(0)
        let (gate, opened) = AsyncStream.makeStream(of: Void.self)
        let counting = VarlinkInterface(
            name: "com.novi.Worker",
            description: "interface com.novi.Worker\nmethod GetStatus() -> (state: string)\n",
            methods: [
                "GetStatus": { _ in
                    let isFirst = asked.withLock { asked in
                        asked += 1
                        return asked == 1
                    }
                    if isFirst { for await _ in gate {} }
                    return ["state": "ready"]
                }
            ]
        )
        let fake = try await ServedSocket(only: [counting])
        let log = WorkerLog(app: "test", deployment: .production)
        let database = DatabasePool(ConnectionSettings(address: DatabaseAddress([])), log: log.operations)
        let probe = HealthProbe(database: database, whatsAppSocket: fake.path, limit: .seconds(60))
        let answers = Task {
            await withTaskGroup(of: Health.self) { group in
                for _ in 0..<20 { group.addTask { await probe.health() } }
                return await group.reduce(into: [Health]()) { $0.append($1) }
            }
        }
        try await eventually("the first question arrives") { asked.withLock { $0 } == 1 }
        opened.finish()
        let expected = Health(isDatabaseConnected: false, whatsApp: "connected")
        #expect(await answers.value == Array(repeating: expected, count: 20))
        let shared = asked.withLock { $0 }
        #expect(shared < 20)
        #expect(await probe.health() == expected)
        #expect(asked.withLock { $0 } == shared + 1)
        await fake.stop()
    }

    @Test(arguments: [
        ("tcp://127.0.0.1:3000", ListenAddress.tcp(host: "127.0.0.1", port: 3000)),
        ("tcp://[::1]:0", .tcp(host: "::1", port: 0)),
        ("tcp://localhost:65535", .tcp(host: "localhost", port: 65_535)),
        ("unix:///run/x.sock", .unix(path: "/run/x.sock")), ("tcp://:3000", nil), ("tcp://h:65536", nil),
        ("tcp://h", nil), ("tcp://::1:3000", nil), ("unix://relative", nil), ("127.0.0.1:3000", nil),
        ("", nil),
    ])
    func `addresses are read strictly`(text: String, address: ListenAddress?) {
        #expect(ListenAddress(text) == address)
        if let address { #expect(address.description == text) }
    }
}

import Observation
import Shared
import Testing

@testable import noviGateway

@Suite struct CollectorTests {
    private static func process(_ state: String, _ reason: String? = nil) throws -> ProcessReading {
        try #require(
            ProcessReading(
                .object(
                    FakeSupervisor.process("api", state: state, isAsWanted: state == "online", reason: reason)
                )
            )
        )
    }

    @Test func `processor use is the difference of two looks, and waiting for a disk is not use`() throws {
        let first = try #require(HostSampler.ProcessorTicks("cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 2 3"))
        let second = try #require(HostSampler.ProcessorTicks("cpu  150 0 150 750 150 0 0 0 90 0"))
        #expect(first.percent(since: first) == nil)
        #expect(second.percent(since: first) == 50)
        #expect(first.percent(since: second) == nil)
        #expect(HostSampler.ProcessorTicks("intr 1 2 3 4 5") == nil)
    }

    @Test func `the machine is looked at`() {
        var sampler = HostSampler(folder: "/tmp")
        let reading = sampler.sample()
        #expect(reading.memoryBytes > reading.memoryAvailableBytes && reading.memoryAvailableBytes > 0)
        #expect(reading.diskBytes >= reading.diskAvailableBytes && reading.diskBytes > 0)
        #expect(reading.processors >= 1)
        #expect(reading.cpuPercent == nil)
    }

    @Test func `five minutes of figures are kept, gaps stay gaps`() {
        var recent = RecentMoments()
        for second in Int64(1)...400 where second != 350 {
            recent.note(Moment(cpuPercent: Double(second)), process: "api", at: second)
        }
        let points = recent.series(.cpu, process: "api")
        #expect(points.first?.time == 101 && points.last?.time == 400)
        #expect(points.count == 299)
        #expect(points.allSatisfy { $0.average == Double($0.time) })
        #expect(recent.series(.memory, process: "api") == [])
        #expect(recent.series(.cpu, process: "api", since: 399).map(\.time) == [399, 400])
    }

    @Test func `a long pause or a clock that goes back leaves no figure of another time`() {
        var recent = RecentMoments()
        recent.note(Moment(cpuPercent: 1), process: "api", at: 1000)
        recent.note(Moment(cpuPercent: 2), process: "api", at: 5000)
        #expect(recent.series(.cpu, process: "api").map(\.time) == [5000])
        recent.note(Moment(cpuPercent: 3), process: "api", at: 4999)
        #expect(recent.series(.cpu, process: "api").map(\.average) == [2])
        recent.keepOnly(["web"])
        #expect(recent.processes == [])
    }

    @Test func `an event that is told again is one event, and only new ones are counted`() {
        var log = EventLog(begin: "2026-11-26T06:00:00.000Z")
        func event(_ time: String, _ word: String = "exited", _ process: String = "api") -> JSONObject {
            ["time": .string(time), "event": .string(word), "process": .string(process), "message": "m"]
        }
        func take(_ event: JSONObject, _ isNew: Bool) {
            let result = log.take(event)
            #expect(result == isNew)
        }
        take(event("2026-11-26T05:00:00.000Z"), true)
        take(event("2026-11-26T06:30:00.000Z"), true)
        take(event("2026-11-26T06:30:00.000Z"), false)
        take(event("2026-11-26T05:00:00.000Z"), false)
        take(event("2026-11-26T06:30:00.000Z", "launched"), true)
        take(event("2026-11-26T06:30:00.000Z", "exited", "web"), true)
        #expect(log.counts == ["exited": 2, "launched": 1])
        #expect(log.last(10, of: "web").count == 1)
        for second in 0..<2000 {
            _ = log.take(event("2026-11-26T07:00:0\(second % 10).000Z", "word\(second)"))
        }
        #expect(log.events.count == Limits.events)
    }

    @Test func `a worker's word becomes requests, database and link; nobody's number is shown`() {
        let api = WorkerReading(
            process: "api",
            status: [
                "state": "ready",
                "details": [
                    "database": "connected", "pool": ["in_use": 1, "idle": 2, "waiting": 0], "sessions": 4,
                    "requests": ["requests_per_second": 3, "error_rate": 0.05, "p95_ms": 12.5],
                ],
            ]
        )
        #expect(api.requests?.errorPercent == 5)
        #expect(api.database?.idle == 2)
        #expect(api.whatsapp == nil)
        var bridge = WorkerReading(
            process: "whatsapp",
            status: [
                "state": "ready", "since": "2026-11-26T06:00:00.000Z",
                "details": ["provider": "simulator", "capabilities": [], "queue": ["waiting": 2]],
            ]
        )
        bridge.note(outbox: [
            "messages": [
                [
                    "chat": "2348030001122@c.us", "state": "sent", "kind": "text", "created_at": "x",
                    "text": "secret",
                ]
            ]
        ])
        #expect(bridge.whatsapp?.state == "ready")
        #expect(bridge.whatsapp?.messages.first?["chat"] == "2348•••22@c.us")
        #expect(bridge.whatsapp?.messages.first?["text"] == nil)
        #expect(WorkerReading.masked("sales@g.us") == "•••••@g.us")
    }

    @Test func `a long series is thinned to averages, and its peaks stay`() {
        let points = (0..<3600).map {
            HistoryPoint(time: Int64($0), average: 1, maximum: $0 == 1234 ? 99 : 1)
        }
        let thin = ReadRoutes.thinned(points, to: 600, over: 3600)
        #expect(thin.count == 600)
        #expect(thin.allSatisfy { $0.average == 1 })
        #expect(thin.map(\.maximum).max() == 99)
        #expect(ReadRoutes.thinned(thin, to: 600, over: 3600) == thin)
        let recent = [
            HistoryPoint(time: 3599, average: 5, maximum: 5),
            HistoryPoint(time: 3600, average: 7, maximum: 7),
        ]
        #expect(ReadRoutes.joined(points, recent).count == 3601)
    }

    @Test func `the public board tells conditions in words and nothing else`() throws {
        var state = GatewayState()
        let apps = [PublicApp(app: "api", label: "Orders <web>"), PublicApp(app: "gone", label: "Gone")]
        #expect(PublicBoard(apps, state).overall == .unknown)
        state.connection = .connected
        state.processes = [try Self.process("online")]
        #expect(PublicBoard(apps, state).lines.map(\.condition) == [.works, .down])
        #expect(PublicBoard(apps, state).overall == .degraded)
        let page = PublicBoard(apps, state).html("<ul>{{lines}}</ul>")
        #expect(page.contains("Orders &lt;web&gt;"))
        #expect(!page.contains("api"))
        state.processes.append(try Self.process("errored"))
        #expect(PublicBoard(apps, state).lines.first?.condition == .degraded)
    }

    @Test func `a text that is searched for is taken as it is`() {
        #expect(LogQuestion.literal("a.b (c)*") == "a\\.b \\(c\\)\\*")
    }

    @Test func `a stream that does not read is ended, the others go on`() async {
        let hub = StreamHub()
        guard let slow = hub.open(), let other = hub.open() else {
            Issue.record("there is no stream")
            return
        }
        var reader = other.makeAsyncIterator()
        for _ in 0...Limits.streamBacklog {
            hub.send("sample", [:])
            let message = await reader.next()
            #expect(message != nil)
        }
        #expect(hub.count == 1 && hub.dropped == 1)
        var count = 0
        for await _ in slow { count += 1 }
        #expect(count == Limits.streamBacklog)
    }
}

import Observation
import Shared
import Testing

@testable import noviGateway

@Suite struct SignalReaderTests {
    private static func process(
        _ name: String,
        _ change: (inout JSONObject) -> Void = { _ in }
    ) throws -> ProcessReading {
        var json: JSONObject = [
            "name": .string(name), "instance": 0, "id": 0, "namespace": "novi", "state": "online",
            "as_wanted": true,
            "restarts": 0,
        ]
        change(&json)
        return try #require(ProcessReading(.object(json)))
    }

    private static func look(_ processes: [ProcessReading], isConnected: Bool = true) -> Look {
        Look(
            time: 0,
            isConnected: isConnected,
            processes: processes,
            host: HostReading(),
            whatsapp: nil,
            databases: []
        )
    }

    private static func event(_ second: Int, _ process: String, _ cause: String) -> JSONObject {
        [
            "time": .string("2026-11-26T06:00:\(second < 10 ? "0" : "")\(second).000Z"),
            "process": .string(process),
            "event": "exited", "message": "ended with SIGKILL", "fields": ["cause_kind": .string(cause)],
        ]
    }

    private func value(_ signals: [AlertSignal], _ type: AlertType) -> Double? {
        signals.first { $0.type == type }?.value
    }

    @Test func `an end that nobody asked for is told once, and counted for ten minutes`() throws {
        var reader = SignalReader()
        let look = Self.look([try Self.process("api")])
        let old = Self.event(1, "api", "itself")
        // What happened before we were is no news.
        #expect(value(reader.signals(look, events: [old], at: 1000), .appEnded) == 0)
        let new = [old, Self.event(2, "api", "itself")]
        let signals = reader.signals(look, events: new, at: 1001)
        #expect(value(signals, .appEnded) == 1 && value(signals, .restarts) == 1)
        #expect(signals.first { $0.type == .appEnded }?.text == "api ended with SIGKILL")
        #expect(value(reader.signals(look, events: new, at: 1002), .appEnded) == 0)
        #expect(value(reader.signals(look, events: new, at: 1002), .restarts) == 1)
        let asked = new + [Self.event(3, "api", "restart_requested"), Self.event(4, "api", "shutdown")]
        #expect(value(reader.signals(look, events: asked, at: 1003), .appEnded) == 0)
        #expect(value(reader.signals(look, events: asked, at: 1700), .restarts) == 0)
    }

    @Test func `an app that was given up is down at once, one that starts only after a while`() throws {
        var reader = SignalReader()
        let errored = try Self.process("api") { ($0["state"], $0["as_wanted"]) = ("errored", false) }
        #expect(value(reader.signals(Self.look([errored]), events: [], at: 0), .appDown) ?? 0 > 1e9)
        let starting = try Self.process("web") { ($0["state"], $0["as_wanted"]) = ("launching", false) }
        #expect(value(reader.signals(Self.look([starting]), events: [], at: 10), .appDown) == 0)
        #expect(value(reader.signals(Self.look([starting]), events: [], at: 50), .appDown) == 40)
        #expect(
            value(reader.signals(Self.look([try Self.process("web")]), events: [], at: 60), .appDown) == 0
        )
    }

    @Test
    func `the link to WhatsApp counts from when it went, and waits for nobody where a person is needed`()
        throws
    {
        var reader = SignalReader()
        func look(_ state: String) throws -> Look {
            var look = Self.look([try Self.process("whatsapp")])
            look.whatsapp = WhatsAppReading(process: "whatsapp", state: state)
            return look
        }
        #expect(value(reader.signals(try look("ready"), events: [], at: 0), .whatsAppDown) == 0)
        #expect(value(reader.signals(try look("reconnecting"), events: [], at: 10), .whatsAppDown) == 0)
        #expect(value(reader.signals(try look("starting"), events: [], at: 320), .whatsAppDown) == 310)
        #expect(value(reader.signals(try look("ready"), events: [], at: 330), .whatsAppDown) == 0)
        #expect(value(reader.signals(try look("logged_out"), events: [], at: 331), .whatsAppDown) ?? 0 > 1e9)
    }

    @Test func `dropped lines are those since the last look`() throws {
        var reader = SignalReader()
        func look(_ lines: Int64) throws -> Look {
            var process = try Self.process("api")
            process.droppedLines = lines
            return Self.look([process])
        }
        #expect(value(reader.signals(try look(7), events: [], at: 0), .logDropped) == 0)
        #expect(value(reader.signals(try look(9), events: [], at: 1), .logDropped) == 2)
        #expect(value(reader.signals(try look(9), events: [], at: 2), .logDropped) == 0)
        // Another daemon counts from the beginning.
        #expect(value(reader.signals(try look(1), events: [], at: 3), .logDropped) == 0)
    }

    @Test func `without a daemon nothing is said of apps`() throws {
        var reader = SignalReader()
        let signals = reader.signals(
            Self.look([try Self.process("api")], isConnected: false),
            events: [],
            at: 0
        )
        #expect(value(signals, .supervisorDown) == 1)
        #expect(!signals.contains { $0.subject == "api" })
    }
}

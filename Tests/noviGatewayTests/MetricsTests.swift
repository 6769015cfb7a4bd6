import Foundation
import Observation
import Shared
import Testing

@testable import noviGateway

@Suite struct MetricsTests {
    /// A state in which everything is there.
    static var state: GatewayState {
        get throws {
            var state = GatewayState()
            state.connection = .connected
            state.daemon = .init(pid: 1, version: "0.1.0", uptimeMilliseconds: 1500)
            var api = try #require(ProcessReading(.object(FakeSupervisor.process("api"))))
            api.requests = RequestReading(["requests_per_second": 12.5, "p95_ms": 40, "error_rate": 0.02])
            (api.droppedLines, api.droppedBytes) = (3, 90)
            let odd = try #require(
                ProcessReading(.object(FakeSupervisor.process("odd\"\\\nname", state: "errored")))
            )
            state.processes = [api, odd]
            state.host = HostReading(
                cpuPercent: 12.25,
                processors: 2,
                memoryBytes: 1000,
                memoryAvailableBytes: 400,
                diskBytes: 2000,
                diskAvailableBytes: 1500
            )
            state.whatsapp = WhatsAppReading(process: "whatsapp", state: "ready")
            state.whatsapp?.queue = ["waiting": 4, "dead": 0]
            state.whatsapp?.unprocessed = 1
            state.databases = [
                DatabaseReading(process: "api", state: "connected", inUse: 1, idle: 2, waiting: 0)
            ]
            state.alerts = [
                ShownAlert(id: "a", type: "t", message: "m", severity: .p2, since: "2026-11-26T06:00:00.000Z")
            ]
            return state
        }
    }

    static func text(_ format: MetricsText.Format) throws -> String {
        let metrics = GatewayMetrics(
            state: try state,
            eventCounts: ["exited": 5],
            streams: 1,
            droppedStreams: 0
        )
        return String(decoding: metrics.text(format), as: UTF8.self)
    }

    @Test func `both formats are what Prometheus's own parsers understand`() async throws {
        guard let python = try await python(with: "prometheus_client") else {
            print("skipped: there is no Python with prometheus_client (NOVI_TEST_PYTHON; scripts/setup.sh)")
            return
        }
        let scratch = try ScratchFolder()
        let open = try scratch.file("open", try Self.text(.openMetrics))
        let plain = try scratch.file("plain", try Self.text(.prometheus))
        let script = "\(checkout)/Tests/Support/gateway/parse_metrics.py"
        let (code, output) = try await runToEnd(python, [script, open, plain])
        #expect(code == 0, "\(output)")
    }

    @Test func `OpenMetrics ends with its mark, names units, and its counters end in total`() throws {
        let text = try Self.text(.openMetrics)
        #expect(text.hasSuffix("\n# EOF\n"))
        #expect(text.contains("# TYPE novi_app_restarts counter\n"))
        #expect(text.contains("# UNIT novi_app_memory_bytes bytes\n"))
        #expect(
            text.contains("novi_app_restarts_total{app=\"api\",instance=\"0\",namespace=\"novi\"} 2\n")
        )
        #expect(
            text.contains(
                "novi_app_request_p95_seconds{app=\"api\",instance=\"0\",namespace=\"novi\"} 0.04\n"
            )
        )
    }

    @Test func `the older format has neither mark nor units, and names counters as their samples`() throws {
        let text = try Self.text(.prometheus)
        #expect(!text.contains("# EOF"))
        #expect(!text.contains("# UNIT"))
        #expect(text.contains("# TYPE novi_app_restarts_total counter\n"))
        #expect(text.contains("# TYPE novi_supervisor_info gauge\n"))
    }

    @Test func `what is in a label cannot end it`() throws {
        #expect(try Self.text(.openMetrics).contains("app=\"odd\\\"\\\\\\nname\""))
    }

    @Test func `a supervisor that does not answer tells nothing old of its apps`() throws {
        var state = try Self.state
        state.connection = .lost("gone", since: "2026-11-26T06:00:00.000Z")
        let metrics = GatewayMetrics(state: state, eventCounts: [:], streams: 0, droppedStreams: 0)
        let text = String(decoding: metrics.text(.openMetrics), as: UTF8.self)
        #expect(text.contains("novi_supervisor_up 0\n"))
        #expect(!text.contains("novi_app_"))
    }

    @Test(arguments: [
        ("application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.4", true),
        ("text/plain;version=0.0.4", false), (nil as String?, false),
    ])
    func `the caller's Accept decides the format`(_ accept: String?, _ isOpen: Bool) {
        let type = MetricsText.Format(accept: accept).contentType
        #expect(
            type.hasPrefix(
                isOpen ? "application/openmetrics-text; version=1.0.0" : "text/plain; version=0.0.4"
            )
        )
    }

    @Test(arguments: ["packaging/grafana/novi.json", "packaging/prometheus/novi-alerts.yml"])
    func `every metric that the dashboard and the rules name is served`(_ file: String) throws {
        let text = try String(contentsOfFile: "\(checkout)/\(file)", encoding: .utf8)
        let served = Set(
            try Self.text(.prometheus).split(separator: "\n").filter { !$0.hasPrefix("#") }
                .map { String($0.prefix { $0 != "{" && $0 != " " }) }
        )
        let words = text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
        let named = Set(words.filter { $0.hasPrefix("novi_") || $0.hasPrefix("process_") })
        #expect(named.count > 10)
        #expect(named.subtracting(served) == [])
    }
}

import Shared
import Testing

@testable import Observation

@Suite struct AlertConfigurationTests {
    private func read(_ text: String) throws -> (AlertConfiguration, [String]) {
        var problems: [String] = []
        let value = try JSONValue(parsing: Array(text.utf8))
        return (AlertConfiguration(value, problems: &problems), problems)
    }

    @Test func `every type has one standard rule, whose value is over below where it begins`() {
        #expect(
            AlertRule.standard.map(\.type).sorted { $0.rawValue < $1.rawValue }
                == AlertType.allCases.sorted { $0.rawValue < $1.rawValue }
        )
        #expect(AlertRule.standard.allSatisfy { $0.clear <= $0.limit })
    }

    @Test func `rules are changed one by one, sinks are read`() throws {
        let (configuration, problems) = try read(
            """
            {"rules": {"host_cpu": {"limit": 90, "clear": 85, "for_s": 120, "severity": "P2"}, "heap_high": {"on": false}},
             "sinks": [{"kind": "webhook", "url": "https://hooks.example/x", "style": "slack", "severity": "P2"},
                       {"kind": "exec", "name": "pager", "command": ["/usr/local/bin/page", "ops"], "timeout_s": 5},
                       {"kind": "mail", "to": ["ops@shop.example"]}, {"kind": "whatsapp", "severity": "P1"}]}
            """
        )
        #expect(problems.isEmpty, "\(problems)")
        let cpu = configuration.rules.first { $0.type == .hostCPU }
        #expect(
            cpu?.limit == 90 && cpu?.clear == 85 && cpu?.raiseAfter == .seconds(120) && cpu?.severity == .p2
        )
        #expect(configuration.rules.first { $0.type == .heapHigh }?.isOn == false)
        #expect(configuration.rules.count == AlertRule.standard.count)
        #expect(configuration.sinks.map(\.name) == ["webhook", "pager", "mail", "whatsapp"])
        #expect(configuration.sinks[0].kind == .webhook(url: "https://hooks.example/x", .slack))
        #expect(configuration.sinks[1].timeout == .seconds(5))
        #expect(configuration.sinks[2].kind == .mail(to: ["ops@shop.example"], from: "novi"))
    }

    @Test func `everything that is wrong is told at once, each with its place`() throws {
        let (_, problems) = try read(
            """
            {"rule": 1, "rules": {"host_cpu": {"limit": "high", "clear": -1, "on": 1, "x": 2}, "cpu": {}, "slow": 3},
             "sinks": [{"kind": "webhook", "url": "ftp://x"}, {"kind": "exec", "command": "page ops"}, {"kind": "fax"},
                       {"kind": "mail", "to": ["-Xoption"]}, {"kind": "whatsapp", "severity": "bad", "timeout_s": 0}, 7]}
            """
        )
        for place in [
            "rule:", "rules.host_cpu.limit:", "rules.host_cpu.clear:", "rules.host_cpu.on:",
            "rules.host_cpu.x:",
            "rules.cpu:", "rules.slow:", "sinks[0].url:", "sinks[1].command:", "sinks[2].kind:", "sinks[3]:",
            "sinks[4].severity:", "sinks[4].timeout_s:", "sinks[5]:",
        ] {
            #expect(problems.contains { $0.hasPrefix(place) }, "\(place) in \(problems)")
        }
    }
}

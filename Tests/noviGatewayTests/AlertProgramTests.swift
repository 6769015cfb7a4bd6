import Foundation
import Shared
import Testing
import WorkerSupport

@testable import noviGateway

/// Alerts of a running gateway: a webhook receiver on loopback, a program, a hung sink beside them.
@Suite(.timeLimit(.minutes(5))) struct AlertProgramTests {
    @Test func `an end is told once to each, with its reason, and once that it is over`() async throws {
        let receiver = try WebhookReceiver()
        let hung = try WebhookReceiver(answers: false)
        let scratch = try ScratchFolder()
        let told = try scratch.file("told", "")
        let rules = try scratch.file(
            "alerts.json",
            """
            {"rules": {"app_ended": {"clear_for_s": 1}, "host_cpu": {"on": false}, "host_disk": {"on": false},
                       "host_memory": {"on": false}, "app_down": {"on": false}},
             "sinks": [{"name": "hook", "kind": "webhook", "url": "\(receiver.url)"},
                       {"name": "hung", "kind": "webhook", "url": "\(hung.url)", "timeout_s": 1},
                       {"name": "page", "kind": "exec", "command": ["/usr/bin/tee", "-a", "\(told)"]}]}
            """
        )
        let gateway = try await GatewayProgram(["NOVI_ALERTS_FILE": rules])
        gateway.supervisor.set([FakeSupervisor.process("api")])
        // It must have looked once: what is older than it is no news.
        _ = try await gateway.get("/api/state")
        try await Task.sleep(for: Limits.freshness)
        _ = try await gateway.get("/api/state")
        gateway.supervisor.tell(
            FakeSupervisor.event("exited", of: "api", secondsAgo: 0, "ended with SIGKILL after 3 s")
        )
        try await eventually("the receiver is told of both: \(gateway.text)") {
            _ = try await gateway.get("/api/state")
            return receiver.bodies.count == 2
        }
        let bodies = try receiver.bodies.map { try JSONValue(parsing: Array($0.utf8)) }
        #expect(bodies.map { $0["kind"] } == ["raised", "resolved"])
        #expect(bodies[0]["message"] == "api ended with SIGKILL after 3 s" && bodies[0]["app"] == "api")
        #expect(bodies[0]["type"] == "app_ended" && bodies[0]["system"] == "Novi Platform")
        try await eventually("the program is told of both") {
            try String(contentsOfFile: told, encoding: .utf8).split(separator: "\n").count == 2
        }
        let log = try String(contentsOfFile: "\(gateway.scratch.path)/data/alerts.log", encoding: .utf8)
        #expect(log.split(separator: "\n").count == 2)
        #expect(try await gateway.get("/api/state").body.contains("ended with SIGKILL after 3 s"))
        #expect(try await gateway.end() == 0)
    }

    @Test func `wrong rules are told with the file and each place`() async throws {
        let scratch = try ScratchFolder()
        let rules = try scratch.file("alerts.json", #"{"rules": {"cpu": {}, "slow": {"limit": "x"}}}"#)
        let failure = await #expect(throws: (any Error).self) {
            _ = try await GatewayProgram(["NOVI_ALERTS_FILE": rules])
        }
        let text = "\(failure.map { "\($0)" } ?? "")"
        #expect(
            text.contains("\(rules): rules.cpu:") && text.contains("\(rules): rules.slow.limit:"),
            "\(text)"
        )
    }
}

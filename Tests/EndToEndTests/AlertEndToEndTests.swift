import Foundation
import LinuxSystem
import Shared
import Testing

/// What people are told when something fails: all of Novi on a real systemd, with its journal and a receiver on loopback.
@Suite(
    .enabled(if: SystemdHost.productObstacle == nil, "\(SystemdHost.productObstacle ?? "")"),
    .timeLimit(.minutes(5))
)
struct AlertEndToEndTests {
    /// Takes POSTs and appends their bodies to a file, one a line.
    private static let receiver = """
        import http.server, sys
        class Take(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                with open(sys.argv[1], "ab") as file: file.write(body + b"\\n")
                self.send_response(200); self.send_header("content-length", "0"); self.end_headers()
            def log_message(self, *_): pass
        http.server.HTTPServer(("127.0.0.1", 9001), Take).serve_forever()
        """

    /// Listens and never accepts: whoever posts there waits.
    private static let hung = """
        import socket, time
        listener = socket.create_server(("127.0.0.1", 9002))
        time.sleep(100000)
        """

    /// Asks the API all the time, and counts the answers.
    private static let load = """
        import http.client, sys, time
        good = 0
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", 3000, timeout=5)
                connection.request("GET", "/health")
                good += connection.getresponse().status == 200
                connection.close()
            except OSError: pass
            with open(sys.argv[1], "w") as file: file.write(str(good))
            time.sleep(0.005)
        """

    private static let rules = """
        {"rules": {"app_ended": {"clear_for_s": 5}, "host_cpu": {"on": false}, "host_memory": {"on": false},
                   "host_disk": {"on": false}},
         "sinks": [{"name": "receiver", "kind": "webhook", "url": "http://127.0.0.1:9001/"},
                   {"name": "hung", "kind": "webhook", "url": "http://127.0.0.1:9002/", "timeout_s": 20},
                   {"name": "stuck", "kind": "exec", "command": ["/bin/sleep", "1000"], "timeout_s": 20},
                   {"name": "nobody", "kind": "whatsapp"}]}
        """

    private func ecosystem(_ folder: String) -> String {
        let worker = SupervisorFixture.binary("noviWorker")
        return """
            {"apps": [
              {"name": "database", "script": "\(worker)", "args": ["database"], "interpreter": "none",
               "uid": {"if_root": "postgres"}, "readiness": {"type": "notify", "timeout": "120s"}, "stop_signal": "SIGINT"},
              {"name": "api", "script": "\(worker)", "args": ["api"], "interpreter": "none",
               "depends_on": {"database": "ready"}, "listen": ["tcp://127.0.0.1:3000"],
               "readiness": {"type": "notify", "timeout": "60s"}, "env": {"NOVI_ENV": "development"}},
              {"name": "gateway", "script": "\(SupervisorFixture.binary("noviGateway"))", "interpreter": "none",
               "readiness": {"type": "notify", "timeout": "60s"},
               "env": {"NOVI_ENV": "development", "NOVI_GATEWAY_LISTEN": "tcp://127.0.0.1:9615",
                       "NOVI_ALERTS_FILE": "\(folder)/alerts.json"}}
            ]}
            """
    }

    private let host: SystemdHost
    private var received: String { "\(host.folder)/received" }

    init() throws {
        host = try SystemdHost()
        let folder = host.folder
        for (name, text) in [
            ("receiver.py", Self.receiver), ("hung.py", Self.hung), ("load.py", Self.load),
            ("alerts.json", Self.rules), ("ecosystem.json", ecosystem(folder)), ("received", ""),
            ("answers", "0"),
        ] {
            try AtomicFile.replace("\(folder)/\(name)", Array(text.utf8), mode: 0o644)
        }
        try host.install("novi.service", SystemdHost.systemUnit)
        try host.shell("systemctl start novi.service")
        for script in ["receiver.py \(folder)/received", "hung.py"] { try background(script) }
        try host.novi("start \(folder)/ecosystem.json --wait --timeout 120s")
    }

    private func background(_ script: String) throws {
        try host.shell("systemd-run --quiet /usr/bin/python3 \(host.folder)/\(script)")
    }

    private func pid(_ app: String) throws -> Int64 {
        let status = try JSONValue(parsing: Array(host.novi("status --json \(app)").utf8))
        let process = try #require(status["processes"]?.arrayValue?.first)
        return try #require(process["pid"]?.integerValue)
    }

    /// What the receiver was told of an app.
    private func told(of app: String) throws -> [JSONValue] {
        let text = try String(contentsOfFile: received, encoding: .utf8)
        return try text.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
            .filter { $0["app"]?.stringValue == app }
    }

    private func shown() throws -> [String] {
        let state = try JSONValue(
            parsing: Array(host.shell("curl -fsS http://127.0.0.1:9615/api/state").utf8)
        )
        // One that is over is shown for a while still.
        let open = (state["alerts"]?.arrayValue ?? []).filter { ($0["ended"] ?? .null) == .null }
        return open.compactMap { $0["message"]?.stringValue }
    }

    @Test func `an API that is killed under load is told everywhere once, with its reason and its recovery`()
        throws
    {
        try background("load.py \(host.folder)/answers")
        try host.await("answers under load", "[ $(cat \(host.folder)/answers) -gt 50 ]")
        let (daemon, database) = (try host.property("MainPID", of: "novi.service"), try pid("database"))
        let api = try pid("api")
        try host.shell("kill -KILL \(api)")
        try host.await("the receiver is told", "grep -q '\"app\":\"api\"' \(received)")
        let open = try shown()
        #expect(open.contains { $0.contains("SIGKILL") }, "\(open)")
        try host.await("the receiver is told of both", "[ $(grep -c '\"app\":\"api\"' \(received)) -ge 2 ]")
        let told = try told(of: "api")
        #expect(told.map { $0["kind"]?.stringValue } == ["raised", "resolved"])
        #expect(told.allSatisfy { $0["type"] == "app_ended" && $0["severity"] == "P2" })
        #expect(told[0]["message"]?.stringValue?.contains("SIGKILL") == true, "\(told)")

        // On the screen it is an event with its reason, and nothing is open any more.
        let closed = try shown()
        #expect(closed.allSatisfy { !$0.contains("SIGKILL") }, "\(closed)")
        let events = try host.shell("curl -fsS 'http://127.0.0.1:9615/api/events?process=api'")
        #expect(events.contains("SIGKILL"))

        // In the journal once each, beside the supervisor's own entry of the end.
        let id = "MESSAGE_ID=5d1a4f7c9b0e4c64a3c6f9e1d0b87a21"
        let kinds = try host.journal(
            id,
            "NOVI_APP=api",
            "-o",
            "json",
            "--output-fields=NOVI_ALERT_KIND,MESSAGE"
        )
        #expect(kinds.count == 2 && kinds[0].contains("raised") && kinds[1].contains("resolved"), "\(kinds)")

        // Hung and missing sinks beside it: nothing else noticed, and they are told of.
        #expect(try pid("database") == database)
        #expect(try host.property("MainPID", of: "novi.service") == daemon)
        let answers = try host.shell("cat \(host.folder)/answers")
        try host.await("the load goes on", "[ $(cat \(host.folder)/answers) -gt \(answers) ]")

        // A gateway that is killed costs nothing either, and what was told is not told again.
        let gateway = try pid("gateway")
        let later = try pid("api")
        try host.shell("kill -KILL \(gateway)")
        try host.await("the gateway is back", "curl -fsS -o /dev/null http://127.0.0.1:9615/api/state")
        #expect(try pid("gateway") != gateway && pid("api") == later)
        #expect(try self.told(of: "api").count == 2)
    }
}

extension SystemdHost {
    /// Why all of Novi cannot run on one here; `nil` when it can.
    static let productObstacle: String? = {
        if let obstacle { return obstacle }
        let missing = ["noviGateway", "noviWorker"].filter {
            !FileStatus.exists(SupervisorFixture.binary($0))
        }
        return missing.isEmpty ? nil : "\(missing) is not built"
    }()
}

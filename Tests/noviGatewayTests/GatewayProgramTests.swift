import Foundation
import Shared
import Testing

@testable import noviGateway

@Suite struct GatewayProgramTests {
    private static func object(_ answer: HTTPAnswer) throws -> JSONObject {
        try #require(try JSONValue(parsing: Array(answer.body.utf8)).objectValue)
    }

    @Test func `it tells the state of everything, as fresh as the question`() async throws {
        let gateway = try await GatewayProgram()
        var state = try Self.object(await gateway.get("/api/state"))
        #expect(state["supervisor"]?["state"] == "connected")
        #expect(state["processes"]?.arrayValue?.map { $0["name"] } == ["api", "reports"])
        #expect(state["processes"]?.arrayValue?.first?["dropped_lines"] == 7)
        #expect(state["alerts"]?.arrayValue?.first?["severity"] == "P1")
        gateway.supervisor.set([FakeSupervisor.process("web")])
        try await Task.sleep(for: Limits.freshness)
        state = try Self.object(await gateway.get("/api/state"))
        #expect(state["processes"]?.arrayValue?.map { $0["name"] } == ["web"])
        #expect(try await gateway.end() == 0)
    }

    @Test func `the history is fed each second, also while nobody looks`() async throws {
        let gateway = try await GatewayProgram()
        try await eventually("it looks again and again", within: .seconds(8)) {
            gateway.supervisor.calls.count { $0 == "List" } >= 4
        }
    }

    @Test func `without a history the daemon is asked seldom, and each second while somebody looks`()
        async throws
    {
        let gateway = try await GatewayProgram(["NOVI_DATA_DIRECTORY": ""])
        func count() -> Int { gateway.supervisor.calls.count { $0 == "List" } }
        try await eventually("it has looked once") { count() == 1 }
        let connection = try await GatewayProgram.blocking { [port = gateway.port] in
            let connection = try HTTPConnection(port: port)
            try connection.send("GET", "/api/stream", [:], nil)
            let (status, headers) = try connection.head()
            #expect(status == 200 && headers["content-type"] == "text/event-stream; charset=utf-8")
            return connection
        }
        try await eventually("it looks again and again") { count() >= 4 }
        let text = try await GatewayProgram.blocking {
            var text = ""
            while !text.contains("event: sample") {
                text += String(decoding: try connection.chunk() ?? [], as: UTF8.self)
            }
            return text
        }
        #expect(text.hasPrefix("event: state\ndata: {\"schema\":1"))
        gateway.supervisor.tell(FakeSupervisor.event("exited", of: "api", secondsAgo: 0, "exited by itself"))
        let more = try await GatewayProgram.blocking {
            var text = ""
            while !text.contains("event: event") {
                text += String(decoding: try connection.chunk() ?? [], as: UTF8.self)
            }
            return text
        }
        #expect(more.contains("exited by itself"))
        #expect(try await gateway.end() == 0)
    }

    @Test func `a supervisor that goes is told, its apps stay shown, and its return is noticed`() async throws
    {
        let gateway = try await GatewayProgram()
        _ = try await gateway.get("/api/state")
        await gateway.supervisor.stop()
        try await eventually("it is missed") {
            let state = try Self.object(await gateway.get("/api/state"))
            return state["supervisor"]?["state"] == "lost" && state["processes"]?.arrayValue?.count == 2
        }
        #expect(try await gateway.get("/metrics").body.contains("novi_supervisor_up 0\n"))
        try await gateway.supervisor.start()
        try await eventually("it is back") {
            try Self.object(await gateway.get("/api/state"))["supervisor"]?["state"] == "connected"
        }
        gateway.supervisor.tell(FakeSupervisor.event("exited", of: "api", secondsAgo: 0, "after the return"))
        try await eventually("events are followed again") {
            try await gateway.get("/api/events").body.contains("after the return")
        }
    }

    @Test func `metrics come in the format that is asked for`() async throws {
        let gateway = try await GatewayProgram()
        let open = try await gateway.get(
            "/metrics",
            ["Accept": "application/openmetrics-text; version=1.0.0"]
        )
        #expect(
            open.headers["content-type"]?.hasPrefix("application/openmetrics-text; version=1.0.0") == true
        )
        #expect(open.body.hasSuffix("# EOF\n"))
        let plain = try await gateway.get("/metrics")
        #expect(plain.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        #expect(plain.body.contains("novi_app_up{app=\"api\",instance=\"0\",namespace=\"novi\"} 1\n"))
    }

    @Test
    func `history is told of five minutes of all, and longer of one`()
        async throws
    {
        let gateway = try await GatewayProgram()
        _ = try await gateway.get("/api/state")
        let recent = try Self.object(await gateway.get("/api/history?range=5m&metric=cpu"))
        #expect(recent["series"]?["api"]?["cpu"]?.arrayValue?.isEmpty == false)
        let file = "\(gateway.scratch.path)/data/history/api.history"
        try await eventually("it is on disk") { FileManager.default.fileExists(atPath: file) }
        let hour = try Self.object(await gateway.get("/api/history?process=api&range=1h"))
        #expect(hour["series"]?["api"]?["memory"]?.arrayValue?.isEmpty == false)
        for query in ["range=1h", "process=api&range=3d", "process=api&metric=size"] {
            #expect(try await gateway.get("/api/history?\(query)").status == 400)
        }
    }

    @Test func `what memory did before the last ends is told, each run by itself`() async throws {
        let gateway = try await GatewayProgram()
        gateway.supervisor.tell(FakeSupervisor.event("exited", of: "api", secondsAgo: 90, "the first end"))
        gateway.supervisor.tell(FakeSupervisor.event("launched", of: "api", secondsAgo: 89, "again"))
        try await eventually("two seconds of figures are kept") {
            let recent = try Self.object(await gateway.get("/api/history?range=5m&metric=memory"))
            return recent["series"]?["api"]?["memory"]?.arrayValue?.count ?? 0 >= 2
        }
        gateway.supervisor.tell(FakeSupervisor.event("exited", of: "api", secondsAgo: 0, "the second end"))
        var ends: [JSONValue] = []
        try await eventually("both ends are told") {
            ends = try Self.object(await gateway.get("/api/ends?process=api"))["ends"]?.arrayValue ?? []
            return ends.count == 2
        }
        #expect(ends.map { $0["message"]?.stringValue } == ["the first end", "the second end"])
        #expect(ends[0]["curves"] == .object([:]))
        let points = try #require(ends[1]["curves"]?["memory"]?.arrayValue)
        #expect(points.count >= 2)
        // The second run began one second behind the first one's end.
        let begin = try #require(ends[1]["from"]?.integerValue)
        let firstEnd = try #require(ends[0]["to"]?.integerValue)
        #expect((0...2).contains(begin - firstEnd))
        #expect(try await gateway.get("/api/ends").status == 400)
        #expect(try await gateway.get("/api/ends?process=api&last=21").status == 400)
    }

    @Test func `the last lines of logs are read, by level and by words`() async throws {
        let gateway = try await GatewayProgram()
        let out = try gateway.scratch.file("api-out.log", "one\nwarning: two\nthree (x)\n")
        let error = try gateway.scratch.file("api-error.log", "Error: four\n")
        gateway.supervisor.set(logFiles: [
            [
                "process": "api", "id": 0, "namespace": "novi", "output": .string(out),
                "error": .string(error), "level_rules": [],
            ]
        ])
        func texts(_ query: String) async throws -> Set<String> {
            let answer = try Self.object(await gateway.get("/api/logs?\(query)"))
            return Set((answer["lines"]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue })
        }
        #expect(try await texts("process=api") == ["one", "warning: two", "three (x)", "Error: four"])
        #expect(try await texts("level=warning") == ["warning: two", "Error: four"])
        #expect(try await texts("search=THREE%20(") == ["three (x)"])
        #expect(try await texts("lines=1").count == 1)
        #expect(try await gateway.get("/api/logs?lines=0").status == 400)
        #expect(try await gateway.get("/api/logs?file=/etc/passwd").status == 400)
    }

    @Test func `without an operator's token nothing can be changed, with it what was chosen is`() async throws
    {
        let body = #"{"action":"restart","process":"api"}"#
        let json = ["Content-Type": "application/json"]
        let readOnly = try await GatewayProgram()
        #expect(try await readOnly.get("/api/actions", json, method: "POST", body: body).status == 403)
        let token = "operator-0123456789"
        let gateway = try await GatewayProgram(["NOVI_GATEWAY_OPERATOR_TOKEN": token])
        _ = try await gateway.get("/api/state")
        let right = json.merging(["Authorization": "Bearer \(token)"]) { $1 }
        #expect(try await gateway.get("/api/actions", json, method: "POST", body: body).status == 401)
        let wrong = json.merging(["Authorization": "Bearer \(token)x"]) { $1 }
        #expect(try await gateway.get("/api/actions", wrong, method: "POST", body: body).status == 401)
        #expect(!gateway.supervisor.calls.contains { $0.hasPrefix("change") })
        let answer = try await gateway.get("/api/actions", right, method: "POST", body: body)
        #expect(answer.status == 200)
        #expect(try Self.object(answer)["command"] == "noviSupervisor restart api")
        #expect(gateway.supervisor.calls.contains("change api:0"))
        for bad in [#"{"action":"restart","process":"all"}"#, #"{"action":"delete","process":"api"}"#, "x"] {
            #expect(
                [400, 404].contains(
                    try await gateway.get("/api/actions", right, method: "POST", body: bad).status
                )
            )
        }
        let long = String(repeating: "x", count: Limits.bodyBytes + 1)
        #expect(try await gateway.get("/api/actions", right, method: "POST", body: long).status == 413)
    }

    @Test func `with a token nothing is told without it, and the operator's token reads as well`()
        async throws
    {
        let gateway = try await GatewayProgram([
            "NOVI_GATEWAY_TOKEN": "reader-0123456789", "NOVI_GATEWAY_OPERATOR_TOKEN": "operator-0123456789",
        ])
        for path in [
            "/api/state", "/api/events", "/api/history", "/api/ends?process=api", "/api/logs", "/api/stream",
            "/metrics",
        ] {
            let answer = try await gateway.get(path)
            #expect(answer.status == 401, "\(path)")
            #expect(answer.headers["www-authenticate"] == "Bearer realm=\"novi\"")
        }
        for token in ["reader-0123456789", "operator-0123456789"] {
            #expect(try await gateway.get("/metrics", ["Authorization": "Bearer \(token)"]).status == 200)
        }
        #expect(try await gateway.get("/").status == 200)
    }

    @Test func `a stranger's name is not answered, a number and localhost are`() async throws {
        let gateway = try await GatewayProgram(["NOVI_GATEWAY_HOSTS": "ops.example.com"])
        for (host, status) in [
            ("evil.example", 421), ("evil.example:9615", 421), ("127.0.0.1:9615", 200), ("localhost", 200),
            ("[::1]:9615", 200), ("OPS.example.com", 200), ("127.0.0.1.evil.example", 421),
        ] {
            #expect(try await gateway.get("/api/state", ["Host": host]).status == status, "\(host)")
        }
    }

    @Test func `browsers are told to run nothing of others, and get no leave for other pages`() async throws {
        let gateway = try await GatewayProgram()
        for path in ["/", "/app.js", "/api/state", "/nowhere"] {
            let headers = try await gateway.get(path, ["Origin": "https://evil.example"]).headers
            let policy = try #require(headers["content-security-policy"])
            #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
            #expect(headers["x-content-type-options"] == "nosniff")
            #expect(headers["access-control-allow-origin"] == nil)
        }
        let page = try await gateway.get("/")
        let tag = try #require(page.headers["etag"])
        #expect(try await gateway.get("/", ["If-None-Match": tag]).status == 304)
        let small = try await gateway.get("/app.js", ["Accept-Encoding": "gzip"])
        #expect(small.headers["content-encoding"] == "gzip")
    }

    @Test func `streams are bounded, and there is room again when they are gone`() async throws {
        let gateway = try await GatewayProgram()
        let port = gateway.port
        var open: [HTTPConnection] = []
        for _ in 0..<Limits.streams {
            open.append(
                try await GatewayProgram.blocking {
                    let connection = try HTTPConnection(port: port)
                    try connection.send("GET", "/api/stream", [:], nil)
                    #expect(try connection.head().status == 200)
                    return connection
                }
            )
        }
        #expect(try await gateway.get("/api/stream").status == 503)
        open.removeAll()
        try await eventually("there is room again") {
            try await gateway.get("/metrics").body.contains("novi_gateway_streams 0\n")
        }
    }

    @Test func `a stream that does not read is cut off, and the gateway goes on`() async throws {
        let gateway = try await GatewayProgram()
        let port = gateway.port
        let connection = try await GatewayProgram.blocking {
            let connection = try HTTPConnection(port: port)
            try connection.send("GET", "/api/stream", [:], nil)
            #expect(try connection.head().status == 200)
            return connection
        }
        // More than the kernel keeps for a connection.
        let long = String(repeating: "x", count: 20_000)
        for number in 0..<1500 {
            gateway.supervisor.tell(
                FakeSupervisor.event("online", of: "api", secondsAgo: 0, "\(number) \(long)")
            )
        }
        try await eventually("it is counted") {
            try await gateway.get("/metrics").body.contains("novi_gateway_dropped_streams_total 1\n")
        }
        #expect(try await GatewayProgram.blocking { connection.isCutOff() })
    }

    @Test func `the public board is there when it is asked for, in words`() async throws {
        #expect(try await GatewayProgram().get("/status").status == 404)
        let gateway = try await GatewayProgram([
            "NOVI_GATEWAY_PUBLIC_APPS": "api=Orders on the web,reports=Reports",
            "NOVI_GATEWAY_TOKEN": "reader-0123456789",
        ])
        try await eventually("the state is known") {
            try await gateway.get("/status", ["Accept": "application/json"]).body.contains("degraded")
        }
        let page = try await gateway.get("/status").body
        #expect(page.contains("Orders on the web") && page.contains("does not work"))
        #expect(!page.contains("SIGSEGV") && !page.contains("errored"))
    }

    @Test func `on a Unix socket only its user is let in, without a token`() async throws {
        let gateway = try await GatewayProgram(
            ["NOVI_GATEWAY_TOKEN": "reader-0123456789"],
            listen: "unix://SCRATCH/gateway.sock"
        )
        let path = "\(gateway.scratch.path)/gateway.sock"
        try await eventually("the socket is closed to others") {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            return attributes[.posixPermissions] as? Int == 0o600
        }
        let answer = try await GatewayProgram.blocking {
            let connection = try HTTPConnection(path: path)
            try connection.send("GET", "/api/state", ["Host": "anything"], nil)
            return try connection.answer()
        }
        #expect(answer.status == 200)
    }

    @Test func `a wrong configuration names every mistake and exits 78`() async throws {
        let (code, output) = try await runToEnd(
            "\(programs)/noviGateway",
            ["--listen", "tcp://0.0.0.0:1"],
            ["HOME": "/root", "NOVI_GATEWAY_OPERATOR_TOKEN": "short"]
        )
        #expect(code == 78)
        #expect(output.contains("NOVI_GATEWAY_TOKEN") && output.contains("at least 16 characters"))
        #expect(!output.contains("short\n"))
    }
}

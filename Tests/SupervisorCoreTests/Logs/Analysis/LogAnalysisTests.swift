import SupervisorCore
import Testing

struct LogAnalysisTests {
    private func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

    // MARK: - Patterns

    @Test(arguments: [
        (
            "2026-11-24T04:05:02.123Z ERROR order 4711 of user7: timeout after 30.5 s",
            "order # of user#: timeout after # s"
        ),
        ("[2026-11-24 04:05:02] [error] connect ECONNREFUSED 127.0.0.1:5432", "connect ECONNREFUSED #"),
        (
            #"{"level":"error","msg":"no row for 1b4e28ba-2fa1-11d2-883f-0016d3cca427","pid":7}"#,
            "no row for <id>"
        ),
        (#"{"level":50,"err":{"message":"boom 12"}}"#, "boom #"),
        (#"level=error msg="order \"9\" failed" id=3"#, ##"order \"#\" failed"##),
        ("<3>whatsapp: link lost reason=TIMEOUT", "whatsapp: link lost reason=TIMEOUT"),
        ("Error: Cannot find module 'x'", "Error: Cannot find module 'x'"),
        ("\u{1B}[31mERROR\u{1B}[0m   much    space", "much space"),
        ("deadbeefcaf3 failed, 0x7ffe12 too", "<id> failed, <id> too"),
        ("", ""),
    ])
    func `a line is brought down to what is the same each time`(_ line: String, _ pattern: String) {
        #expect(MessagePattern.text(of: bytes(line)) == pattern)
    }

    @Test func `a pattern is short whatever the line`() {
        let long = String(repeating: "word ", count: 100_000)
        #expect(MessagePattern.text(of: bytes(long)).utf8.count <= MessagePattern.maximumBytes)
    }

    // MARK: - Frequency

    @Test func `few different ones are counted exactly, the most frequent first`() {
        var table = FrequencyTable(capacity: 3)
        for (index, text) in ["b", "a", "b", "c", "a", "b"].enumerated() { table.add(text, at: Int64(index)) }
        #expect(table.top(2).map(\.text) == ["b", "a"])
        #expect(table.top(9).map(\.count) == [3, 2, 1])
        #expect(table.uncertainty == 0 && table.total == 6)
        #expect(table.top(1).first?.first == 0 && table.top(1).first?.last == 5)
    }

    @Test
    func `among very many different ones the frequent ones are found, and by how much they may be wrong`() {
        var table = FrequencyTable(capacity: 10)
        for number in 0..<10_000 {
            table.add("rare \(number)", at: 0)
            if number % 3 == 0 { table.add("frequent", at: 0) }
        }
        let top = table.top(1)
        #expect(top.first?.text == "frequent")
        let count = top.first?.count ?? 0
        #expect(count <= 3334 && count + table.uncertainty >= 3334)
        #expect(table.top(100).count <= 10)
    }

    // MARK: - Requests

    @Test(arguments: [
        ("GET /orders/17?x=1 200 12.3 ms - 5", "GET /orders/#", 12.3),
        (#"{"method":"POST","path":"/orders","status":201,"duration_ms":7}"#, "POST /orders", 7),
        (
            #"{"req":{"method":"GET","url":"/a/5"},"responseTime":3.5,"msg":"request completed"}"#,
            "GET /a/#", 3.5
        ),
        ("level=info method=GET path=/health duration=2s", "GET /health", 2000),
        (
            "LOG:  duration: 1500.25 ms  statement: SELECT * FROM orders WHERE id = 7",
            "SELECT * FROM orders WHERE id = #", 1500.25
        ),
    ])
    func `requests tell what they were and how long they took`(
        _ line: String,
        _ request: String,
        _ time: Double
    ) {
        let timing = RequestTiming(bytes(line))
        #expect(timing?.request == request)
        #expect(timing?.milliseconds == time)
    }

    @Test(arguments: [
        "whatsapp disconnected: TIMEOUT; try 1 in 30 s", "GET /orders", "took 5 ms", #"{"ms":5}"#, "",
    ])
    func `lines about no request tell none`(_ line: String) {
        #expect(RequestTiming(bytes(line)) == nil)
    }

    @Test func `the slowest requests are kept, and where time goes`() {
        var timings = RequestTimings(slowest: 2)
        for (index, time) in [5, 9, 7, 9].enumerated() {
            guard let timing = RequestTiming(bytes("GET /x/\(index) 200 \(time) ms")) else { continue }
            timings.add(timing, app: "api", at: Int64(index))
        }
        #expect(timings.slowest.map(\.timing.milliseconds) == [9, 9])
        #expect(timings.slowest.map(\.time) == [1, 3])
        #expect(timings.heaviest(5).map(\.request) == ["GET /x/#"])
        #expect(timings.heaviest(5).first?.totalMilliseconds == 30)
    }

    // MARK: - WhatsApp and restarts

    @Test func `losses of the link are counted with their reasons and how long they took`() {
        var link = LinkStability()
        let second: Int64 = 1_000_000_000
        link.add(bytes("<6>whatsapp: whatsapp ready"), at: 0)
        link.add(bytes("<3>whatsapp: whatsapp disconnected: TIMEOUT; try 1 in 30 s"), at: 10 * second)
        link.add(bytes("<3>whatsapp: whatsapp disconnected: TIMEOUT; try 2 in 60 s"), at: 40 * second)
        link.add(bytes("<6>whatsapp: whatsapp ready"), at: 70 * second)
        link.add(bytes("<3>whatsapp: whatsapp logged_out: LOGOUT"), at: 100 * second)
        link.add(bytes("nothing of the kind"), at: 200 * second)
        #expect(link.lossCount == 2 && link.readyCount == 2)
        #expect(link.downNanoseconds == 60 * second)
        #expect(link.downSince == 100 * second)
        #expect(link.reasons.top(5).map { "\($0.count) \($0.text)" } == ["2 TIMEOUT", "1 LOGOUT"])
    }

    @Test func `restarts are counted by process with the ends that led to them`() {
        var tally = RestartTally()
        for line in [
            "INFO api: started with pid 7, asked for by amara",
            "WARN api: exited by itself with code 3 after 20 ms",
            "INFO api: started with pid 8, restart after code 3",
            "WARN api: exited by itself with code 3 after 5 h",
            "INFO api: started with pid 9, restart after code 3",
            "INFO web:1: ended with SIGTERM after 1 s, stop asked for by amara (pid 5)",
            "INFO api: online after 2 ms",
            "WARN a line of no process",
        ] { tally.add(Substring(line), at: 1) }
        #expect(tally.rows["api"]?.restarts == 2)
        #expect(
            tally.rows["api"]?.causes.top(9).map { "\($0.count) \($0.text)" } == [
                "2 exited by itself with code 3"
            ]
        )
        #expect(tally.rows["web:1"]?.causes.top(1).first?.text == "ended with SIGTERM, stop asked for")
    }

    // MARK: - All together

    @Test func `errors are told by app, and a stack trace is one error`() {
        var analysis = LogAnalysis()
        analysis.add(bytes("ERROR query 1 failed"), app: "api", level: .error, at: 5)
        analysis.add(bytes("    at line 7"), app: "api", level: .error, at: 6, continues: true)
        analysis.add(bytes("ERROR query 2 failed"), app: "api", level: .error, at: 7)
        analysis.add(bytes("WARN slow"), app: "web", level: .warning, at: 3)
        #expect(analysis.apps["api"]?.errors.top(1).first?.count == 2)
        #expect(analysis.apps["api"]?.lines == 3)
        #expect(analysis.apps["api"]?.levels[.error] == 2)
        #expect(analysis.apps["web"]?.warnings.total == 1)
        #expect(analysis.first == 3 && analysis.last == 7)
    }
}

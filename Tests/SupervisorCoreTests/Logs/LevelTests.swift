import SupervisorCore
import Testing

struct LevelTests {
    private func level(_ line: String) -> LogLevel? { LevelRecognition.level(of: Array(line.utf8)[...]) }

    // The macros of the test library cannot take a span.
    private func level(_ line: String, by rule: LevelRule) -> LogLevel? {
        LevelRecognition.level(of: Array(line.utf8).span, rules: [rule])
    }

    private func matches(_ rule: LevelRule, _ line: [UInt8]) -> Bool { rule.matches(line.span) }

    private func continuesEntry(_ line: String) -> Bool {
        LevelRecognition.continuesEntry(Array(line.utf8).span)
    }

    @Test(arguments: [
        ("warn", LogLevel.warning), ("WARNING", .warning), ("err", .error), ("Error", .error),
        ("fatal", .critical),
        ("crit", .critical), ("silly", .trace), ("verbose", .debug), ("http", .info), ("notice", .notice),
        ("information", .info), ("emerg", .critical), ("trace", .trace),
    ])
    func `the words of the usual loggers are levels in any case`(word: String, level: LogLevel) {
        #expect(LogLevel(name: word) == level)
    }

    @Test(arguments: ["", "errors", "occurred", "info ", "30", "ährror", "averyveryverylongword"])
    func `any other word is no level`(word: String) {
        #expect(LogLevel(name: word) == nil)
    }

    @Test(arguments: zip(LogLevel.allCases, [7, 7, 6, 5, 4, 3, 2]))
    func `each level has its priority of syslog`(level: LogLevel, priority: Int) {
        #expect(level.syslogPriority == priority)
        if level != .trace { #expect(LogLevel(syslogPriority: priority) == level) }
        #expect(LogLevel(name: level.name) == level)
    }

    @Test func `levels are ordered by gravity`() {
        #expect(LogLevel.allCases == LogLevel.allCases.sorted())
        #expect(LogLevel.warning < .error)
    }

    @Test(arguments: [
        ("<0>out", LogLevel.critical), ("<2>out", .critical), ("<3>bad", .error), ("<4>hm", .warning),
        ("<5>x", .notice),
        ("<6>x", .info), ("<7>x", .debug), ("<7>", .debug),
    ])
    func `a prefix for the journal gives the level`(line: String, expected: LogLevel) {
        #expect(level(line) == expected)
    }

    @Test(arguments: [
        (#"{"level":30,"time":1732449600000,"msg":"up"}"#, LogLevel.info),
        (#"{"level":60,"msg":"x"}"#, .critical),
        (#"{"level":10}"#, .trace), (#"{"level":20}"#, .debug), (#"{"level":40}"#, .warning),
        (#"{"level":50}"#, .error),
        (#"{"level":35,"msg":"custom"}"#, .info), (#"{"level": "warn", "message": "x"}"#, .warning),
        (#"{"message":"error: not this","level":"info","timestamp":"2026-11-24"}"#, .info),
        (#"{"name":"app","hostname":"h","pid":1,"level":50,"msg":"bunyan","v":0}"#, .error),
        (#"{"a":{"level":"error"},"b":["level",{"level":1}],"level":"debug"}"#, .debug),
        (#"{"msg":"a \"level\":\"error\" b","severity":"WARNING"}"#, .warning),
        (#"{"msg":"ends with \\","level":"error"}"#, .error), (#"{"version":"1.1","level":3}"#, .error),
        (#"{"level":"\u001b[32minfo\u001b[39m","message":"colour"}"#, .info), (#"  {"lvl":"err"}"#, .error),
        (#"{"@t":"2026","@l":"Fatal"}"#, .critical), (#"{"log.level":"error"}"#, .error),
        (#"{"severityText":"ERROR","severityNumber":17}"#, .error), (#"{"severityNumber":13}"#, .warning),
        (#"{"level":"50"}"#, .error), (#"{"PRIORITY":"4"}"#, .warning), (#"{"level":"verbose"}"#, .debug),
    ])
    func `a JSON object gives its level at the top`(line: String, expected: LogLevel) {
        #expect(level(line) == expected)
    }

    @Test(arguments: [
        #"{"a":{"level":"error"}}"#, #"{"msg":"level error"}"#, "{", "{}", #"{"level"#, #"{"level":"#,
        #"{"level":"err"#,
        #"{"level":"loud"}"#, #"{"level":null}"#, #"{"level":-1}"#, #"{"level":[50]}"#, #"{"msg":"ERROR"}"#,
        #"{ level: 'error' }"#, #"{"a":"\"#, #"{"level":{"x":50}}"#, "{ERROR}",
    ])
    func `a JSON object without a level has none`(line: String) {
        #expect(level(line) == nil)
    }

    @Test(arguments: [
        (#"level=warn msg="x""#, LogLevel.warning),
        (#"time="2026-11-24T12:00:00Z" level=error msg="a b""#, .error),
        (#"ts=2026-11-24 caller=main.go:1 level=info"#, .info), (#"msg="level=error" lvl=debug"#, .debug),
        (#"msg="a \" b" level="fatal""#, .critical), (#"2026-11-24 12:00:00 level=warn x=1"#, .warning),
        (#"log.level=error a=b"#, .error), ("a= level=err", .error),
    ])
    func `pairs give the level that one of them says`(line: String, expected: LogLevel) {
        #expect(level(line) == expected)
    }

    @Test(
        arguments: [
            ("ERROR something failed", LogLevel.error), ("WARN  deprecated", .warning), ("[error] x", .error),
            ("[Error] x", .error), ("error: x", .error), ("Error: cannot find module", .error),
            ("WARNING: x", .warning),
            ("warn: x", .warning), ("INFO", .info), ("ERROR\r", .error), ("DEBUG\tx", .debug),
            ("FATAL:  the database", .critical),
            ("2026-11-24T12:00:00.123Z ERROR x", .error),
            ("2026-11-24 12:00:00,123 - my.name - WARNING - x", .warning),
            ("2026-11-24 12:00:00 [warn] x", .warning), ("[2026-11-24 12:00:00] [ERROR] x", .error),
            ("[2026-11-24T12:00:00Z INFO  my_crate] x", .info),
            ("2026/11/24 12:00:00 [error] 123#0: *1 open()", .error),
            ("[Tue Nov 24 12:00:00.123456 2026] [error] [pid 1] x", .error),
            ("2026-11-24 12:00:00.123 UTC [4711] ERROR:  relation does not exist", .error),
            ("2026-11-24 12:00:00.123 CET [4711] LOG:  x", nil), ("ERROR:root:x", .error),
            ("[Nest] 1234  - 11/24/2026, 12:00:00 PM   ERROR [App] x", .error),
            ("[Nest] 1234  - 11/24/2026, 12:00:00 PM    WARN [App] x", .warning),
            ("2026-11-24T12:00:00.123+01:00  INFO 1234 --- [main] o.s.b.App : x", .info),
            ("12:00:00.123 [main] ERROR com.example - x", .error), ("12:00:00 WARN x", .warning),
            ("Nov 24 12:00:00 ERROR x", .error), ("2026-11-24 12:00:00 error: x", .error),
            ("2026-11-24 12:00:00 | INFO     | module:f:1 - x", .info),
            ("E1124 12:00:00.123456 1 f.cc:1] x", .error),
            ("I1124 12:00:00.123456 1 f.cc:1] x", .info),
            ("W, [2026-11-24T12:00:00 #1]  WARN -- : x", .warning),
            ("\u{1B}[31mERROR\u{1B}[0m x", .error), ("\u{1B}[1;33m[warn]\u{1B}[39m x", .warning),
            ("\u{1B}[2m2026-11-24T12:00:00Z\u{1B}[0m \u{1B}[31mERROR\u{1B}[0m x", .error),
            ("  ERROR indented", .error), ("npm ERR! code 1", .error), ("npm WARN deprecated", .warning),
            ("<error> x", .error), ("(warning) x", .warning), ("1732449600 ERROR x", .error),
            ("panic: x", .critical),
            ("[api] ERROR x", .error), ("[12:00:00.000] INFO (1234): x", .info), ("CRITICAL x", .critical),
            ("error", nil), ("verbose: x", .debug), ("[http] x", .info), ("app[12]: ERROR x", .error),
        ] as [(String, LogLevel?)]
    )
    func `a plain line gives its level at the start`(line: String, expected: LogLevel?) {
        #expect(level(line) == expected)
    }

    @Test(
        arguments: [
            "", " ", "\n", "no error occurred", "An ERROR occurred", "0 errors", "the error: none",
            "errors: 3",
            "Error connecting to the database", "info about things", "listening on 3000", "GET /error 200",
            "ERRORS 0",
            "set level=warn in the file", "http://localhost/", "https://x/?level=error", "12 errors found",
            "warned: no", "Warn me", "trace the route", "log: x", "data: x", "\u{1B}[", "\u{1B}[31m", "[",
            "[[[[", "<9>x", "<",
            "<34>x", "note: x", "2026-11-24 all is well", "2026-11-24 error rate is low",
            "2026-11-24 server ERROR",
            "ÄRROR x", "\u{0}\u{1}\u{2}", "----", "====", "error rate=3 level=high", "Debug mode is off",
        ]
    )
    func `prose has no level`(line: String) {
        #expect(level(line) == nil)
    }

    @Test func `bytes that are no text are read without harm`() {
        var state: UInt64 = 42
        for length in 0..<400 {
            let bytes = (0..<length).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
            _ = LevelRecognition.level(of: bytes[...])
            for head in ["{\"", "{\"level\":\"", "[", "a=\"", "\u{1B}[", "2026-"] {
                _ = LevelRecognition.level(of: (Array(head.utf8) + bytes)[...])
            }
        }
    }

    @Test(arguments: [
        ("    at f (x.js:1:1)", true), ("\tat com.example", true), ("}", true), ("Caused by: x", true),
        ("ERROR", false),
        ("", false), ("Can", false),
    ])
    func `steps of a stack trace continue the entry before`(line: String, expected: Bool) {
        #expect(continuesEntry(line) == expected)
    }

    @Test(arguments: [
        ("ALERT*", "ALERT here", true), ("ALERT*", "an ALERT", false),
        ("slow query", "a slow query of 3 s", true),
        ("*slow*", "so slow", true), ("* took ???? ms", "query took 1234 ms", true),
        ("* took ???? ms", "query took 123 ms", false), ("a*b*c", "a-b-b-c", true),
        ("a*b*c", "a-b-b-d", false),
        ("*end", "the end", true), ("*end", "the end.", false),
    ])
    func `an app's rule gives the level of the lines that it describes`(
        pattern: String,
        line: String,
        fits: Bool
    ) throws {
        let rule = try #require(LevelRule(text: pattern, level: .critical))
        #expect(matches(rule, Array(line.utf8)) == fits)
        #expect(level(line, by: rule) == (fits ? .critical : nil))
    }

    @Test func `a rule comes before what the line says itself`() throws {
        let rule = try #require(LevelRule(text: "ERROR 404*", level: .info))
        #expect(level("ERROR 404 /x", by: rule) == .info)
        #expect(level("ERROR 500 /x", by: rule) == .error)
    }

    @Test(arguments: ["", "*", "**", String(repeating: "x", count: 257)])
    func `a rule without a text, or with one that is too long, is none`(pattern: String) {
        #expect(LevelRule(text: pattern, level: .error) == nil)
    }

    @Test func `the worst pattern on the longest line ends soon`() throws {
        let rule = try #require(LevelRule(text: String(repeating: "*a", count: 127) + "b", level: .error))
        #expect(!matches(rule, [UInt8](repeating: 0x61, count: 1 << 20)))
    }
}

import Shared
import Testing

@testable import SupervisorClient
@testable import noviSupervisor

@Suite struct TextTests {
    @Test(arguments: [
        (-5, "0s"), (0, "0s"), (999, "0s"), (59_999, "59s"), (60_000, "1m"), (3_599_999, "59m"),
        (3_600_000, "1h"),
        (86_399_999, "23h"), (86_400_000, "1d"), (864_000_000_000, "10000d"),
    ])
    func `an uptime is one short word`(milliseconds: Int64, word: String) {
        #expect(Duration.milliseconds(milliseconds).columnText == word)
    }

    @Test(arguments: [
        ("500ms", 500), ("30s", 30_000), ("30", 30_000), ("2m", 120_000), ("2min", 120_000),
        ("1h", 3_600_000),
        ("1.5s", 1500), ("0", 0),
    ])
    func `times are read as people type them`(text: String, milliseconds: Int64) {
        #expect(TimeText.duration(text) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "s", "-1s", "1d", "1.2.3s", "9999999999", "1e5s", "8761h", "999999999h", "nan", "inf", " 1s",
        "１s",
    ])
    func `what is no time is refused`(text: String) {
        #expect(TimeText.duration(text) == nil)
    }

    @Test func `control characters never reach the terminal`() {
        let text = "a\u{1B}[31mb\u{07}\r\u{9B}c\u{202E}d\te"
        #expect(TerminalText.sanitized(text) == "a\u{FFFD}[31mb\u{FFFD}\u{FFFD}\u{FFFD}c\u{FFFD}d\te")
        #expect(TerminalText.sanitized("für 3 Äpfel – 日本") == "für 3 Äpfel – 日本")
    }

    @Test func `colours of a log line are left out, or kept and ended; nothing else gets through`() {
        let text = "a\u{1B}[1;31mred\u{1B}[0m \u{1B}[2J\u{1B}[38:5:9mx\u{1B}[31\u{7}"
        #expect(TerminalText.line(text, keepsColors: false) == "ared \u{FFFD}[2Jx\u{FFFD}[31\u{FFFD}")
        #expect(
            TerminalText.line(text, keepsColors: true)
                == "a\u{1B}[1;31mred\u{1B}[0m \u{FFFD}[2J\u{1B}[38:5:9mx\u{FFFD}[31\u{FFFD}\u{1B}[0m"
        )
        #expect(TerminalText.line("plain\u{7}", keepsColors: true) == "plain\u{FFFD}")
    }

    @Test func `outcomes are a line each, and a failure is one`() {
        let style = Style(hasColor: false, hasUnicode: true, width: nil)
        let lines = OutcomeLines(
            outcomes: [
                ["process": "api", "id": 1, "result": "already_running", "message": nil],
                [
                    "process": "api:1", "id": 2, "result": "failed",
                    "message": "cannot execute /x: no such file",
                ],
            ],
            style: style
        )
        #expect(
            lines.text() == """
                api (1) already running
                api:1 (2) failed: cannot execute /x: no such file

                """
        )
        #expect(lines.containsFailure)
    }

    @Test func `an event is a line`() {
        let event: JSONValue = [
            "sequence": 7, "time": "2026-11-24T04:05:02.541Z", "process": "api", "event": "online",
            "message": "online after 4 ms", "fields": [:],
        ]
        #expect(
            EventLine(event).text(withProcess: true) == "2026-11-24T04:05:02.541Z  api: online after 4 ms"
        )
        #expect(EventLine(event).text(withProcess: false) == "2026-11-24T04:05:02.541Z  online after 4 ms")
    }

    @Test func `documents for scripts begin with the number of their schema`() {
        let text = Output.document(["daemon": ["pid": 1], "processes": .array(StatusTableTests.processes)])
        #expect(
            text.hasPrefix(
                """
                {"schema":1,"daemon":{"pid":1},"processes":[{"name":"database","instance":0,"id":0,"namespace":"novi",\
                "state":"online","pid":4711,"uptime_ms":7260000,"restarts":0,"cpu_percent":0.26,\
                "memory_bytes":48234496,"heap_used_bytes":null,"reason":null,"status_text":null},
                """
            )
        )
        #expect(!text.contains("\n"))
    }
}

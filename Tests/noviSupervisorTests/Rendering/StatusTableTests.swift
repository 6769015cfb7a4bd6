import Shared
import Testing

@testable import SupervisorClient
@testable import noviSupervisor

@Suite struct StatusTableTests {
    static let processes: [JSONValue] = [
        [
            "name": "database", "instance": 0, "id": 0, "namespace": "novi", "state": "online", "pid": 4711,
            "uptime_ms": 7_260_000, "restarts": 0, "cpu_percent": 0.26, "memory_bytes": 48_234_496,
            "heap_used_bytes": nil, "reason": nil, "status_text": nil,
        ],
        [
            "name": "api", "instance": 1, "id": 2, "namespace": "novi", "state": "waiting restart",
            "pid": nil,
            "uptime_ms": nil, "restarts": 3, "cpu_percent": nil, "memory_bytes": nil, "heap_used_bytes": nil,
            "reason":
                "restarts in 400 ms: killed with SIGKILL from outside after 3.4 s – look at the machine",
            "status_text": "ignored beside a reason",
        ],
        [
            "name": "whatsapp", "instance": 0, "id": 3, "namespace": "novi", "state": "online", "pid": 4720,
            "uptime_ms": 59_999, "restarts": 12, "cpu_percent": 101.04, "memory_bytes": 1_288_490_189,
            "heap_used_bytes": 12_582_912, "reason": nil, "status_text": "connected",
        ],
    ]

    private func table(_ width: Int?, color: Bool = false, unicode: Bool = true) -> String {
        StatusTable(Self.processes, Style(hasColor: color, hasUnicode: unicode, width: width)).text()
    }

    @Test func `120 columns show everything`() {
        #expect(
            table(120) == """
                id  name      namespace  state             pid  uptime  restarts     cpu    memory      heap
                 0  database  novi       online           4711      2h         0    0.3%  46.0 MiB         –
                 2  api:1     novi       waiting restart     –       –         3       –         –         –
                    restarts in 400 ms: killed with SIGKILL from outside after 3.4 s – look at the machine
                 3  whatsapp  novi       online           4720     59s        12  101.0%   1.2 GiB  12.0 MiB
                    connected

                """
        )
    }

    @Test(
        arguments: [
            (nil, ["id", "0", "2", "(", "3", "("]), (6, ["id", "0", "2", "(", "3", "("]),
            (5, ["id", "0", "2", "(", "… and 1 more"]), (4, ["id", "0", "… and 2 more"]),
            (3, ["id", "0", "… and 2 more"]), (2, ["id", "… and 3 more"]), (1, ["id", "… and 3 more"]),
        ] as [(Int?, [String])]
    )
    func `what there is no room for is counted in the last line`(height: Int?, begins: [String]) {
        let table = StatusTable(Self.processes, Style(hasColor: false, hasUnicode: true, width: 120))
        let lines = table.text(height: height).split(separator: "\n").map(String.init)
        #expect(lines.count == begins.count)
        for (line, begin) in zip(lines, begins) {
            #expect(begin == "(" ? line.hasPrefix("    ") : line.drop { $0 == " " }.hasPrefix(begin))
        }
    }

    @Test func `the link to WhatsApp has a column where one is kept, and a colour`() {
        var processes = Self.processes
        processes[2] = [
            "name": "whatsapp", "instance": 0, "id": 3, "namespace": "novi", "state": "online", "pid": 4720,
            "uptime_ms": 59_999, "restarts": 12, "cpu_percent": 0.0, "memory_bytes": 1024,
            "whatsapp": "reconnecting",
        ]
        let table = { StatusTable(processes, Style(hasColor: $0, hasUnicode: true, width: 96)).text() }
        #expect(
            table(false) == """
                id  name      state             pid  uptime  restarts   cpu    memory  whatsapp
                 0  database  online           4711      2h         0  0.3%  46.0 MiB  –
                 2  api:1     waiting restart     –       –         3     –         –  –
                    restarts in 400 ms: killed with SIGKILL from outside after 3.4 s – look at the machine
                 3  whatsapp  online           4720     59s        12  0.0%   1.0 KiB  reconnecting

                """
        )
        #expect(table(true).contains("\u{1B}[33mreconnecting\u{1B}["))
    }

    @Test func `80 columns leave namespace and heap out and cut the reason`() {
        #expect(
            table(80) == """
                id  name      state             pid  uptime  restarts     cpu    memory
                 0  database  online           4711      2h         0    0.3%  46.0 MiB
                 2  api:1     waiting restart     –       –         3       –         –
                    restarts in 400 ms: killed with SIGKILL from outside after 3.4 s – look at …
                 3  whatsapp  online           4720     59s        12  101.0%   1.2 GiB
                    connected

                """
        )
    }

    @Test func `60 columns leave pid and cpu out as well`() {
        #expect(
            table(60) == """
                id  name      state            uptime  restarts    memory
                 0  database  online               2h         0  46.0 MiB
                 2  api:1     waiting restart       –         3         –
                    restarts in 400 ms: killed with SIGKILL from outside af…
                 3  whatsapp  online              59s        12   1.2 GiB
                    connected

                """
        )
    }

    @Test func `without a UTF-8 locale everything is ASCII`() {
        #expect(
            table(60, unicode: false) == """
                id  name      state            uptime  restarts    memory
                 0  database  online               2h         0  46.0 MiB
                 2  api:1     waiting restart       -         3         -
                    restarts in 400 ms: killed with SIGKILL from outside ...
                 3  whatsapp  online              59s        12   1.2 GiB
                    connected

                """
        )
        let isASCII = table(120, unicode: false).allSatisfy { $0.isASCII }
        #expect(isASCII)
    }

    @Test func `without a terminal nothing is cut`() {
        let text = table(nil)
        #expect(text.contains("– look at the machine\n"))
        #expect(text.hasPrefix("id  name      namespace  state"))
    }

    @Test func `colour says again what the words say`() {
        let text = table(120, color: true)
        #expect(text.contains("\u{1B}[32monline\u{1B}[0m"))
        #expect(text.contains("\u{1B}[33mwaiting restart\u{1B}[0m"))
        #expect(Self.withoutColor(text) == table(120))
    }

    @Test(arguments: [20, 30, 40, 60, 80, 120, 200])
    func `no line is wider than the terminal`(width: Int) {
        let long = String(repeating: "n", count: 100)
        var process = Self.processes[1].objectValue ?? [:]
        process["name"] = .string(long)
        let style = Style(hasColor: false, hasUnicode: true, width: width)
        let table = StatusTable([.object(process)], style).text()
        // Below 35 columns the fewest columns with the shortest name are wider than the terminal.
        let widest = table.split(separator: "\n").map(\.count).max() ?? 0
        #expect(widest <= max(width, 35))
    }

    @Test func `no app cannot move the cursor by its status text`() {
        var process = Self.processes[2].objectValue ?? [:]
        process["status_text"] = "\u{1B}]0;owned\u{07}\u{1B}[2J ready"
        let style = Style(hasColor: false, hasUnicode: true, width: 80)
        let text = StatusTable([.object(process)], style).text()
        #expect(!text.contains("\u{1B}"))
        #expect(text.contains("ready"))
    }

    @Test func `figures beyond reason are no crash`() {
        let process: JSONValue = [
            "name": "x", "cpu_percent": 1e300, "memory_bytes": -1, "uptime_ms": 9_223_372_036_854_775_807,
            "restarts": -9_223_372_036_854_775_808,
        ]
        let style = Style(hasColor: false, hasUnicode: true, width: 120)
        #expect(StatusTable([process, nil, 7], style).text().contains("?%"))
    }

    @Test func `an empty list says how to begin`() {
        let text = StatusTable([], Style(hasColor: false, hasUnicode: true, width: 80)).text()
        #expect(text == "no apps; start one with: noviSupervisor start [FILE | COMMAND]\n")
    }

    private static func withoutColor(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let escape = rest.firstIndex(of: "\u{1B}") {
            result += rest[..<escape]
            let end = rest[escape...].firstIndex(of: "m") ?? rest.index(before: rest.endIndex)
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}

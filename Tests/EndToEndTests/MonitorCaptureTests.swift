import Foundation
import Shared
import Testing

/// What a real terminal shows, held against golden files: the grid comes out of ncurses as it went in.
///
/// `NOVI_RECORD=1` writes the files anew, to be looked at before they are committed.
@Suite(.enabled(if: TerminalSession.isPossible)) struct MonitorCaptureTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("Fixtures/monitor")

    private static func process(_ name: String, _ id: Int, _ members: JSONObject = [:]) -> JSONValue {
        var process: JSONObject = [
            "name": .string(name), "instance": 0, "id": .integer(Int64(id)), "namespace": "default",
            "state": "online",
            "as_wanted": true, "pid": .integer(Int64(900 + id)), "uptime_ms": 7_500_000, "restarts": 0,
            "cpu_percent": 1.5,
            "memory_bytes": 48_234_496, "heap_used_bytes": .null, "reason": .null, "status_text": .null,
        ]
        for (key, value) in members { process[key] = value }
        return .object(process)
    }

    /// The answers of a daemon with three processes whose logs are in one file.
    private static func answers(_ home: String) -> [String: JSONObject] {
        let jobs = process(
            "jobs",
            2,
            [
                "state": "waiting restart", "as_wanted": false, "pid": .null, "uptime_ms": .null,
                "cpu_percent": .null,
                "memory_bytes": .null, "restarts": 7,
                "reason": "ended with status 3 after 1.2 s; starts again in 4 s",
            ]
        )
        let api = process("api", 0, ["heap_used_bytes": 12_582_912, "status_text": "serving on port 3000"])
        let log: JSONObject = [
            "process": "api", "id": 0, "namespace": "default", "output": .string("\(home)/logs/api-out.log"),
            "error": .null,
            "run": .null, "previous_run": .null, "archive": .null, "level_rules": [],
        ]
        return [
            "List": [
                "schema": 1, "daemon": ["pid": 812, "version": "0.1.0", "uptime_ms": 86_400_000],
                "processes": [api, process("web-日本", 1), jobs],
            ],
            "GetLogFiles": ["files": [.object(log)]],
            "Describe": [
                "descriptions": [
                    [
                        "process": api, "since": "2026-11-26T03:24:55.100Z",
                        "command": ["/usr/bin/api", "--port", "3000"],
                        "working_directory": "/srv/api", "restart_policy": "at once",
                        "stop_policy": "SIGTERM",
                        "readiness": "READY=1 within 30 s",
                        "environment": ["TOKEN": "********", "LANG": "C.UTF-8"],
                        "exits": [
                            [
                                "time": "2026-11-26T03:24:55.000Z", "pid": 801, "exit": "SIGKILL",
                                "uptime_ms": 290_000,
                                "cause": "killed by the kernel, out of memory",
                            ]
                        ],
                        "events": [["time": "2026-11-26T03:24:55.100Z", "message": "started with pid 900"]],
                    ]
                ]
            ],
        ]
    }

    private static let log = """
        INFO GET /api/orders 200 in 3 ms
        WARN slow: GET /api/reports took 5213 ms, more than the 5000 ms that are told; the user agent was curl/7.88.1 on Linux
        ERROR 宛先: 田中さん 👩‍👩‍👧 déjà envoyé e\u{301} \u{1B}[31mred\u{1B}[0m \u{1B}[2J
        FATAL no room
        DEBUG cache: 12 hits
        INFO tab\there

        """

    @Test(arguments: [(80, 24), (120, 40), (200, 60)])
    func `a terminal shows what the screen is, cell by cell`(columns: Int, rows: Int) throws {
        let home = "/tmp/novi-e2e-\(UInt32.random(in: 1_000_000_000...4_000_000_000))"
        defer { try? FileManager.default.removeItem(atPath: home) }
        for name in ["run", "logs"] {
            try FileManager.default.createDirectory(
                atPath: "\(home)/\(name)",
                withIntermediateDirectories: true
            )
        }
        try Self.log.write(toFile: "\(home)/logs/api-out.log", atomically: true, encoding: .utf8)
        let daemon = try CannedDaemon("\(home)/run/control.sock", Self.answers(home))
        defer { withExtendedLifetime(daemon) {} }
        let terminal = try TerminalSession(home, columns: columns, rows: rows)
        // One look: sparklines would grow with each.
        try terminal.run("noviSupervisor monit --home \(home) --interval 1h")
        try terminal.awaitScreen("everything") { $0.contains("here") && $0.contains("jobs") }
        if columns >= 110 { try terminal.awaitScreen("details") { $0.contains("killed by the") } }
        try Self.hold(terminal, home, "tmux-overview", columns, rows)
        try terminal.keys("d")
        try terminal.awaitScreen("details") { $0.contains("READY=1 within 30 s") }
        try Self.hold(terminal, home, "tmux-details", columns, rows)
        try terminal.keys("?")
        try terminal.awaitScreen("the help") { $0.contains("Ctrl-z to the shell") }
        try Self.hold(terminal, home, "tmux-help", columns, rows)
        try terminal.keys("Escape")
        try terminal.keys("l", "/")
        try terminal.keys("fatal", "Enter")
        try terminal.awaitScreen("the match") { $0.contains("> api") }
        try Self.hold(terminal, home, "tmux-search", columns, rows)
        try terminal.keys("x")
        try terminal.awaitScreen("the signals") { $0.contains("SIGUSR1") }
        try Self.hold(terminal, home, "tmux-signal", columns, rows)
    }

    /// Waits until the screen is that of a file; the host's figures and the folder are this machine's.
    private static func hold(
        _ terminal: TerminalSession,
        _ home: String,
        _ name: String,
        _ columns: Int,
        _ rows: Int
    ) throws {
        let file = folder.appendingPathComponent("\(name)-\(columns)x\(rows).txt")
        if ProcessInfo.processInfo.environment["NOVI_RECORD"] == "1" {
            // Only here nothing is known that could be waited for.
            sleep(1)
            try neutral(try terminal.screen(), home).write(to: file, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOf: file, encoding: .utf8)
        try terminal.awaitScreen("\(file.lastPathComponent):\n\(golden)", seconds: 30) {
            neutral($0, home) == golden
        }
    }

    private static func neutral(_ screen: String, _ home: String) -> String {
        let folder = "/tmp/" + String(repeating: "h", count: home.utf8.count - 5)
        return screen.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix(" host ") ? " host …" : $0.replacingOccurrences(of: home, with: folder) }
            .joined(separator: "\n")
    }
}

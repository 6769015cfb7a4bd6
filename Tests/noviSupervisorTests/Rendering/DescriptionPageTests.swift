import Shared
import Testing

@testable import SupervisorClient
@testable import noviSupervisor

@Suite struct DescriptionPageTests {
    static let description: JSONValue = [
        "process": [
            "name": "api", "instance": 1, "id": 4, "namespace": "novi", "state": "waiting restart",
            "pid": nil,
            "uptime_ms": nil, "restarts": 2, "cpu_percent": 1.5, "memory_bytes": 52_428_800,
            "heap_used_bytes": 1_048_576, "reason": "restarts in 400 ms: exit code 1", "status_text": nil,
        ],
        "since": "2026-11-24T04:05:02.541Z", "command": ["/bin/sh", "-c", "echo 'hi'; exit 1", ""],
        "working_directory": "/srv/api", "user": "novi", "source": nil, "restart_policy": "at once",
        "stop_policy": "SIGTERM, SIGKILL after 10 s", "readiness": "READY=1 within 30 s",
        "memory_policy": nil,
        "next_action": "start (restart after exit code 1)", "next_action_at": "2026-11-24T04:05:02.941Z",
        "dependencies": ["database (ready)"], "dependants": [], "listen": [],
        "environment": ["API_TOKEN": "********", "TITLE": "\u{1B}]0;x\u{07}"],
        "log": ["output": "/logs/api-out-1.log", "error": nil],
        "exits": [
            [
                "time": "2026-11-24T04:05:02.541Z", "run": "00", "pid": 99, "exit": "exit code 1", "code": 1,
                "signal": nil, "uptime_ms": 3400, "cause": "by itself",
            ]
        ],
        "cgroup": [
            "path": "/sys/fs/cgroup/system.slice/novi-apps.scope/api.1@00", "memory_bytes": 62_914_560,
            "memory_peak_bytes": 73_400_320, "tasks": 3, "oom_kills": 1,
        ],
        "memory_curve": [0, 26_214_400, 52_428_800], "log_notes": ["pipe of 8 KiB"],
        "events": [
            ["time": "2026-11-24T04:05:02.541Z", "message": "exited by itself with code 1 after 3.4 s"]
        ],
    ]

    private func page(color: Bool = false, unicode: Bool = true) -> String {
        let style = Style(hasColor: color, hasUnicode: unicode, width: 80)
        return DescriptionPage(Self.description, style, lastLines: ["boom\u{1B}[2J"]).text()
    }

    @Test func `a page tells everything that there is and nothing that there is not`() {
        #expect(
            page() == """
                api:1 (id 4, namespace novi)
                  state          waiting restart since 2026-11-24T04:05:02.541Z
                  why            restarts in 400 ms: exit code 1
                  next           start (restart after exit code 1) at 2026-11-24T04:05:02.941Z
                  restarts       2
                  memory         50.0 MiB in the process tree, heap 1.0 MiB, cpu 1.5%
                  command        /bin/sh -c 'echo '\\''hi'\\''; exit 1' ''
                  folder         /srv/api
                  user           novi
                  restart policy at once
                  stop policy    SIGTERM, SIGKILL after 10 s
                  ready          READY=1 within 30 s
                  depends on     database (ready)
                  output         /logs/api-out-1.log
                  cgroup         /sys/fs/cgroup/system.slice/novi-apps.scope/api.1@00
                    counts       60.0 MiB with file cache (peak 70.0 MiB), 3 tasks, 1 killed for memory
                  log note       pipe of 8 KiB
                  memory curve   ▁▄█ peak 50.0 MiB

                last exits
                  2026-11-24T04:05:02.541Z  exit code 1 after 3.4 s (pid 99), by itself

                what happened
                  2026-11-24T04:05:02.541Z  exited by itself with code 1 after 3.4 s

                environment
                  API_TOKEN=********
                  TITLE=\u{FFFD}]0;x\u{FFFD}

                last lines
                  boom\u{FFFD}[2J

                """
        )
    }

    @Test func `without a UTF-8 locale a page is ASCII`() {
        let isASCII = page(unicode: false).allSatisfy { $0.isASCII }
        #expect(isASCII)
    }

    @Test func `colour is ours alone`() {
        let escapes = page(color: true).split(separator: "\u{1B}", omittingEmptySubsequences: false)
            .dropFirst()
        #expect(!escapes.isEmpty)
        let areColors = escapes.allSatisfy {
            $0.hasPrefix("[0m") || $0.hasPrefix("[1m") || $0.hasPrefix("[33m")
        }
        #expect(areColors)
    }

    @Test func `a description of a daemon that says little is still a page`() {
        let style = Style(hasColor: false, hasUnicode: true, width: 80)
        for description: JSONValue in [
            nil, [:], ["process": [], "exits": [nil, 1], "memory_curve": ["x", -1, 0]],
            ["memory_curve": [-9_223_372_036_854_775_808, 1, 9_223_372_036_854_775_807]],
        ] {
            #expect(!DescriptionPage(description, style, lastLines: []).text().isEmpty)
        }
    }
}

import Shared
import SupervisorCore

@testable import noviMonitor

/// What a daemon could tell, the same in every test.
enum SampleData {
    static func process(_ name: String, id: Int, instance: Int = 0, _ members: JSONObject = [:]) -> JSONValue
    {
        var process: JSONObject = [
            "name": .string(name), "instance": .integer(Int64(instance)), "id": .integer(Int64(id)),
            "namespace": "novi",
            "state": "online", "as_wanted": true, "pid": .integer(Int64(800 + id)), "uptime_ms": 7_500_000,
            "restarts": 0,
            "cpu_percent": 0.3, "memory_bytes": 48_234_496, "heap_used_bytes": .null, "reason": .null,
            "status_text": .null,
        ]
        for (key, value) in members { process[key] = value }
        return .object(process)
    }

    /// The processes at one of many looks.
    static func processes(_ look: Int = 0) -> [JSONValue] {
        let wave = look % 10
        return [
            process(
                "api",
                id: 0,
                [
                    "cpu_percent": .number(Double(wave) * 4.5),
                    "memory_bytes": .integer(Int64(40 + look) << 20),
                    "heap_used_bytes": .integer(Int64(20 + wave) << 20), "restarts": 2,
                    "status_text": "serving on port 3000",
                ]
            ),
            process(
                "database",
                id: 1,
                ["status_text": "PostgreSQL 15 accepts connections", "memory_bytes": 191_889_408]
            ),
            process(
                "whatsapp",
                id: 2,
                ["status_text": "ready", "whatsapp": "ready", "heap_used_bytes": 12_582_912]
            ),
            process("web", id: 3),
            process("web", id: 4, instance: 1, ["cpu_percent": 112.4]),
            process(
                "jobs",
                id: 5,
                [
                    "state": "waiting restart", "as_wanted": false, "pid": .null, "uptime_ms": .null,
                    "cpu_percent": .null,
                    "memory_bytes": .null, "restarts": 7,
                    "reason": "ended with status 3 after 1.2 s; starts again in 4 s",
                ]
            ),
            process(
                "mailer-日本",
                id: 6,
                [
                    "state": "stopped", "pid": .null, "uptime_ms": .null, "cpu_percent": .null,
                    "memory_bytes": .null,
                    "reason": "stopped by ada",
                ]
            ),
        ]
    }

    static func snapshot(_ processes: [JSONValue], _ clean: CleanText) -> Snapshot {
        Snapshot(
            pid: 812,
            version: "0.1.0",
            uptimeMilliseconds: 86_400_000,
            rows: processes.map { ProcessRow($0, clean) }
        )
    }

    static let host = HostFigures(
        cpuPercent: 12.4,
        memoryPercent: 46,
        memoryBytes: 8_201_000_000,
        diskPercent: 93.2,
        diskFreeBytes: 5_500_000_000,
        diskFolder: "/home/ada/.novi/logs"
    )

    static let link: JSONObject = [
        "provider": "cloud", "state": "ready", "since": "2026-11-26T05:00:00Z",
        "queue": ["waiting": 2, "sending": 1, "unknown": 0, "failed": 0, "dead": 1], "unprocessed": 0,
    ]

    static func lines(hasUnicode: Bool = true) -> [LogLine] {
        let clean = CleanText(hasUnicode: hasUnicode)
        func line(
            _ process: String,
            _ text: String,
            _ level: LogLevel = .info,
            isError: Bool = false
        ) -> LogLine {
            LogLine(
                time: "12:30:05",
                process: process,
                isError: isError,
                level: level,
                text: clean.clean(text)
            )
        }
        var lines = (1...40).map { line("api", "GET /api/orders?page=\($0) 200 in \($0 * 3 % 17) ms") }
        lines += [
            line("web", "listening on port 8080"),
            line("web:1", "warning: the cache is cold", .warning, isError: true),
            line("database", "checkpoint complete: wrote 42 buffers (0.3%)"),
            line("jobs", "Traceback (most recent call last):", .error, isError: true),
            line("jobs", "  File \"jobs.py\", line 12, in run", .error, isError: true),
            line("jobs", "ValueError: no such queue: mail", .error, isError: true),
            line("mailer-日本", "宛先: 田中さん <tanaka@example.jp> 👩‍👩‍👧 déjà envoyé e\u{301}"),
            line("api", "\u{1B}[31mred\u{1B}[0m \u{1B}]0;title\u{07} and \u{1B}[2J gone"),
            line("api", "POST /api/orders 201 in 31 ms\ttab"),
            line(
                "api",
                "GET /api/reports took 5213 ms, slower than 5000 ms; user agent Mozilla/5.0 (X11; Linux x86_64) something",
                .warning
            ),
            line("api", "cache: 12 hits, 3 misses", .debug),
            line("database", "FATAL: the disk is full", .critical, isError: true),
        ]
        return lines
    }

    static let description: JSONValue = [
        "process": processes(0)[0], "since": "2026-11-26T03:24:55.100Z",
        "command": ["/usr/bin/noviWorker", "api", "--name", "two words"], "working_directory": "/srv/novi",
        "user": "novi", "source": "/etc/novi/ecosystem.json",
        "restart_policy": "at once; gives up after 16 short runs within 10 min",
        "stop_policy": "SIGTERM, SIGKILL after 15 s, whole process tree", "readiness": "READY=1 within 30 s",
        "memory_policy": "clean up above 500.0 MiB, restart above 800.0 MiB, at most 2 restarts an hour",
        "next_action": "restart at the next full hour", "next_action_at": "2026-11-26T06:00:00.000Z",
        "dependencies": ["database (ready)"], "dependants": ["whatsapp"],
        "environment": [
            "DATABASE_URL": "postgres://novi:********@localhost/novi", "LANG": "C.UTF-8",
            "SESSION_SECRET": "********",
        ],
        "listen": ["tcp://127.0.0.1:3000"],
        "log": ["output": "/var/log/novi/api-out.log", "error": "/var/log/novi/api-error.log"],
        "log_streams": [],
        "exits": [
            [
                "time": "2026-11-26T03:20:00.000Z", "run": "000660fdd08f5ac2", "pid": 790, "exit": "status 1",
                "code": 1,
                "signal": .null, "uptime_ms": 3_600_000, "cause": "by itself",
            ],
            [
                "time": "2026-11-26T03:24:55.000Z", "run": "000660fdd08f5ac3", "pid": 801, "exit": "SIGKILL",
                "code": .null,
                "signal": "SIGKILL", "uptime_ms": 290_000, "cause": "killed by the kernel, out of memory",
            ],
        ],
        "memory_curve": [1_000_000, 2_000_000, 4_000_000, 8_000_000], "log_notes": [],
        "events": [
            ["time": "2026-11-26T03:24:55.000Z", "message": "ended with SIGKILL after 4 min 50 s"],
            ["time": "2026-11-26T03:24:55.100Z", "message": "started with pid 800"],
        ],
    ]
}

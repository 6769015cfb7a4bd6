import LinuxSystem
import LogFiles
import Shared
import SupervisorCore

/// Everything of one process, for `describe`.
extension Daemon {
    /// The description as in the interface's type `Description`.
    func description(of status: ProcessStatus, usage: ProcessUsage?, _ clock: CivilClock) -> JSONValue {
        guard let app = supervisor.definition(of: status.name.app) else { return .null }
        let slot = slots[status.id]
        let next = status.next
        let curve = status.state.run?.memory.curve ?? []
        var object: JSONObject = [
            "process": status.json(
                usage: usage,
                outputTrouble: outputTrouble(ofProcess: status.id),
                at: clock.now
            ),
            "since": .string(clock.text(status.since)),
            "command": .array(([app.command.executable] + app.command.arguments).map { .string($0) }),
            "working_directory": .string(app.workingDirectory),
            "user": .optional(app.user?.name),
            "source": .optional(app.source),
            "restart_policy": .string(app.restart.text),
            "stop_policy": .string(app.stop.text),
            "readiness": .string(app.readiness.text),
            "memory_policy": .optional(app.memory.text),
            "memory_limit_bytes": .optional(app.memory.hard?.bytes),
            "memory_tree_limit_bytes": .optional(app.memory.treeLimit?.bytes),
            "next_action": .optional(next?.action),
            "next_action_at": .optional(next.map { clock.text($0.at) }),
            "dependencies": .array(app.dependencies.map { .string("\($0.app) (\($0.condition.rawValue))") }),
            "dependants": .array(supervisor.dependants(of: app.name).map { .string($0.rawValue) }),
        ]
        object["environment"] = .object(Secrets.masked(app.environment))
        object["listen"] = .array(app.listen.map { .string($0) })
        object["log"] = logFile(of: status, clock)
        object["exits"] = .array(supervisor.exits(of: status.id).map { $0.json(clock) })
        object["memory_curve"] = .array(curve.map { .integer($0.bytes) })
        object["pipe_capacity_bytes"] = .optional(
            slot?.output.flatMap { output in
                output.pipe.capacity.map { Int64($0) }
            }
        )
        let streams = slot?.streamFigures(at: clock.now) ?? []
        object["log_streams"] = .array(streams.map(\.json))
        object["dropped_lines"] = .integer(streams.reduce(0) { $0 + $1.figures.droppedLines })
        object["dropped_bytes"] = .integer(streams.reduce(0) { $0 + $1.figures.droppedBytes })
        object["cgroup"] = runs.values.first { $0.process == status.id }?.group?.json ?? .null
        object["log_notes"] = .array(logNotes(slot, streams).map { .string($0) })
        object["events"] = .array(supervisor.trail(of: status.id).map { $0.json(clock) })
        return .object(object)
    }

    /// Where the output of a process goes, and what readers of it need.
    func logFile(of status: ProcessStatus, _ clock: CivilClock) -> JSONValue {
        let app = supervisor.definition(of: status.name.app)
        let paths = app.map { LogPaths($0, instance: status.name.instance, directory: layout.logDirectory) }
        let run = status.state.run?.launchedAt
        // An attempt that never became a process wrote nothing.
        let previous = supervisor.exits(of: status.id).last { $0.pid != nil }
        return .object([
            "process": .string("\(status.name)"),
            "id": .integer(Int64(status.id)),
            "namespace": .string(status.namespace),
            "output": .optional(options.isContainer ? nil : paths?.out?.visible),
            "error": .optional(options.isContainer ? nil : paths?.err?.visible),
            "run": run.map { clock.runTime(from: $0, to: nil) } ?? .null,
            // What it left in the pipe may be written after its end: its time goes on to the next run.
            "previous_run": previous.map { clock.runTime(from: $0.at + (.zero - $0.ended.uptime), to: run) }
                ?? .null,
            "archive": .optional(app?.logs.policy.archiveDirectory),
            "shared": .bool(paths?.isMerged ?? false),
            "log_date_format": .optional(app?.logs.derived.stampPattern),
            "log_type": .optional(app?.logs.derived.isJSON == true ? "json" : nil),
            "date_pattern": .optional(app?.logs.policy.datePattern),
            "level_rules": .array(
                (app?.logs.derived.levelRules ?? []).map {
                    .object(["match": .string($0.text), "level": .string($0.level.name)])
                }
            ),
        ])
    }

    private func logNotes(_ slot: ProcessSlot?, _ streams: [StreamFigures]) -> [String] {
        guard let slot, let output = slot.output else { return [] }
        var notes: [String] = []
        let capacity = output.pipe.capacity ?? PipeBudget.usual
        if capacity < PipeBudget.usual {
            notes.append(
                "its pipe holds only \(capacity) bytes: the user's share of pipe memory is used up (M6)"
            )
        }
        for stream in streams {
            let figures = stream.figures
            if figures.isBlocked {
                notes.append("\(stream.path) takes nothing now: output waits in its pipe")
            }
            if figures.droppedBytes > 0 {
                notes.append(
                    "\(figures.droppedLines) lines (\(figures.droppedBytes) bytes) were dropped while \(stream.path) took nothing, since this daemon took over"
                )
            }
        }
        return notes
    }
}

extension ControlGroup {
    /// As in the interface's type `Cgroup`.
    fileprivate var json: JSONValue {
        .object([
            "path": .string(path),
            "memory_bytes": .optional(memoryBytes),
            "memory_peak_bytes": .optional(memoryPeakBytes),
            "tasks": .optional(tasks),
            "oom_kills": .optional(oomKills),
        ])
    }
}

/// What went through one output of a process.
struct StreamFigures {
    /// `out`, `error`, or `both` where they share a pipe.
    var stream: String
    var path: String
    var figures: StreamCounters.Figures

    /// As in the interface's type `LogStream`.
    var json: JSONValue {
        .object([
            "stream": .string(stream),
            "path": .string(path),
            "read_bytes": .integer(figures.readBytes),
            "written_bytes": .integer(figures.writtenBytes),
            "dropped_lines": .integer(figures.droppedLines),
            "dropped_bytes": .integer(figures.droppedBytes),
            "blocked_ms": .integer(figures.blockedMilliseconds),
            "blocked": .bool(figures.isBlocked),
        ])
    }
}

extension ProcessSlot {
    /// What went through each output since the daemon took it over.
    func streamFigures(at now: MonotonicInstant) -> [StreamFigures] {
        [(output, sharesPipe ? "both" : "out"), (error, "error")].compactMap { output, name in
            guard let output, let path = output.path else { return nil }
            let figures = output.counters.figures(at: now.nanoseconds)
            return StreamFigures(stream: name, path: path, figures: figures)
        }
    }
}

extension ExitRecord {
    /// The end as in the interface's type `Exit`.
    func json(_ clock: CivilClock) -> JSONValue {
        var code: Int64?
        var signal: String?
        switch ended.observation.exit {
        case .exited(let number): code = Int64(number)
        case .signaled(let name, _): signal = "\(name)"
        case .unknown: break
        }
        return .object([
            "time": .string(clock.text(at)),
            "run": .string("\(run)"),
            "pid": .optional(pid.map { Int64($0) }),
            "exit": .string("\(ended.observation.exit)"),
            "code": .optional(code),
            "signal": .optional(signal),
            "uptime_ms": .integer(ended.uptime.wholeMilliseconds),
            "cause": .string(ended.causeText),
        ])
    }
}

extension RestartPolicy {
    /// The policy in one line.
    var text: String {
        guard isEnabled else { return "never" }
        let delay =
            fixedDelay.map { "after \($0.shortText)" }
            ?? "at once; short runs after \(backoff.initial.shortText) × \(backoff.factor), at most \(backoff.maximum.shortText)"
        let limit =
            maximumUnstableRuns.map {
                "gives up after \($0) short \($0 == 1 ? "run" : "runs") within \(window.shortText)"
            } ?? "never gives up"
        return "\(delay); \(limit)"
    }
}

extension StopPolicy {
    /// The policy in one line.
    var text: String {
        "\(signal), SIGKILL after \(killTimeout.shortText), \(includesTree ? "whole process tree" : "main process only")"
    }
}

extension ReadinessPolicy {
    /// The policy in one line.
    var text: String {
        switch self {
        case .immediate: "as soon as it is executed"
        case .notification(let timeout): "READY=1 within \(timeout.shortText)"
        }
    }
}

extension MemoryPolicy {
    /// The policy in one line; `nil` without limits.
    var text: String? {
        guard isActive else { return nil }
        var parts: [String] = []
        if let soft { parts.append("clean up above \(soft)") }
        if let hard { parts.append("restart above \(hard)") }
        if let treeLimit { parts.append("restart when the tree is above \(treeLimit)") }
        let restarts = restartsPerHour == 1 ? "restart" : "restarts"
        return parts.joined(separator: ", ") + ", at most \(restartsPerHour) \(restarts) an hour"
    }
}

/// Keeps secrets out of what is shown.
enum Secrets {
    private static let words = [
        "SECRET", "TOKEN", "PASSWORD", "PASSWD", "KEY", "CREDENTIAL", "PRIVATE", "AUTH",
    ]

    /// The environment with values hidden where the name speaks of a secret, and passwords in URLs hidden.
    static func masked(_ environment: [String: String]) -> JSONObject {
        var object: JSONObject = [:]
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            let upper = name.uppercased()
            let isSecret = words.contains { upper.contains($0) }
            object[name] = .string(isSecret ? "********" : maskedURL(value))
        }
        return object
    }

    /// Hides the password of `scheme://user:password@host`.
    static func maskedURL(_ value: String) -> String {
        guard let scheme = value.range(ofText: "://") else { return value }
        let rest = value[scheme...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else {
            return value
        }
        return value[..<value.index(after: colon)] + "********" + value[at...]
    }
}

extension String {
    /// The index behind the first occurrence of `text`.
    fileprivate func range(ofText text: String) -> String.Index? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return index(start, offsetBy: text.count) }
            formIndex(after: &start)
        }
        return nil
    }
}

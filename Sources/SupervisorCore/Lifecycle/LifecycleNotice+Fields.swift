public import Shared

extension LifecycleNotice.Kind {
    /// The figures of the notice by name, units last: for `events`, and for the journal in capitals.
    public var fields: JSONObject {
        switch self {
        case .registered, .deleted, .foundEnded, .unkillable: return [:]
        case .configurationChanged(let fields): return ["changed": .array(fields.map { .string($0) })]
        case .waitingForDependencies(let waits): return ["waits_for": .array(waits.map { .string($0) })]
        case .launched(let pid, let reason):
            var fields: JSONObject = ["pid": .integer(Int64(pid)), "reason": .string("\(reason)")]
            fields.append(kind: "reason_kind", reason.word, by: reason.requester)
            return fields
        case .adopted(let pid, let age):
            return ["pid": .integer(Int64(pid)), "age_ms": .integer(age.wholeMilliseconds)]
        case .launchFailed(let failure):
            return ["stage": .string(failure.stage), "error": .string(failure.errorName)]
        case .online(let wait): return ["after_ms": .integer(wait.wholeMilliseconds)]
        case .signaled(let signal, let requester):
            return [
                "signal": .string("\(signal)"), "requester": .string("\(requester)"),
                "requested_by": .string(requester.user),
            ]
        case .exited(let exit, let uptime, let cause, let oom):
            var fields = exit.fields
            fields["uptime_ms"] = .integer(uptime.wholeMilliseconds)
            fields["cause"] = .string("\(cause)")
            fields.append(kind: "cause_kind", cause.word, by: cause.requester)
            if oom {
                fields["oom_kill"] = .bool(true)
            }
            return fields
        case .stragglersEnded(let count): return ["count": .integer(Int64(count))]
        case .waitingToRestart(let wait, let failures, let limit):
            return [
                "after_ms": .integer(wait.wholeMilliseconds),
                "short_runs": .integer(Int64(failures)),
                "limit": limit.map { .integer(Int64($0)) } ?? .null,
            ]
        case .gaveUp(let runs, let window):
            return ["short_runs": .integer(Int64(runs)), "window_ms": .integer(window.wholeMilliseconds)]
        case .stopping(let cause):
            var fields: JSONObject = ["cause": .string("\(cause)")]
            fields.append(kind: "cause_kind", cause.word, by: cause.requester)
            return fields
        case .killed(let wait): return ["after_ms": .integer(wait.wholeMilliseconds)]
        case .cleanupRequested(let measured, let limit):
            return ["measured_bytes": .integer(measured.bytes), "limit_bytes": .integer(limit.bytes)]
        case .memoryRestartsExhausted(let verdict, let perHour):
            return [
                "measured_bytes": .integer(verdict.measured.bytes),
                "limit_bytes": .integer(verdict.limit.bytes),
                "per_hour": .integer(Int64(perHour)),
            ]
        case .memoryReport(let used, let total, let external, let resident):
            return [
                "heap_used_bytes": .integer(used.bytes),
                "heap_total_bytes": .integer(total.bytes),
                "external_bytes": .integer(external.bytes),
                "rss_bytes": .integer(resident.bytes),
            ]
        case .failureReported(let number): return ["errno": .integer(Int64(number))]
        case .ignored(let reason): return ["reason": .string(reason)]
        case .shutdownBegan(let requester, let urgent):
            return [
                "requester": .string("\(requester)"),
                "requested_by": .string(requester.user),
                "urgent": .bool(urgent),
            ]
        case .upgraded(let former, let present):
            return ["from": .string(former), "to": .string(present)]
        case .upgradeFailed(let program, let reason):
            return ["program": program.map { .string($0) } ?? .null, "reason": .string(reason)]
        case .log(let notice): return notice.fields
        }
    }
}

extension LogNotice {
    /// The figures of the notice by name, units last.
    fileprivate var fields: JSONObject {
        switch self {
        case .blocked(let log, let reason), .rotationFailed(let log, let reason):
            ["log": .string(log), "reason": .string(reason)]
        case .dropping(let log): ["log": .string(log)]
        case .recovered(let log, let wait, let lines, let bytes):
            [
                "log": .string(log), "after_ms": .integer(wait.wholeMilliseconds),
                "dropped_lines": .integer(lines), "dropped_bytes": .integer(bytes),
            ]
        case .changedByOthers(let log, let how, let times):
            ["log": .string(log), "how": .string(how), "times": .integer(Int64(times))]
        case .lineCut(let rotated): ["log": .string(rotated)]
        case .keepingFailed(let log, let reason), .derivingFailed(let log, let reason):
            ["log": log.map { .string($0) } ?? .null, "reason": .string(reason)]
        case .totalLimited(let limit, let files, let bytes, let isStillOver):
            [
                "limit_bytes": .integer(limit), "deleted_files": .integer(Int64(files)),
                "deleted_bytes": .integer(bytes), "is_still_over": .bool(isStillOver),
            ]
        case .diskGuarded(let folder, let percent, let files, let bytes, let isStillShort):
            [
                "folder": .string(folder), "keep_free_percent": .integer(Int64(percent)),
                "deleted_files": .integer(Int64(files)), "deleted_bytes": .integer(bytes),
                "is_still_short": .bool(isStillShort),
            ]
        }
    }
}

extension JSONObject {
    /// Adds a word to search for, and who asked for it where somebody did.
    fileprivate mutating func append(kind key: String, _ word: String, by requester: Requester?) {
        self[key] = .string(word)
        if let requester { self["requested_by"] = .string(requester.user) }
    }
}

extension ProcessExit {
    /// Code and signal, each under its own name.
    public var fields: JSONObject {
        switch self {
        case .exited(let code): ["code": .integer(Int64(code))]
        case .signaled(let signal, let core): ["signal": .string("\(signal)"), "core_dumped": .bool(core)]
        case .unknown: ["exit": .string("unknown")]
        }
    }
}

extension LaunchReason {
    /// The stable word for this reason, for machines.
    public var word: String {
        switch self {
        case .requested: "requested"
        case .restartRequested: "restart_requested"
        case .configurationChanged: "configuration_changed"
        case .neededBy: "needed_by"
        case .runEnded: "run_ended"
        case .launchFailed: "launch_failed"
        case .memory: "memory"
        case .readinessTimeout: "readiness_timeout"
        case .watchdog: "watchdog"
        case .daemonStarted: "daemon_started"
        }
    }
}

extension EndCause {
    /// The stable word for this cause, for machines.
    public var word: String {
        switch self {
        case .itself: "itself"
        case .stopRequested: "stop_requested"
        case .restartRequested: "restart_requested"
        case .deleteRequested: "delete_requested"
        case .scaledDown: "scaled_down"
        case .configurationChanged: "configuration_changed"
        case .memory: "memory"
        case .readinessTimeout: "readiness_timeout"
        case .watchdog: "watchdog"
        case .signaled: "signaled"
        case .shutdown: "shutdown"
        }
    }

    /// Who asked for it; `nil` where nobody did.
    var requester: Requester? {
        switch self {
        case .stopRequested(let requester), .restartRequested(let requester), .deleteRequested(let requester),
            .scaledDown(let requester), .configurationChanged(let requester), .signaled(_, let requester),
            .shutdown(let requester):
            requester
        case .itself, .memory, .readinessTimeout, .watchdog: nil
        }
    }
}

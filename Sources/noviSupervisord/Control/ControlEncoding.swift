import LinuxSystem
import Shared
import SupervisorCore

/// The clock readings that turn monotonic instants into civil time.
///
/// Taken once for each answer: an instant is told relative to now, so a jump of the wall clock moves what is told but
/// never makes a duration negative.
struct CivilClock {
    /// The monotonic time of the reading.
    let now: MonotonicInstant
    /// The civil time of the reading, in nanoseconds since 1970.
    let wallNanoseconds: Int64

    /// Reads both clocks.
    init() {
        now = MonotonicInstant(nanoseconds: Clocks.monotonicNanoseconds())
        wallNanoseconds = Clocks.realtimeNanoseconds()
    }

    /// An instant as RFC 3339 text in UTC with milliseconds.
    func text(_ instant: MonotonicInstant) -> String {
        let (wall, _) = wallNanoseconds.subtractingReportingOverflow((now - instant).wholeNanoseconds)
        return Clocks.timestamp(of: wall)
    }

    /// The interface's type `RunTime`.
    func runTime(from start: MonotonicInstant, to end: MonotonicInstant?) -> JSONValue {
        .object(["started": .string(text(start)), "ended": .optional(end.map { text($0) })])
    }
}

extension ControlResponse {
    /// The reply's error name, if it is one, and its parameters.
    var encoded: (error: String?, parameters: JSONObject) {
        switch self {
        case .outcomes(let outcomes): (nil, ["outcomes": .array(outcomes.map(\.json))])
        case .failure(let failure): failure.encoded
        }
    }
}

extension ControlFailure {
    /// The error's name and parameters.
    fileprivate var encoded: (error: String?, parameters: JSONObject) {
        let interface = "com.novi.Supervisor"
        switch self {
        case .unknownProcess(let selection, let suggestion):
            return (
                "\(interface).UnknownProcess",
                ["selection": .string(selection), "suggestion": suggestion.map { .string($0) } ?? .null]
            )
        case .timedOut(let outcomes, let waiting):
            return (
                "\(interface).TimedOut",
                [
                    "outcomes": .array(outcomes.map(\.json)),
                    "waiting": .array(waiting.map { .string("\($0)") }),
                ]
            )
        case .hasDependants(let app, let dependants):
            return (
                "\(interface).HasDependants",
                [
                    "app": .string(app.rawValue),
                    "dependants": .array(dependants.map { .string($0.rawValue) }),
                ]
            )
        case .shuttingDown: return ("\(interface).ShuttingDown", [:])
        case .invalidRequest(let reason): return ("\(interface).InvalidRequest", ["reason": .string(reason)])
        }
    }
}

extension ProcessOutcome {
    /// The outcome as in the interface's type `Outcome`.
    var json: JSONValue {
        .object([
            "process": .string("\(process)"),
            "id": .integer(Int64(id)),
            "result": .string(result.rawValue),
            "message": message.map { .string($0) } ?? .null,
        ])
    }
}

/// What was measured of a process tree.
struct ProcessUsage: Equatable {
    /// CPU time in percent of one core since the last reading.
    var cpuPercent: Double
    /// Resident memory of the tree.
    var memory: ByteCount
}

extension ProcessStatus {
    /// The status as in the interface's type `Process`; the reason also says what is the matter with its output.
    func json(usage: ProcessUsage?, outputTrouble: String? = nil, at now: MonotonicInstant) -> JSONValue {
        let run = state.run
        let reasons = [reason, outputTrouble].compactMap(\.self)
        return .object([
            "name": .string(name.app.rawValue),
            "instance": .integer(Int64(name.instance)),
            "id": .integer(Int64(id)),
            "namespace": .string(namespace),
            "state": .string(state.word),
            "as_wanted": .bool(isAsWanted),
            "pid": .optional(pid.map { Int64($0) }),
            "uptime_ms": .optional(uptime(at: now)?.wholeMilliseconds),
            "restarts": .integer(Int64(restarts)),
            "cpu_percent": usage.map { .number(($0.cpuPercent * 10).rounded() / 10) } ?? .null,
            "memory_bytes": .optional(usage?.memory.bytes),
            "heap_used_bytes": .optional(run?.heap?.used.bytes),
            "reason": .optional(reasons.isEmpty ? nil : reasons.joined(separator: "; ")),
            "status_text": .optional(run?.statusText),
            "whatsapp": .optional(run?.whatsAppState),
        ])
    }
}

extension JSONValue {
    /// The number, or null.
    static func optional(_ number: Int64?) -> JSONValue {
        number.map { .integer($0) } ?? .null
    }

    /// The text, or null.
    static func optional(_ text: String?) -> JSONValue {
        text.map { .string($0) } ?? .null
    }
}

extension LifecycleNotice {
    /// The notice as in the interface's type `Event`.
    func json(_ clock: CivilClock) -> JSONValue {
        .object([
            "sequence": .integer(Int64(clamping: sequence)),
            "time": .string(clock.text(at)),
            "process": .optional(process.map { "\($0)" }),
            "id": .optional(processID.map { Int64($0) }),
            "run": .optional(run.map { "\($0)" }),
            "event": .string(kind.word),
            "message": .string(kind.message),
            "fields": .object(kind.fields),
        ])
    }
}

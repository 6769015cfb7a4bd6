public import Shared

/// The checkpoint as one JSON object: unknown members are ignored, unknown words get the mildest meaning, so that an older
/// program can go on from what a newer one wrote.
extension ProcessCheckpoint {
    /// The object.
    public var json: JSONValue {
        var object: JSONObject = [
            "name": .string("\(name)"), "state": state.json, "since": since.json,
            "restarts": .integer(Int64(restarts)),
        ]
        object["latest"] = latestRun.map { .string("\($0)") }
        object["history"] = history == RestartHistory() ? nil : history.json
        object["exits"] = exits.isEmpty ? nil : .array(exits.map(\.json))
        object["outdated"] = isOutdated ? .bool(true) : nil
        object["reserved"] = hasStartReserved ? .bool(true) : nil
        object["stop"] = pendingStop.map { ["cause": $0.cause.json, "next": $0.next.json] }
        return .object(object)
    }

    /// Reads what ``json`` wrote; `nil` when it is not that.
    ///
    /// - Parameters:
    ///   - id: The number of the process, which is beside the object.
    ///   - json: The object.
    public init?(id: Int, json: JSONValue) {
        guard id >= 0, let name = json["name"]?.stringValue.flatMap({ ProcessName($0) }),
            let state = json["state"].flatMap({ ProcessState(json: $0) })
        else { return nil }
        self.id = id
        self.name = name
        self.state = state
        since = MonotonicInstant(json: json["since"]) ?? .zero
        restarts = json["restarts"].flatMap { Int(json: $0) } ?? 0
        history = json["history"].map { RestartHistory(json: $0) } ?? RestartHistory()
        exits = (json["exits"]?.arrayValue ?? []).compactMap { ExitRecord(json: $0) }
            .suffix(ProcessStateMachine.maximumExits)
        latestRun = RunID(json: json["latest"])
        isOutdated = json["outdated"]?.boolValue ?? false
        hasStartReserved = json["reserved"]?.boolValue ?? false
        pendingStop = json["stop"].map {
            Supervisor.PendingStop(cause: EndCause(json: $0["cause"]), next: AfterStop(json: $0["next"]))
        }
    }
}

extension ProcessState {
    fileprivate var json: JSONValue {
        switch self {
        case .stopped(let reason): .tagged("stopped", ["reason": reason.json])
        case .waitingForDependencies(let reason): .tagged("waiting", ["reason": reason.json])
        case .launching(let run): .tagged("launching", ["run": run.json])
        case .online(let run): .tagged("online", ["run": run.json])
        case .stopping(let run, let sequence, let cause, let next):
            .tagged(
                "stopping",
                ["run": run.json, "sequence": sequence.json, "cause": cause.json, "next": next.json]
            )
        case .ending(let run, let sequence, let ended, let next):
            .tagged(
                "ending",
                ["run": run.json, "sequence": sequence.json, "ended": ended.json, "next": next.json]
            )
        case .waitingRestart(let until, let reason):
            .tagged("waiting restart", ["until": until.json, "reason": reason.json])
        case .errored(let reason): .tagged("errored", ["reason": reason.json])
        }
    }

    fileprivate init?(json: JSONValue) {
        let run = json["run"].flatMap { Run(json: $0) }
        switch (json.tag, run) {
        case ("stopped", _): self = .stopped(StopReason(json: json["reason"]))
        case ("waiting", _): self = .waitingForDependencies(LaunchReason(json: json["reason"]))
        case ("waiting restart", _):
            self = .waitingRestart(
                until: MonotonicInstant(json: json["until"]) ?? .zero,
                LaunchReason(json: json["reason"])
            )
        case ("errored", _):
            guard let reason = json["reason"].flatMap({ ErroredReason(json: $0) }) else { return nil }
            self = .errored(reason)
        case ("launching", .some(let run)): self = .launching(run)
        case ("stopping", .some(let run)):
            self = .stopping(
                run,
                StopSequence(run.stop, json: json["sequence"]),
                EndCause(json: json["cause"]),
                then: AfterStop(json: json["next"])
            )
        case ("ending", .some(let run)):
            guard let ended = json["ended"].flatMap({ EndedRun(json: $0) }) else { return nil }
            let sequence = StopSequence(run.stop, json: json["sequence"])
            self = .ending(run, sequence, ended, then: AfterStop(json: json["next"]))
        // A state of a newer program: what runs goes on.
        case (_, .some(let run)): self = .online(run)
        default: return nil
        }
    }
}

extension Run {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "id": .string("\(id)"), "launched": launchedAt.json, "reason": reason.json,
            "signal": stop.signal.json,
            "timeout": stop.killTimeout.json, "tree": .bool(stop.includesTree),
        ]
        object["pid"] = pid.map { .integer(Int64($0)) }
        object["ready_by"] = readyBy?.json
        object["said_ready"] = hasSaidReady ? .bool(true) : nil
        object["readiness_unknown"] = isReadinessUncertain ? .bool(true) : nil
        return .object(object)
    }

    fileprivate init?(json: JSONValue) {
        guard let id = RunID(json: json["id"]), let launchedAt = MonotonicInstant(json: json["launched"])
        else {
            return nil
        }
        var stop = StopPolicy()
        stop.signal = UnixSignal(json: json["signal"]) ?? stop.signal
        stop.killTimeout = Duration(json: json["timeout"]) ?? stop.killTimeout
        stop.includesTree = json["tree"]?.boolValue ?? stop.includesTree
        self.init(id: id, launchedAt: launchedAt, reason: LaunchReason(json: json["reason"]), stop: stop)
        pid = json["pid"]?.integerValue.flatMap { Int32(exactly: $0) }
        readyBy = MonotonicInstant(json: json["ready_by"])
        hasSaidReady = json["said_ready"]?.boolValue ?? false
        isReadinessUncertain = json["readiness_unknown"]?.boolValue ?? false
    }
}

extension StopSequence {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["position": .integer(Int64(position)), "kills": .integer(Int64(kills))]
        object["hurried"] = isImmediate ? .bool(true) : nil
        object["tree"] = .bool(scope == .tree)
        object["until"] = waitsUntil?.json
        return .object(object)
    }

    fileprivate init(_ policy: StopPolicy, json: JSONValue?) {
        self.init(
            policy,
            scope: json?["tree"]?.boolValue ?? policy.includesTree ? .tree : .main,
            isImmediate: json?["hurried"]?.boolValue ?? false,
            position: json?["position"].flatMap { Int(json: $0) } ?? 0,
            kills: json?["kills"].flatMap { Int(json: $0) } ?? 0,
            waitsUntil: MonotonicInstant(json: json?["until"])
        )
    }
}

extension ExitRecord {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["run": .string("\(run)"), "at": at.json, "ended": ended.json]
        object["pid"] = pid.map { .integer(Int64($0)) }
        return .object(object)
    }

    fileprivate init?(json: JSONValue) {
        guard let run = RunID(json: json["run"]), let ended = json["ended"].flatMap({ EndedRun(json: $0) })
        else {
            return nil
        }
        let pid = json["pid"]?.integerValue.flatMap { Int32(exactly: $0) }
        self.init(run: run, pid: pid, at: MonotonicInstant(json: json["at"]) ?? .zero, ended: ended)
    }
}

extension EndedRun {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["exit": observation.exit.json, "uptime": uptime.json, "cause": cause.json]
        object["left"] = observation.stragglers > 0 ? .integer(Int64(observation.stragglers)) : nil
        object["oom"] = observation.followsOOMKill ? .bool(true) : nil
        object["never_ready"] = wasReady ? nil : .bool(true)
        return .object(object)
    }

    fileprivate init?(json: JSONValue) {
        guard let uptime = Duration(json: json["uptime"]) else { return nil }
        let observation = ExitObservation(
            exit: ProcessExit(json: json["exit"]),
            stragglers: json["left"].flatMap { Int(json: $0) } ?? 0,
            followsOOMKill: json["oom"]?.boolValue ?? false
        )
        self.init(observation: observation, uptime: uptime, cause: EndCause(json: json["cause"]))
        wasReady = !(json["never_ready"]?.boolValue ?? false)
    }
}

extension RestartHistory {
    /// The newest unstable runs; more than the default limit are of interest to nobody but a policy that asks for more.
    fileprivate var json: JSONValue {
        [
            "unstable": .array(unstableEnds.suffix(Self.maximumCheckpointEntries).map(\.json)),
            "failures": .integer(Int64(consecutiveFailures)),
            "memory": .array(memoryRestarts.map(\.json)),
        ]
    }

    fileprivate init(json: JSONValue) {
        func instants(_ key: String) -> [MonotonicInstant] {
            (json[key]?.arrayValue ?? []).suffix(Self.maximumEntries).compactMap {
                MonotonicInstant(json: $0)
            }
        }
        self.init(
            unstableEnds: instants("unstable"),
            consecutiveFailures: json["failures"].flatMap { Int(json: $0) } ?? 0,
            memoryRestarts: instants("memory")
        )
    }
}

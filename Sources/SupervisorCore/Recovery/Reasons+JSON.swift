public import Shared

/// Reasons and the small values in them, for ``ProcessCheckpoint``.
///
/// An unknown word, of a newer program, becomes the daemon's own doing.
extension LaunchReason {
    var json: JSONValue {
        switch self {
        case .requested(let by): .tagged("requested", ["by": by.json])
        case .restartRequested(let by): .tagged("restart requested", ["by": by.json])
        case .configurationChanged(let by): .tagged("configuration changed", ["by": by.json])
        case .neededBy(let app, let by): .tagged("needed", ["app": .string(app.rawValue), "by": by.json])
        case .runEnded(let exit): .tagged("ended", ["exit": exit.json])
        case .launchFailed: .tagged("launch failed")
        case .memory(let verdict): .tagged("memory", ["verdict": verdict.json])
        case .readinessTimeout: .tagged("readiness")
        case .watchdog: .tagged("watchdog")
        case .daemonStarted: .tagged("daemon started")
        }
    }

    init(json: JSONValue?) {
        let by = Requester(json: json?["by"])
        switch json?.tag {
        case "requested": self = .requested(by)
        case "restart requested": self = .restartRequested(by)
        case "configuration changed": self = .configurationChanged(by)
        case "needed":
            let app = json?["app"]?.stringValue.flatMap { AppName($0) }
            self = app.map { .neededBy($0, by) } ?? .requested(by)
        case "ended": self = .runEnded(ProcessExit(json: json?["exit"]))
        case "launch failed": self = .launchFailed
        case "memory": self = MemoryVerdict(json: json?["verdict"]).map { .memory($0) } ?? .daemonStarted
        case "readiness": self = .readinessTimeout
        case "watchdog": self = .watchdog
        default: self = .daemonStarted
        }
    }
}

extension EndCause {
    var json: JSONValue {
        switch self {
        case .itself: .tagged("itself")
        case .stopRequested(let by): .tagged("stop requested", ["by": by.json])
        case .restartRequested(let by): .tagged("restart requested", ["by": by.json])
        case .deleteRequested(let by): .tagged("delete requested", ["by": by.json])
        case .scaledDown(let by): .tagged("scaled down", ["by": by.json])
        case .configurationChanged(let by): .tagged("configuration changed", ["by": by.json])
        case .memory(let verdict): .tagged("memory", ["verdict": verdict.json])
        case .readinessTimeout(let wait): .tagged("readiness", ["after": wait.json])
        case .watchdog(let wait): .tagged("watchdog", ["after": wait.json])
        case .signaled(let signal, let by): .tagged("signaled", ["signal": signal.json, "by": by.json])
        case .shutdown(let by): .tagged("shutdown", ["by": by.json])
        }
    }

    init(json: JSONValue?) {
        let by = Requester(json: json?["by"])
        switch json?.tag {
        case "itself": self = .itself
        case "restart requested": self = .restartRequested(by)
        case "delete requested": self = .deleteRequested(by)
        case "scaled down": self = .scaledDown(by)
        case "configuration changed": self = .configurationChanged(by)
        case "memory":
            self = MemoryVerdict(json: json?["verdict"]).map { .memory($0) } ?? .stopRequested(.daemon)
        case "readiness": self = .readinessTimeout(Duration(json: json?["after"]) ?? .zero)
        case "watchdog": self = .watchdog(Duration(json: json?["after"]) ?? .zero)
        case "signaled": self = UnixSignal(json: json?["signal"]).map { .signaled($0, by) } ?? .itself
        case "shutdown": self = .shutdown(by)
        default: self = .stopRequested(by)
        }
    }
}

extension AfterStop {
    var json: JSONValue {
        switch self {
        case .stay(let reason): .tagged("stay", ["reason": reason.json])
        case .relaunch(let reason): .tagged("relaunch", ["reason": reason.json])
        case .judge(let reason): .tagged("judge", ["reason": reason.json])
        case .remove: .tagged("remove")
        }
    }

    init(json: JSONValue?) {
        switch json?.tag {
        case "relaunch": self = .relaunch(LaunchReason(json: json?["reason"]))
        case "judge": self = .judge(LaunchReason(json: json?["reason"]))
        case "remove": self = .remove
        default: self = .stay(StopReason(json: json?["reason"]))
        }
    }
}

extension StopReason {
    /// As it lies in files.
    public var json: JSONValue {
        switch self {
        case .neverStarted: .tagged("never started")
        case .requested(let by): .tagged("requested", ["by": by.json])
        case .ended(let exit): .tagged("ended", ["exit": exit.json])
        case .stopExitCode(let code): .tagged("stop exit code", ["code": .integer(Int64(code))])
        case .shutdown: .tagged("shutdown")
        }
    }

    /// Reads what ``json`` wrote; what a newer program wrote is a request of nobody known.
    public init(json: JSONValue?) {
        switch json?.tag {
        case "never started": self = .neverStarted
        case "ended": self = .ended(ProcessExit(json: json?["exit"]))
        case "stop exit code":
            let code = json?["code"]?.integerValue.flatMap { Int32(exactly: $0) }
            self = code.map { .stopExitCode($0) } ?? .ended(.unknown)
        case "shutdown": self = .shutdown
        default: self = .requested(Requester(json: json?["by"]))
        }
    }
}

extension ErroredReason {
    var json: JSONValue {
        ["runs": .integer(Int64(unstableRuns)), "window": window.json, "last": .string(last)]
    }

    init?(json: JSONValue) {
        guard let runs = json["runs"].flatMap({ Int(json: $0) }) else { return nil }
        let window = Duration(json: json["window"]) ?? .zero
        self.init(unstableRuns: runs, window: window, last: json["last"]?.stringValue ?? "")
    }
}

extension Requester {
    var json: JSONValue {
        var object: JSONObject = ["user": .string(user)]
        object["pid"] = pid.map { .integer(Int64($0)) }
        object["terminal"] = terminal.map { .string($0) }
        return .object(object)
    }

    init(json: JSONValue?) {
        guard let json, let user = json["user"]?.stringValue else {
            self = .daemon
            return
        }
        let pid = json["pid"]?.integerValue.flatMap { Int32(exactly: $0) }
        self.init(user: user, pid: pid, terminal: json["terminal"]?.stringValue)
    }
}

extension MemoryVerdict {
    var json: JSONValue {
        [
            "subject": .string(subject.rawValue), "measured": .integer(measured.bytes),
            "limit": .integer(limit.bytes),
        ]
    }

    init?(json: JSONValue?) {
        guard let json, let subject = json["subject"]?.stringValue.flatMap({ Subject(rawValue: $0) }),
            let measured = json["measured"]?.integerValue, let limit = json["limit"]?.integerValue
        else { return nil }
        self.init(subject: subject, measured: ByteCount(measured), limit: ByteCount(limit))
    }
}

extension ProcessExit {
    var json: JSONValue {
        switch self {
        case .exited(let code): ["code": .integer(Int64(code))]
        case .signaled(let signal, let core): ["signal": signal.json, "core": .bool(core)]
        case .unknown: [:]
        }
    }

    init(json: JSONValue?) {
        if let code = json?["code"]?.integerValue.flatMap({ Int32(exactly: $0) }) {
            self = .exited(code: code)
        } else if let signal = UnixSignal(json: json?["signal"]) {
            self = .signaled(signal, coreDumped: json?["core"]?.boolValue ?? false)
        } else {
            self = .unknown
        }
    }
}

extension UnixSignal {
    var json: JSONValue { .integer(Int64(rawValue)) }

    init?(json: JSONValue?) {
        guard let number = json?.integerValue.flatMap({ Int32(exactly: $0) }) else { return nil }
        self.init(rawValue: number)
    }
}

extension RunID {
    init?(json: JSONValue?) {
        guard let text = json?.stringValue else { return nil }
        self.init(text)
    }
}

extension MonotonicInstant {
    var json: JSONValue { .integer(nanoseconds) }

    init?(json: JSONValue?) {
        guard let number = json?.integerValue else { return nil }
        self.init(nanoseconds: number)
    }
}

extension Duration {
    /// In nanoseconds.
    var json: JSONValue { .integer(wholeNanoseconds) }

    init?(json: JSONValue?) {
        guard let number = json?.integerValue, number >= 0 else { return nil }
        self = .nanoseconds(number)
    }
}

extension Int {
    /// A count: not negative.
    init?(json: JSONValue) {
        guard let number = json.integerValue.flatMap({ Int(exactly: $0) }), number >= 0 else { return nil }
        self = number
    }
}

extension JSONValue {
    /// An object that says by `is` which of several things it is.
    static func tagged(_ tag: String, _ members: JSONObject = [:]) -> JSONValue {
        var object: JSONObject = ["is": .string(tag)]
        for (key, value) in members { object.append(key, value) }
        return .object(object)
    }

    /// What ``tagged(_:_:)`` said.
    var tag: String? { self["is"]?.stringValue }
}

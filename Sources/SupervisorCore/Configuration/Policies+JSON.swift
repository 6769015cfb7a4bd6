import Shared

extension RestartPolicy {
    var json: JSONValue {
        var object: JSONObject = [
            "enabled": .bool(isEnabled),
            "minimum_uptime_ms": .integer(minimumUptime.wholeMilliseconds),
            // Spelt out, because a missing key takes the default.
            "maximum_unstable_runs": maximumUnstableRuns.map { .integer(Int64($0)) } ?? .string("unlimited"),
            "window_ms": .integer(window.wholeMilliseconds),
        ]
        object["fixed_delay_ms"] = fixedDelay.map { .integer($0.wholeMilliseconds) }
        object["backoff"] = [
            "initial_ms": .integer(backoff.initial.wholeMilliseconds),
            "factor": .number(backoff.factor),
            "maximum_ms": .integer(backoff.maximum.wholeMilliseconds),
            "jitter": .number(backoff.jitter),
            "reset_after_ms": .integer(backoff.resetAfter.wholeMilliseconds),
        ]
        object["stop_exit_codes"] = .array(stopExitCodes.sorted().map { .integer(Int64($0)) })
        return .object(object)
    }

    init(_ fields: JSONFields) throws(AppDefinitionError) {
        self.init()
        isEnabled = try fields.bool("enabled") ?? isEnabled
        minimumUptime = try fields.duration("minimum_uptime_ms") ?? minimumUptime
        if fields.value("maximum_unstable_runs") == .string("unlimited") {
            maximumUnstableRuns = nil
        } else {
            let range = 0...RestartHistory.maximumEntries
            maximumUnstableRuns =
                try fields.integer("maximum_unstable_runs", in: range) ?? maximumUnstableRuns
        }
        window = try fields.duration("window_ms") ?? window
        fixedDelay = try fields.duration("fixed_delay_ms")
        if let written = try fields.fields("backoff") {
            backoff.initial = try written.duration("initial_ms") ?? backoff.initial
            backoff.factor = try written.number("factor", in: 1...1000) ?? backoff.factor
            backoff.maximum = try written.duration("maximum_ms") ?? backoff.maximum
            backoff.jitter = try written.number("jitter", in: 0...1) ?? backoff.jitter
            backoff.resetAfter = try written.duration("reset_after_ms") ?? backoff.resetAfter
        }
        stopExitCodes = Set(try fields.numbers("stop_exit_codes"))
    }
}

extension StopPolicy {
    init(_ fields: JSONFields) throws(AppDefinitionError) {
        self.init()
        if let text = try fields.string("signal") {
            guard let signal = UnixSignal(text) else { throw fields.failure("signal", "is no signal") }
            self.signal = signal
        }
        killTimeout = try fields.duration("kill_timeout_ms") ?? killTimeout
        includesTree = try fields.bool("includes_tree") ?? includesTree
    }
}

extension UnixSignal {
    /// The name, or the number of a signal whose name cannot be read back (the real-time ones).
    var jsonText: String { UnixSignal(description) == self ? description : "\(rawValue)" }
}

extension ReadinessPolicy {
    var json: JSONValue {
        switch self {
        case .immediate: ["type": "immediate"]
        case .notification(let timeout):
            ["type": "notify", "timeout_ms": .integer(timeout.wholeMilliseconds)]
        }
    }

    init(_ fields: JSONFields) throws(AppDefinitionError) {
        switch try fields.required("type") {
        case "immediate": self = .immediate
        case "notify":
            guard let timeout = try fields.duration("timeout_ms") else {
                throw fields.failure("timeout_ms", "is missing")
            }
            self = .notification(timeout: timeout)
        default: throw fields.failure("type", "is unknown")
        }
    }
}

extension MemoryPolicy {
    var json: JSONValue {
        var object = JSONObject()
        object["soft_bytes"] = soft.map { .integer($0.bytes) }
        object["hard_bytes"] = hard.map { .integer($0.bytes) }
        object["tree_limit_bytes"] = treeLimit.map { .integer($0.bytes) }
        object["restarts_per_hour"] = .integer(Int64(restartsPerHour))
        object["interval_ms"] = .integer(sampleInterval.wholeMilliseconds)
        return .object(object)
    }

    init(_ fields: JSONFields) throws(AppDefinitionError) {
        self.init()
        soft = try fields.byteCount("soft_bytes")
        hard = try fields.byteCount("hard_bytes")
        treeLimit = try fields.byteCount("tree_limit_bytes")
        restartsPerHour = try fields.integer("restarts_per_hour", in: 0...1000) ?? restartsPerHour
        sampleInterval = try fields.duration("interval_ms") ?? sampleInterval
    }
}

extension LogDestinations {
    var json: JSONValue {
        var object = JSONObject()
        object["output"] = output.map(JSONValue.string)
        object["error"] = error.map(JSONValue.string)
        object["merges_instances"] = .bool(mergesInstances)
        object["disabled"] = .bool(isDisabled)
        if policy != LogPolicy() { object["policy"] = policy.json }
        if derived != DerivedLogs() { object["derived"] = derived.json }
        return .object(object)
    }

    init(_ fields: JSONFields) throws(AppDefinitionError) {
        self.init()
        output = try fields.string("output")
        error = try fields.string("error")
        mergesInstances = try fields.bool("merges_instances") ?? mergesInstances
        isDisabled = try fields.bool("disabled") ?? isDisabled
        if let policy = try fields.fields("policy") { self.policy = try LogPolicy(policy) }
        if let derived = try fields.fields("derived") { self.derived = try DerivedLogs(derived) }
    }
}

extension AppUser {
    var json: JSONValue {
        [
            "name": .string(name),
            "uid": .integer(Int64(userID)),
            "gid": .integer(Int64(groupID)),
            "supplementary_gids": .array(supplementaryGroupIDs.map { .integer(Int64($0)) }),
        ]
    }

    init(_ fields: JSONFields) throws(AppDefinitionError) {
        // A missing id must never become a default: the default would be root.
        guard let userID = try fields.integer("uid", in: 0...UInt32.max - 1) else {
            throw fields.failure("uid", "is missing")
        }
        guard let groupID = try fields.integer("gid", in: 0...UInt32.max - 1) else {
            throw fields.failure("gid", "is missing")
        }
        self.init(
            name: try fields.string("name") ?? "\(userID)",
            userID: userID,
            groupID: groupID,
            supplementaryGroupIDs: try fields.numbers("supplementary_gids")
        )
    }
}

extension ProcessLimits {
    var json: JSONValue {
        var object = JSONObject()
        object["resources"] = .array(
            resources.map { limit in
                // 64-bit numbers do not fit JSON's signed ones: above them lies only "unlimited".
                var object: JSONObject = ["resource": .string(limit.resource.rawValue)]
                object["soft"] = limit.soft.map { .integer(Int64(clamping: $0)) }
                object["hard"] = limit.hard.map { .integer(Int64(clamping: $0)) }
                return .object(object)
            }
        )
        object["umask"] = umask.map { .integer(Int64($0)) }
        object["nice"] = nice.map { .integer(Int64($0)) }
        object["oom_score_adjustment"] = oomScoreAdjustment.map { .integer(Int64($0)) }
        return .object(object)
    }

    init(_ fields: JSONFields) throws(AppDefinitionError) {
        self.init()
        for value in try fields.array("resources") {
            let limit = try JSONFields(value, path: fields.path(of: "resources"))
            guard let resource = ResourceLimit.Resource(rawValue: try limit.required("resource")) else {
                throw limit.failure("resource", "is unknown")
            }
            let range = 0...UInt64(Int64.max)
            resources.append(
                ResourceLimit(
                    resource: resource,
                    soft: try limit.integer("soft", in: range),
                    hard: try limit.integer("hard", in: range)
                )
            )
        }
        umask = try fields.integer("umask", in: 0...0o777)
        nice = try fields.integer("nice", in: -20...19)
        oomScoreAdjustment = try fields.integer("oom_score_adjustment", in: -1000...1000)
    }
}

import Shared

extension AppDeclarationReader {
    /// How long an app with `wait_ready` may take when the file does not say.
    ///
    /// PM2 waits 3 s and then calls the app online all the same. Here silence is a failure and ends in a restart,
    /// so the wait must be long enough for a cold start on a busy machine.
    static let defaultReadinessTimeout: Duration = .seconds(30)

    mutating func readMaximumRestarts(_ value: SettingReader) {
        if value.value == .string("unlimited") {
            app.restart.maximumUnstableRuns = nil
            return
        }
        let range = 0...RestartHistory.maximumEntries
        guard let number = value.integer(in: range, "a whole number or \"unlimited\"") else { return }
        app.restart.maximumUnstableRuns = number
    }

    mutating func readRestartDelay(_ value: SettingReader) {
        guard let delay = value.duration() else { return }
        // As in PM2, a growing delay wins over the fixed one.
        if let growing = values[.exponentialDelay], growing.value != .integer(0) {
            value.report("has no effect beside \(growing.path)", severity: .warning)
        } else {
            app.restart.fixedDelay = delay
        }
    }

    /// PM2's growing delay: the value, then half as much again each time, up to 15 s.
    mutating func readExponentialDelay(_ value: SettingReader) {
        guard let initial = value.duration(), initial > .zero else { return }
        app.restart.backoff.initial = initial
        app.restart.backoff.factor = 1.5
        app.restart.backoff.maximum = max(initial, .seconds(15))
    }

    mutating func readBackoff(_ value: SettingReader) {
        guard let fields = value.fields(["initial", "factor", "max", "jitter", "reset_after"]) else { return }
        if let time = fields["initial"]?.duration() { app.restart.backoff.initial = time }
        if let factor = fields["factor"]?.number(in: 1...1000) { app.restart.backoff.factor = factor }
        if let time = fields["max"]?.duration() { app.restart.backoff.maximum = time }
        if let jitter = fields["jitter"]?.number(in: 0...1) { app.restart.backoff.jitter = jitter }
        if let time = fields["reset_after"]?.duration() { app.restart.backoff.resetAfter = time }
        if app.restart.backoff.initial > app.restart.backoff.maximum {
            (fields["initial"] ?? fields["max"] ?? value).report(
                "initial (\(HumanUnits.text(app.restart.backoff.initial))) is longer than max "
                    + "(\(HumanUnits.text(app.restart.backoff.maximum)))"
            )
        }
    }

    mutating func readWaitReady(_ value: SettingReader) {
        guard let waits = value.boolean() else { return }
        guard values[.readiness] == nil else {
            value.report("says the same as \"readiness\"", hint: "keep one of them")
            return
        }
        if waits { app.readiness = .notification(timeout: Self.defaultReadinessTimeout) }
    }

    mutating func readListenTimeout(_ value: SettingReader) {
        guard let timeout = value.duration(atLeast: .milliseconds(1)) else { return }
        if case .notification = app.readiness { app.readiness = .notification(timeout: timeout) }
    }

    mutating func readReadiness(_ value: SettingReader) {
        var timeout = Self.defaultReadinessTimeout
        if let written = values[.listenTimeout] {
            timeout = written.duration(atLeast: .milliseconds(1)) ?? timeout
        }
        switch value.value {
        case .string("immediate"): app.readiness = .immediate
        case .string("notify"): app.readiness = .notification(timeout: timeout)
        case .object:
            guard let fields = value.fields(["type", "timeout"]) else { return }
            switch fields["type"]?.value {
            case .string("immediate"):
                app.readiness = .immediate
                fields["timeout"]?.report("has no effect: nothing is waited for", severity: .warning)
            case .string("notify"):
                if let written = fields["timeout"]?.duration(atLeast: .milliseconds(1)) { timeout = written }
                app.readiness = .notification(timeout: timeout)
            default:
                (fields["type"] ?? value).report("needs a type: \"immediate\" or \"notify\"")
            }
        default:
            value.expected("\"immediate\", \"notify\" or {\"type\": \"notify\", \"timeout\": \"30s\"}")
        }
    }

    mutating func readMemory(_ value: SettingReader) {
        guard let fields = value.fields(["soft", "hard", "per_hour", "interval"]) else { return }
        app.memory.soft = fields["soft"]?.memoryLimit()
        app.memory.hard = fields["hard"]?.memoryLimit()
        if let number = fields["per_hour"]?.integer(in: 0...1000) { app.memory.restartsPerHour = number }
        if let interval = fields["interval"]?.duration(atLeast: .milliseconds(100)) {
            app.memory.sampleInterval = interval
        }
    }

    mutating func readUmask(_ value: SettingReader) {
        guard case .string(let text) = value.value else {
            value.expected("an octal number in quotes, such as \"027\"")
            return
        }
        guard let mask = UInt32(text, radix: 8), mask <= 0o777, text.utf8.first != UInt8(ascii: "+") else {
            value.report(
                "\(value.value.summary) is no file mode mask",
                hint: "write an octal number such as \"027\""
            )
            return
        }
        app.limits.umask = mask
    }

    mutating func readLimits(_ value: SettingReader) {
        guard let fields = value.fields(ResourceLimit.Resource.allCases.map(\.rawValue)) else { return }
        for resource in ResourceLimit.Resource.allCases {
            guard let field = fields[resource.rawValue] else { continue }
            guard case .object = field.value else {
                if let amount = field.limit(of: resource) {
                    app.limits.resources.append(
                        ResourceLimit(resource: resource, soft: amount.value, hard: amount.value)
                    )
                }
                continue
            }
            guard let parts = field.fields(["soft", "hard"]) else { continue }
            guard let soft = parts["soft"], let hard = parts["hard"] else {
                field.report("needs both \"soft\" and \"hard\"")
                continue
            }
            guard let low = soft.limit(of: resource), let high = hard.limit(of: resource) else { continue }
            guard low.value ?? .max <= high.value ?? .max else {
                soft.report("is above \"hard\"")
                continue
            }
            app.limits.resources.append(ResourceLimit(resource: resource, soft: low.value, hard: high.value))
        }
    }
}

extension SettingReader {
    /// The amount of a resource limit.
    fileprivate struct Amount {
        /// The number; `nil` for unlimited.
        var value: UInt64?
    }

    /// Reads a resource limit: a count, seconds or bytes by its kind, or `"unlimited"`.
    fileprivate func limit(of resource: ResourceLimit.Resource) -> Amount? {
        if value == .string("unlimited") { return Amount(value: nil) }
        switch resource {
        case .openFiles, .processes:
            return integer(in: 0...Int(Int32.max), "a whole number or \"unlimited\"").map {
                Amount(value: UInt64($0))
            }
        case .cpu:
            if case .string = value {
                return duration().map { Amount(value: UInt64(max(0, $0.components.seconds))) }
            }
            return integer(in: 0...Int(Int32.max), "seconds or \"unlimited\"").map {
                Amount(value: UInt64($0))
            }
        case .addressSpace, .core, .data, .fileSize, .lockedMemory, .stack:
            return bytes().map { Amount(value: UInt64(max(0, $0.bytes))) }
        }
    }
}

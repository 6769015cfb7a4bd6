public import Shared

extension AlertEngine {
    /// What must outlive the process, so that nothing is told twice: alerts, silences, the next number.
    public var state: JSONObject {
        [
            "version": 1, "next_id": .integer(Int64(nextID)),
            "alerts": .array(alerts.map { .object($0.json) }),
            "silences": .array(silences.map { .object($0.json) }),
        ]
    }

    /// Makes an engine that goes on where another one was.
    ///
    /// - Parameters:
    ///   - rules: The rules of now; alerts of rules that are gone end when nobody tells of them any more.
    ///   - state: What ``state`` was; what cannot be read of it is left out.
    public init(rules: [AlertRule], restoring state: JSONValue) {
        self.init(rules: rules)
        for value in state["alerts"]?.arrayValue ?? [] {
            guard open.count < Self.maximumAlerts, let alert = Alert(value) else { continue }
            open[alert.key] = alert
        }
        silences = (state["silences"]?.arrayValue ?? []).compactMap { Silence($0) }
        let highest = max(open.values.map(\.id).max() ?? 0, silences.map(\.id).max() ?? 0)
        let told = state["next_id"]?.integerValue.flatMap { Int(exactly: $0) } ?? 1
        nextID = max(highest + 1, min(told, Int(Int32.max)))
        for alert in open.values { restore(alert) }
    }
}

extension Alert {
    /// As files and interfaces have it.
    public var json: JSONObject {
        [
            "id": .integer(Int64(id)), "type": .string(type.rawValue), "app": .string(subject),
            "severity": .string(severity.rawValue), "message": .string(message),
            "raised_at": .integer(raisedAt), "told_at": .integer(toldAt),
            "acknowledged_by": acknowledged.map { .string($0.name) } ?? .null,
            "acknowledged_at": acknowledged.map { .integer($0.at) } ?? .null,
            "cause": cause.map { .integer(Int64($0)) } ?? .null,
        ]
    }

    init?(_ value: JSONValue) {
        guard let id = value["id"]?.integerValue,
            let type = value["type"]?.stringValue.flatMap(AlertType.init),
            let severity = value["severity"]?.stringValue.flatMap(Severity.init),
            let raisedAt = value["raised_at"]?.integerValue, (1...Int64(Int32.max)).contains(id)
        else { return nil }
        self.init(
            id: Int(id),
            type: type,
            subject: value["app"]?.stringValue ?? "",
            severity: severity,
            message: value["message"]?.stringValue ?? "",
            raisedAt: raisedAt,
            toldAt: value["told_at"]?.integerValue ?? raisedAt,
            cause: value["cause"]?.integerValue.flatMap { Int(exactly: $0) }
        )
        if let name = value["acknowledged_by"]?.stringValue {
            acknowledged = Acknowledgement(name: name, at: value["acknowledged_at"]?.integerValue ?? raisedAt)
        }
    }
}

extension Silence {
    /// As files and interfaces have it.
    public var json: JSONObject {
        [
            "id": .integer(Int64(id)), "type": type.map { .string($0.rawValue) } ?? .null,
            "app": subject.map { .string($0) } ?? .null, "until": .integer(until), "reason": .string(reason),
        ]
    }

    init?(_ value: JSONValue) {
        guard let id = value["id"]?.integerValue, let until = value["until"]?.integerValue,
            (1...Int64(Int32.max)).contains(id)
        else { return nil }
        let word = value["type"]?.stringValue
        // A type that is not known any more must not become a silence of everything.
        guard word == nil || word.flatMap(AlertType.init) != nil else { return nil }
        self.init(
            id: Int(id),
            type: word.flatMap(AlertType.init),
            subject: value["app"]?.stringValue,
            until: until,
            reason: value["reason"]?.stringValue ?? ""
        )
    }
}

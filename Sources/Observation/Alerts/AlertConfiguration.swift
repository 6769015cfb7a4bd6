public import Shared

/// The alerts of a configuration file: rules that differ from the standard ones, and where alerts go.
///
///     {"rules": {"host_cpu": {"limit": 90, "clear": 85, "for_s": 120, "severity": "P2"}, "heap_high": {"on": false}},
///      "sinks": [{"kind": "webhook", "url": "https://…", "style": "slack", "severity": "P2"}]}
public struct AlertConfiguration: Hashable, Sendable {
    /// The rules.
    public var rules = AlertRule.standard
    /// Where alerts go besides the journal and `alerts.log`.
    public var sinks: [AlertSink] = []

    /// The standard.
    public init() {}

    /// Reads a configuration.
    ///
    /// - Parameters:
    ///   - value: The object.
    ///   - problems: Gets everything that is wrong, each with its place.
    public init(_ value: JSONValue, problems: inout [String]) {
        guard let object = value.objectValue else {
            problems.append("must be an object with rules and sinks")
            return
        }
        for name in object.keys where !["rules", "sinks"].contains(name) {
            problems.append("\(name): there is no such member; there are rules and sinks")
        }
        readRules(value["rules"], &problems)
        readSinks(value["sinks"], &problems)
    }

    private mutating func readRules(_ value: JSONValue?, _ problems: inout [String]) {
        guard let value else { return }
        guard let object = value.objectValue else {
            problems.append("rules: must be an object with a member for each type")
            return
        }
        for name in object.keys {
            guard let type = AlertType(rawValue: name),
                let index = rules.firstIndex(where: { $0.type == type })
            else {
                let known = AlertType.allCases.map(\.rawValue).joined(separator: ", ")
                problems.append("rules.\(name): there is no such rule; there are \(known)")
                continue
            }
            change(&rules[index], object[name] ?? .null, "rules.\(name)", &problems)
        }
    }

    private func change(
        _ rule: inout AlertRule,
        _ value: JSONValue,
        _ place: String,
        _ problems: inout [String]
    ) {
        guard let object = value.objectValue else {
            problems.append("\(place): must be an object")
            return
        }
        func number(_ name: String, _ range: ClosedRange<Double>) -> Double? {
            guard let value = object[name] else { return nil }
            guard let number = value.numberValue, range.contains(number) else {
                problems.append(
                    "\(place).\(name): must be a number from \(range.lowerBound) to \(range.upperBound)"
                )
                return nil
            }
            return number
        }
        for name in object.keys
        where !["limit", "clear", "for_s", "clear_for_s", "minimum_samples", "severity", "on"].contains(name)
        {
            problems.append("\(place).\(name): there is no such member")
        }
        let limit = number("limit", 0...1e15)
        if let limit { (rule.limit, rule.clear) = (limit, min(rule.clear, limit)) }
        if let clear = number("clear", 0...1e15) {
            if clear > rule.limit { problems.append("\(place).clear: must not be above the limit") }
            rule.clear = clear
        }
        if let seconds = number("for_s", 0...86_400) { rule.raiseAfter = .seconds(seconds) }
        if let seconds = number("clear_for_s", 0...86_400) { rule.clearAfter = .seconds(seconds) }
        if let count = number("minimum_samples", 0...1_000_000) { rule.minimumSamples = Int(count) }
        if let value = object["severity"] {
            if let severity = value.stringValue.flatMap(Severity.init) {
                rule.severity = severity
            } else {
                problems.append("\(place).severity: must be P1, P2, P3 or P4")
            }
        }
        if let value = object["on"] {
            if let isOn = value.boolValue {
                rule.isOn = isOn
            } else {
                problems.append("\(place).on: must be true or false")
            }
        }
    }

    private mutating func readSinks(_ value: JSONValue?, _ problems: inout [String]) {
        guard let value else { return }
        guard let list = value.arrayValue, list.count <= 20 else {
            problems.append("sinks: must be a list of at most 20")
            return
        }
        for (index, value) in list.enumerated() {
            guard let sink = AlertSink(value, "sinks[\(index)]", &problems) else { continue }
            guard !sinks.contains(where: { $0.name == sink.name }) else {
                problems.append("sinks[\(index)].name: \(sink.name) is there already")
                continue
            }
            sinks.append(sink)
        }
    }
}

/// One place where alerts go.
public struct AlertSink: Hashable, Sendable {
    /// How a webhook's body looks.
    public enum Style: String, CaseIterable, Sendable {
        /// The record as it is.
        case json
        /// What Slack takes.
        case slack
        /// What Microsoft Teams takes.
        case teams
    }

    /// What is done.
    public enum Kind: Hashable, Sendable {
        /// A program, with the record as JSON on its standard input; no shell.
        case exec([String])
        /// A POST.
        case webhook(url: String, Style)
        /// A mail by sendmail(8).
        case mail(to: [String], from: String)
        /// A message to the administrators, through the bridge's outbox.
        case whatsApp
    }

    /// What it is called.
    public var name: String
    /// What is done.
    public var kind: Kind
    /// Only alerts as bad as this or worse.
    public var severity: Severity
    /// How long one delivery may take.
    public var timeout: Duration

    /// Reads a sink; what is wrong is noted.
    init?(_ value: JSONValue, _ place: String, _ problems: inout [String]) {
        let before = problems.count
        guard value.objectValue != nil else {
            problems.append("\(place): must be an object")
            return nil
        }
        let word = value["kind"]?.stringValue ?? ""
        var kind: Kind?
        switch word {
        case "exec": kind = Self.texts(value["command"], "\(place).command", &problems).map { .exec($0) }
        case "webhook": kind = Self.webhook(value, place, &problems)
        case "mail":
            let from = value["from"]?.stringValue ?? "novi"
            let to = Self.texts(value["to"], "\(place).to", &problems)
            if let to, !(to + [from]).allSatisfy(Self.isAddress) {
                problems.append(
                    "\(place): an address must be one line without commas or spaces, and no option"
                )
            }
            kind = to.map { .mail(to: $0, from: from) }
        case "whatsapp": kind = .whatsApp
        default: problems.append("\(place).kind: must be exec, webhook, mail or whatsapp")
        }
        let severity = value["severity"].map { $0.stringValue.flatMap(Severity.init) } ?? .p4
        if severity == nil { problems.append("\(place).severity: must be P1, P2, P3 or P4") }
        let seconds = value["timeout_s"].map { $0.numberValue ?? -1 } ?? 10
        if !(0.1...300).contains(seconds) {
            problems.append("\(place).timeout_s: must be a number from 0.1 to 300")
        }
        let name = value["name"].map { $0.stringValue ?? "" } ?? word
        if name.isEmpty || name.utf8.count > 100 {
            problems.append("\(place).name: must be a text of 1 to 100 bytes")
        }
        guard problems.count == before, let kind, let severity else { return nil }
        self.name = name
        self.kind = kind
        self.severity = severity
        timeout = .milliseconds(Int64(seconds * 1000))
    }

    private static func webhook(_ value: JSONValue, _ place: String, _ problems: inout [String]) -> Kind? {
        let style = value["style"].map { $0.stringValue.flatMap(Style.init) } ?? .json
        if style == nil { problems.append("\(place).style: must be json, slack or teams") }
        let url = value["url"]?.stringValue ?? ""
        let isPlain = url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && url.utf8.count <= 2000
        if !isPlain
            || !["https://", "http://"].contains(where: { url.hasPrefix($0) && url.count > $0.count })
        {
            problems.append("\(place).url: must be an address that begins with https:// or http://")
            return nil
        }
        return style.map { .webhook(url: url, $0) }
    }

    private static func texts(_ value: JSONValue?, _ place: String, _ problems: inout [String]) -> [String]? {
        let texts = value?.arrayValue?.compactMap(\.stringValue) ?? []
        guard (1...100).contains(texts.count), texts.count == value?.arrayValue?.count,
            texts.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(0) })
        else {
            problems.append("\(place): must be a list of 1 to 100 texts")
            return nil
        }
        return texts
    }

    private static func isAddress(_ text: String) -> Bool {
        !text.hasPrefix("-")
            && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && $0 != "," }
    }
}

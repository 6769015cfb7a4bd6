public import Shared

/// The page of `describe`: its parts, and all of it as text.
public struct DescriptionPage {
    /// Some lines below a title.
    public struct Section {
        /// The title.
        public var title: String
        /// The lines, each without its end.
        public var lines: [String]
    }

    private let description: JSONValue
    private let style: Style
    private let lastLines: [String]

    /// Makes a page of a `Description` object.
    public init(_ description: JSONValue, _ style: Style, lastLines: [String] = []) {
        self.description = description
        self.style = style
        self.lastLines = lastLines
    }

    private var process: JSONValue { description["process"] ?? .null }

    private var state: String { process["state"]?.stringValue ?? "?" }

    /// The facts by name, those that are known, the state first.
    public var rows: [(title: String, value: String)] {
        var rows: [(String, String?)] = [
            ("state", "\(state) since \(value("since") ?? "?")"),
            ("why", process["reason"]?.stringValue),
            ("says", process["status_text"]?.stringValue),
            ("next", nextAction),
            ("pid", process["pid"]?.integerValue.map { "\($0)" }),
            ("uptime", process["uptime_ms"]?.integerValue.map { Duration.milliseconds($0).shortText }),
            ("restarts", process["restarts"]?.integerValue.map { "\($0)" }),
            ("memory", memory(process)),
            ("command", list("command").map(Self.quoted).joined(separator: " ")),
            ("folder", value("working_directory")),
            ("user", value("user")),
            ("from", value("source")),
            ("restart policy", value("restart_policy")),
            ("stop policy", value("stop_policy")),
            ("ready", value("readiness")),
            ("memory policy", value("memory_policy")),
            ("depends on", joined("dependencies")),
            ("needed by", joined("dependants")),
            ("listens on", joined("listen")),
            ("output", description["log"]?["output"]?.stringValue),
            ("errors", description["log"]?["error"]?.stringValue),
        ]
        rows += cgroup()
        rows += logged()
        rows += list("log_notes").map { ("log note", $0) }
        return rows.compactMap { title, value in
            value.flatMap { $0.isEmpty ? nil : (title, style.plain($0)) }
        }
    }

    /// What takes more than a line; sections without lines are left out.
    public var sections: [Section] {
        [
            Section(title: "last exits", lines: exits()),
            Section(title: "what happened", lines: events()),
            Section(title: "environment", lines: environment()),
            Section(title: "last lines", lines: lastLines),
        ]
        .filter { !$0.lines.isEmpty }
        .map { Section(title: $0.title, lines: $0.lines.map { style.plain($0) }) }
    }

    /// The page, each line ended.
    public func text() -> String {
        var text = style.paint(Listing.name(process), .bold)
        text +=
            " (id \(process["id"]?.integerValue ?? 0), namespace \(process["namespace"]?.stringValue ?? "?"))\n"
        for (title, value) in rows {
            let color = title == "state" ? Style.color(ofState: state) : nil
            text += "  \(title.padded(to: 15))\(style.paint(value, color))\n"
        }
        if let curve = memoryCurve { text += "  \("memory curve".padded(to: 15))\(curve)\n" }
        for section in sections {
            text += "\n\(style.paint(section.title, .bold))\n"
            text += section.lines.map { "  \($0)\n" }.joined()
        }
        return text
    }

    private func value(_ key: String) -> String? { description[key]?.stringValue }

    private func list(_ key: String) -> [String] {
        (description[key]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    private func joined(_ key: String) -> String? {
        let items = list(key)
        return items.isEmpty ? nil : items.joined(separator: ", ")
    }

    private var nextAction: String? {
        guard let action = value("next_action") else { return nil }
        return value("next_action_at").map { "\(action) at \($0)" } ?? action
    }

    private func memory(_ process: JSONValue) -> String? {
        var parts: [String] = []
        if let bytes = process["memory_bytes"]?.integerValue {
            parts.append("\(ByteCount(bytes)) in the process tree")
        }
        if let bytes = process["heap_used_bytes"]?.integerValue { parts.append("heap \(ByteCount(bytes))") }
        if let percent = process["cpu_percent"]?.numberValue { parts.append("cpu \(percent)%") }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private func cgroup() -> [(String, String?)] {
        guard let group = description["cgroup"], let path = group["path"]?.stringValue else { return [] }
        var parts: [String] = []
        if let bytes = group["memory_bytes"]?.integerValue {
            let peak = group["memory_peak_bytes"]?.integerValue.map { " (peak \(ByteCount($0)))" } ?? ""
            parts.append("\(ByteCount(bytes)) with file cache\(peak)")
        }
        if let tasks = group["tasks"]?.integerValue {
            parts.append("\(tasks) \(tasks == 1 ? "task" : "tasks")")
        }
        if let kills = group["oom_kills"]?.integerValue, kills > 0 {
            parts.append("\(kills) killed for memory")
        }
        return [("cgroup", path), ("  counts", parts.isEmpty ? nil : parts.joined(separator: ", "))]
    }

    private func logged() -> [(String, String?)] {
        (description["log_streams"]?.arrayValue ?? []).map { stream in
            let bytes = ByteCount(stream["written_bytes"]?.integerValue ?? 0)
            let blocked = stream["blocked_ms"]?.integerValue ?? 0
            let wait = blocked > 0 ? ", waited \(Duration.milliseconds(blocked).shortText) for the disk" : ""
            return ("logged", "\(bytes) of \(stream["stream"]?.stringValue ?? "?")\(wait)")
        }
    }

    /// How memory went, newest last; `nil` where it was not measured.
    public var memoryCurve: String? {
        let samples = (description["memory_curve"]?.arrayValue ?? []).compactMap(\.integerValue)
        guard samples.count > 1, let peak = samples.max(), peak > 0 else { return nil }
        let marks = Array(style.hasUnicode ? "▁▂▃▄▅▆▇█" : "_.-=+*#@")
        let line = samples.suffix(60).map { sample in
            marks[Int(Double(max(0, sample)) / Double(peak) * Double(marks.count - 1))]
        }
        return "\(String(line)) peak \(ByteCount(peak))"
    }

    private func exits() -> [String] {
        (description["exits"]?.arrayValue ?? []).map { exit in
            let uptime = exit["uptime_ms"]?.integerValue.map { Duration.milliseconds($0).shortText } ?? "?"
            let pid = exit["pid"]?.integerValue.map { " (pid \($0))" } ?? ""
            let end = exit["exit"]?.stringValue ?? "?"
            return
                "\(exit["time"]?.stringValue ?? "?")  \(end) after \(uptime)\(pid), \(exit["cause"]?.stringValue ?? "?")"
        }
    }

    private func events() -> [String] {
        (description["events"]?.arrayValue ?? []).map { EventLine($0).text(withProcess: false) }
    }

    private func environment() -> [String] {
        guard let object = description["environment"]?.objectValue else { return [] }
        return object.map { "\($0.key)=\($0.value.stringValue ?? "")" }
    }

    private static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || "-_./:=,+@%".contains($0) }
        return isPlain
            ? word
            : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
                + "'"
    }
}

extension String {
    /// The text with spaces behind it up to a width.
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}

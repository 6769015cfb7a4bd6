import Shared

/// The page of `describe`.
struct DescriptionPage {
    private let description: JSONValue
    private let style: Style
    private let lastLines: [String]

    /// Makes a page of a `Description` object.
    init(_ description: JSONValue, _ style: Style, lastLines: [String]) {
        self.description = description
        self.style = style
        self.lastLines = lastLines
    }

    /// The page, each line ended.
    func text() -> String {
        let process = description["process"] ?? .null
        let state = process["state"]?.stringValue ?? "?"
        var text = style.paint(Listing.name(process), .bold)
        text +=
            " (id \(process["id"]?.integerValue ?? 0), namespace \(process["namespace"]?.stringValue ?? "?"))\n"
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
        for (title, value) in rows {
            guard let value, !value.isEmpty else { continue }
            let color = title == "state" ? Style.color(ofState: state) : nil
            text += "  \(title.padded(to: 15))\(style.paint(style.plain(value), color))\n"
        }
        text += curve()
        text += section("last exits", exits())
        text += section("what happened", events())
        text += section("environment", environment())
        text += section("last lines", lastLines)
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

    private func curve() -> String {
        let samples = (description["memory_curve"]?.arrayValue ?? []).compactMap(\.integerValue)
        guard samples.count > 1, let peak = samples.max(), peak > 0 else { return "" }
        let marks = Array(style.hasUnicode ? "▁▂▃▄▅▆▇█" : "_.-=+*#@")
        let line = samples.suffix(60).map { sample in
            marks[Int(Double(max(0, sample)) / Double(peak) * Double(marks.count - 1))]
        }
        return "  \("memory curve".padded(to: 15))\(String(line)) peak \(ByteCount(peak))\n"
    }

    private func section(_ title: String, _ lines: [String]) -> String {
        guard !lines.isEmpty else { return "" }
        return "\n\(style.paint(title, .bold))\n" + lines.map { "  \(style.plain($0))\n" }.joined()
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

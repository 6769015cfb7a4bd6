public import Shared

/// How the link to WhatsApp is, as `com.novi.WhatsApp.GetState` tells it.
public struct LinkState {
    private let state: JSONObject

    /// Takes the reply.
    public init(_ state: JSONObject) {
        self.state = state
    }

    /// Whether messages flow.
    public var isReady: Bool { word == "ready" }

    /// The state's word, such as `ready`.
    public var word: String { state["state"]?.stringValue ?? "?" }

    /// How many messages are in a state of the outbox.
    public func queue(_ name: String) -> Int64 { state["queue"]?[name]?.integerValue ?? 0 }

    private func time(_ name: String) -> String? {
        state[name]?.stringValue.map { $0.count > 19 ? "\($0.prefix(19))Z" : $0 }
    }

    /// The reply without the code: whoever scans it has the account.
    public var json: JSONObject {
        var json = state
        json["qr"] = nil
        json["has_qr"] = .bool(state["qr"]?.stringValue != nil)
        return json
    }

    /// The lines, each ended.
    public func text(_ style: Style) -> String {
        var lines: [(String, String, Style.Color?)] = []
        let reason = state["reason"]?.stringValue.map { ": \($0)" } ?? ""
        lines.append(("link", "\(word)\(isReady ? "" : reason)", Self.color(word)))
        lines.append(("provider", state["provider"]?.stringValue ?? style.dash, nil))
        lines.append(("since", time("since") ?? style.dash, nil))
        if let number = state["number"]?.stringValue { lines.append(("number", number, nil)) }
        if let next = time("next_attempt_at") { lines.append(("next try", next, nil)) }
        if state["qr"]?.stringValue != nil {
            lines.append(("code", "waits to be scanned: noviSupervisor whatsapp qr", .yellow))
        }
        let dead = queue("dead")
        let waiting = ["waiting", "sending", "unknown", "failed"].map { "\(queue($0)) \($0)" }
        lines.append(("queue", (waiting + ["\(dead) dead"]).joined(separator: " · "), dead > 0 ? .red : nil))
        lines.append(("unprocessed", "\(state["unprocessed"]?.integerValue ?? 0)", nil))
        lines.append(("last in", time("last_inbound_at") ?? style.dash, nil))
        lines.append(("last out", time("last_outbound_at") ?? style.dash, nil))
        return lines.map { name, value, color in
            let space = String(repeating: " ", count: 13 - name.count)
            return "\(name)\(space)\(style.paint(style.plain(value), color))\n"
        }
        .joined()
    }

    /// The colour of a state.
    public static func color(_ word: String) -> Style.Color? {
        switch word {
        case "ready": .green
        case "logged_out", "blocked", "failed": .red
        case "stopped": .gray
        default: .yellow
        }
    }

    // MARK: - What is wrong

    /// Something that was looked at.
    public struct Finding: Equatable {
        /// How bad it is.
        public enum Level: String {
            /// Well.
            case pass
            /// To be watched.
            case warn
            /// Not well.
            case fail
        }

        /// How bad it is.
        public var level: Level
        /// What was found, a sentence without its end.
        public var text: String
        /// The command to type next.
        public var next: String?

        /// Makes a finding of its parts.
        public init(level: Level, text: String, next: String? = nil) {
            self.level = level
            self.text = text
            self.next = next
        }

        /// Reads the interface's `Finding`; a level that is not known counts as a warning.
        public init(_ finding: JSONValue) {
            level = finding["level"]?.stringValue.flatMap(Level.init) ?? .warn
            text = finding["text"]?.stringValue ?? "?"
            next = finding["next"]?.stringValue
        }

        /// As `check --json` tells it.
        public var json: JSONObject {
            [
                "level": .string(level.rawValue), "text": .string(text),
                "next": next.map(JSONValue.string) ?? .null,
            ]
        }

        /// One line, and one more with what to type.
        public func text(_ style: Style) -> String {
            let color: Style.Color =
                switch level {
                case .pass: .green
                case .warn: .yellow
                case .fail: .red
                }
            let line = "\(style.paint(level.rawValue, color))  \(style.plain(text))\n"
            return next.map { "\(line)      next: \(style.plain($0))\n" } ?? line
        }
    }

    /// What is well and what is not, and what to do.
    public var findings: [Finding] {
        var findings = [link]
        let unknown = queue("unknown")
        let dead = queue("dead")
        let failed = queue("failed")
        if dead > 0 {
            let text = "\(dead) \(dead == 1 ? "message was" : "messages were") given up"
            let next = "noviSupervisor whatsapp outbox --state dead"
            findings.append(Finding(level: .fail, text: text, next: next))
        }
        if failed + unknown > 0 {
            let text = "\(failed) to be tried again, \(unknown) that may or may not have gone out"
            findings.append(Finding(level: .warn, text: text, next: "noviSupervisor whatsapp outbox"))
        }
        if dead + failed + unknown == 0 {
            let waiting = queue("waiting") + queue("sending")
            findings.append(Finding(level: .pass, text: "outbox: \(waiting) to be sent, none in trouble"))
        }
        let unprocessed = state["unprocessed"]?.integerValue ?? 0
        findings.append(
            unprocessed < 100
                ? Finding(level: .pass, text: "inbox: \(unprocessed) not acted on yet")
                : Finding(
                    level: .warn,
                    text: "inbox: \(unprocessed) not acted on yet",
                    next: "noviSupervisor logs whatsapp --level error"
                )
        )
        return findings
    }

    private var link: Finding {
        let reason = state["reason"]?.stringValue.map { " (\($0))" } ?? ""
        let since = time("since").map { " since \($0)" } ?? ""
        switch word {
        case "ready":
            return Finding(level: .pass, text: "connected\(since)")
        case "qr":
            return Finding(
                level: .fail,
                text: "no session: a code waits to be scanned\(since)",
                next: "noviSupervisor whatsapp qr | qrencode -t UTF8"
            )
        case "logged_out":
            return Finding(
                level: .fail,
                text: "logged out\(reason)\(since): pair the phone anew, or set a valid token and restart",
                next: "noviSupervisor whatsapp reconnect"
            )
        case "blocked":
            return Finding(
                level: .fail,
                text:
                    "WhatsApp refuses the account\(reason)\(since): nothing is tried by itself; see the account at Meta"
            )
        case "failed":
            return Finding(
                level: .fail,
                text:
                    "given up\(reason)\(since): another program with this number, or a provider that is too old",
                next: "noviSupervisor whatsapp reconnect"
            )
        case "stopped":
            return Finding(
                level: .fail,
                text: "stopped\(since)",
                next: "noviSupervisor restart whatsapp"
            )
        case "reconnecting":
            let next = time("next_attempt_at").map { ", next try at \($0)" } ?? ""
            return Finding(
                level: .fail,
                text: "disconnected\(reason)\(since)\(next)",
                next: "noviSupervisor whatsapp reconnect"
            )
        default:
            return Finding(level: .warn, text: "connecting: \(word)\(since)")
        }
    }
}

import Observation
import Shared

/// Something that is wrong now, or was.
struct ShownAlert: Sendable, Equatable {
    /// The same for the same trouble.
    var id: String
    /// A stable word for programs.
    var type: String
    /// One sentence for people.
    var message: String
    /// How bad it is.
    var severity: Severity
    /// Since when, RFC 3339.
    var since: String
    /// Which app it is about.
    var app: String?
    /// When it was over; `nil` while it lasts.
    var ended: String?

    /// As the page gets it.
    var json: JSONObject {
        [
            "id": .string(id), "type": .string(type), "message": .string(message),
            "severity": .string(severity.rawValue), "since": .string(since), "app": .optional(app),
            "ended": .optional(ended),
        ]
    }
}

/// The troubles that are seen at a glance: the supervisor is away, a process is not as it should be.
///
/// They last as long as they are seen, so there is nothing to tune; limits of figures are for others.
struct StandingTroubles: Sendable {
    private var active: [String: ShownAlert] = [:]
    private var ended: [ShownAlert] = []

    /// The most ended ones that are kept.
    private static let memory = 50

    /// What is wrong now, worst first, then what was, newest first.
    var alerts: [ShownAlert] {
        active.values.sorted {
            ($0.severity.rawValue, $0.since, $0.id) < ($1.severity.rawValue, $1.since, $1.id)
        } + ended
    }

    /// Takes a look at everything.
    ///
    /// - Parameters:
    ///   - processes: The processes; those of the last answer while the daemon is away.
    ///   - isConnected: Whether the daemon answers.
    ///   - now: The time as text.
    ///   - begin: When a process came into its state, where that is known.
    /// - Returns: Whether anything began or ended.
    mutating func take(
        _ processes: [ProcessReading],
        isConnected: Bool,
        now: String,
        begin: (ProcessReading) -> String? = { _ in nil }
    ) -> Bool {
        var seen: [String: ShownAlert] = [:]
        if !isConnected {
            seen["supervisor"] = ShownAlert(
                id: "supervisor",
                type: "supervisor_unreachable",
                message:
                    "The supervisor does not answer. Apps go on; nothing is known of them until it is back.",
                severity: .p2,
                since: now
            )
        }
        for process in processes {
            guard var alert = Self.trouble(of: process, now) else { continue }
            if active[alert.id] == nil, let begin = begin(process) { alert.since = begin }
            seen[alert.id] = alert
        }
        var changed = false
        for (id, alert) in active where seen[id] == nil {
            // While the daemon is away nobody knows whether it is over.
            if !isConnected, id != "supervisor" { continue }
            active[id] = nil
            var over = alert
            over.ended = now
            ended.insert(over, at: 0)
            changed = true
        }
        if ended.count > Self.memory { ended.removeLast(ended.count - Self.memory) }
        for (id, alert) in seen {
            guard let known = active[id] else {
                active[id] = alert
                changed = true
                continue
            }
            guard known.message != alert.message || known.severity != alert.severity else { continue }
            active[id]?.message = alert.message
            active[id]?.severity = alert.severity
            changed = true
        }
        return changed
    }

    private static func trouble(of process: ProcessReading, _ now: String) -> ShownAlert? {
        let why = process.reason.map { ": \($0)" } ?? ""
        switch process.state {
        case "errored":
            return ShownAlert(
                id: "errored/\(process.name)",
                type: "app_errored",
                message: "\(process.name) \(process.reason ?? "was given up")",
                severity: .p2,
                since: now,
                app: process.app
            )
        case "waiting restart":
            return ShownAlert(
                id: "restarting/\(process.name)",
                type: "app_restarting",
                message: "\(process.name) fails and waits to be started again\(why)",
                severity: .p3,
                since: now,
                app: process.app
            )
        case "online" where ["logged_out", "blocked", "failed"].contains(process.whatsapp):
            return ShownAlert(
                id: "whatsapp/\(process.name)",
                type: "whatsapp_down",
                message:
                    "\(process.name) has no link to WhatsApp (\(process.whatsapp ?? "")): a person is needed",
                severity: .p2,
                since: now,
                app: process.app
            )
        default: return nil
        }
    }
}

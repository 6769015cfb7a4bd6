import Shared

/// The short board for strangers: a few names in words, nothing of what is behind them.
struct PublicBoard: Sendable, Equatable {
    /// How a thing is.
    enum Condition: String, Sendable {
        case works
        case degraded
        case down
        case unknown

        /// For people.
        var words: String {
            switch self {
            case .works: "works"
            case .degraded: "works with trouble"
            case .down: "does not work"
            case .unknown: "not known right now"
            }
        }
    }

    /// One line.
    struct Line: Sendable, Equatable {
        let label: String
        let condition: Condition
    }

    /// The lines, in the order of the configuration.
    let lines: [Line]

    /// Makes the board of what is known.
    init(_ apps: [PublicApp], _ state: GatewayState) {
        let isKnown = state.connection == .connected
        lines = apps.map { app in
            let condition = isKnown ? Self.condition(of: app.app, state.processes) : .unknown
            return Line(label: app.label, condition: condition)
        }
    }

    /// The worst of all.
    var overall: Condition {
        let all = lines.map(\.condition)
        if all.contains(.unknown) { return .unknown }
        if all.allSatisfy({ $0 == .works }) { return .works }
        return all.allSatisfy { $0 == .down } ? .down : .degraded
    }

    private static func condition(of app: String, _ processes: [ProcessReading]) -> Condition {
        let own = processes.filter { $0.app == app }
        let online = own.filter { $0.state == "online" }
        guard !online.isEmpty else { return .down }
        let hasBrokenLink = own.contains { $0.whatsapp.map { $0 != "ready" } ?? false }
        return online.count < own.count || hasBrokenLink ? .degraded : .works
    }

    /// For programs.
    var json: JSONObject {
        [
            "status": .string(overall.rawValue),
            "services": .array(
                lines.map { ["name": .string($0.label), "status": .string($0.condition.rawValue)] }
            ),
        ]
    }

    /// For people: the page with the lines put in.
    func html(_ template: String) -> String {
        let rows = lines.map { line in
            "<li class=\"\(line.condition.rawValue)\"><span>\(Self.escaped(line.label))</span> "
                + "<strong>\(line.condition.words)</strong></li>"
        }
        return template.split(separator: "{{lines}}", maxSplits: 1, omittingEmptySubsequences: false)
            .joined(separator: rows.joined(separator: "\n      "))
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}

import Shared
import WorkerSupport

/// What a simulated phone does: one JSON object a line, `{"after_ms": 200, "event": "ready"}`.
///
/// `after_ms` counts from the first start. Events: `qr`, `authenticated`, `syncing`, `ready`, `disconnect` (with
/// `reason`), `auth_failure` (`reason`), `block` (`reason`), `message` (`text`, optional `from`, `chat`, `id`, `quoted_id`,
/// `quoted_text`), `receipts` (`order`: ordered, reversed, duplicated, none; `delay_ms`), `refuse` (`code` of Meta's list, `count`).
struct SimulatorScript: Equatable, Sendable {
    /// One line.
    struct Step: Equatable, Sendable {
        /// Time since the first start.
        let after: Duration
        /// What happens.
        let event: SimulatorEvent
    }

    /// The lines in the order of the file.
    let steps: [Step]

    /// Reads a script.
    ///
    /// - Parameters:
    ///   - text: The file's text.
    ///   - path: Its name, for problems.
    /// - Throws: ``ConfigurationFailure`` with every wrong line.
    init(_ text: String, path: String) throws(ConfigurationFailure) {
        var steps: [Step] = []
        var problems: [String] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where line.contains(where: { !$0.isWhitespace }) {
            guard steps.count < Limits.scriptLines else {
                problems.append("\(path):\(index + 1): more than \(Limits.scriptLines) lines")
                break
            }
            switch Self.step(line) {
            case .success(let step): steps.append(step)
            case .failure(let problem): problems.append("\(path):\(index + 1): \(problem.text)")
            }
        }
        guard problems.isEmpty else { throw ConfigurationFailure(problems: problems) }
        self.steps = steps
    }

    private struct Problem: Error {
        let text: String
    }

    private static func step(_ line: Substring) -> Result<Step, Problem> {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: Array(line.utf8))
        } catch {
            return .failure(Problem(text: "no JSON: \(error.reason) at column \(error.column)"))
        }
        guard let milliseconds = value["after_ms"]?.integerValue, (0...86_400_000).contains(milliseconds)
        else {
            return .failure(Problem(text: "\"after_ms\" must be a number from 0 to 86400000"))
        }
        guard let name = value["event"]?.stringValue else {
            return .failure(Problem(text: "\"event\" must be a text"))
        }
        let reason = value["reason"]?.stringValue
        let event: SimulatorEvent
        switch name {
        case "qr": event = .connection(.qrShown)
        case "authenticated": event = .connection(.authenticated)
        case "syncing": event = .connection(.syncing)
        case "ready": event = .connection(.ready)
        case "disconnect": event = .connection(.disconnected(DisconnectReason(word: reason ?? "TIMEOUT")))
        case "auth_failure": event = .connection(.authenticationFailed(reason ?? "auth_failure"))
        case "block": event = .connection(.disconnected(.blocked(reason ?? "TOS_BLOCK")))
        case "message":
            guard let text = value["text"]?.stringValue, !text.isEmpty, text.utf8.count <= Limits.messageBytes
            else {
                return .failure(
                    Problem(text: "a message needs a \"text\" of at most \(Limits.messageBytes) bytes")
                )
            }
            event = .message(
                SimulatorMessage(
                    text: text,
                    from: value["from"]?.stringValue,
                    chat: value["chat"]?.stringValue,
                    externalID: value["id"]?.stringValue,
                    quotedID: value["quoted_id"]?.stringValue,
                    quotedText: value["quoted_text"]?.stringValue
                )
            )
        case "receipts", "refuse":
            switch behaviour(name, value) {
            case .success(let behaviour): event = .behaviour(behaviour)
            case .failure(let problem): return .failure(problem)
            }
        default:
            return .failure(Problem(text: "there is no event \"\(name)\""))
        }
        return .success(Step(after: .milliseconds(milliseconds), event: event))
    }
}

extension SimulatorScript {
    private static func behaviour(_ name: String, _ value: JSONValue) -> Result<SimulatorBehaviour, Problem> {
        var behaviour = SimulatorBehaviour()
        if name == "refuse" {
            guard let code = value["code"]?.integerValue, (0...999_999).contains(code) else {
                return .failure(Problem(text: "\"code\" must be a number from 0 to 999999"))
            }
            behaviour.refusal = .init(code: code, count: Int(value["count"]?.integerValue ?? 1))
            return .success(behaviour)
        }
        guard let order = SimulatorBehaviour.Receipts(rawValue: value["order"]?.stringValue ?? "ordered")
        else {
            return .failure(Problem(text: "\"order\" must be ordered, reversed, duplicated or none"))
        }
        behaviour.receipts = order
        behaviour.receiptDelay = .milliseconds(max(0, min(3_600_000, value["delay_ms"]?.integerValue ?? 20)))
        return .success(behaviour)
    }
}

/// Something that the simulated phone does.
enum SimulatorEvent: Equatable, Sendable {
    /// The link changes.
    case connection(ConnectionMachine.Event)
    /// Somebody writes.
    case message(SimulatorMessage)
    /// What is sent is answered differently from now on.
    case behaviour(SimulatorBehaviour)
}

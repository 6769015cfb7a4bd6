public import Shared

/// The errors of the interface in words.
public enum ControlErrors {
    /// What a Varlink error means for the user.
    public static func failure(_ error: String, _ parameters: JSONObject) -> CommandFailure {
        let short = error.split(separator: ".").last.map(String.init) ?? error
        var failure = words(for: short, parameters) ?? CommandFailure("the daemon answered \(error)")
        failure.error = short
        return failure
    }

    private static func words(for error: String, _ parameters: JSONObject) -> CommandFailure? {
        switch error {
        case "UnknownProcess":
            let name = parameters["selection"]?.stringValue ?? "?"
            let hint = parameters["suggestion"]?.stringValue.map { "did you mean \"\($0)\"?" }
            return CommandFailure("no app or process matches \"\(name)\"", .noSuchApp, hint: hint)
        case "TimedOut": return timedOut(parameters)
        case "ShuttingDown": return CommandFailure("the daemon is shutting down", .noDaemon)
        case "UpgradeRefused":
            return CommandFailure(
                "not upgraded: \(parameters["reason"]?.stringValue ?? "refused")",
                hint: "the daemon goes on as it is"
            )
        case "InvalidRequest":
            return CommandFailure(parameters["reason"]?.stringValue ?? "invalid request", .failed)
        case "InvalidDefinition":
            let problems = (parameters["problems"]?.arrayValue ?? []).compactMap(\.stringValue)
            return CommandFailure(
                "the daemon refuses the apps:\n  " + problems.joined(separator: "\n  "),
                .configuration
            )
        case "PermissionDenied":
            return CommandFailure(
                "the daemon belongs to another user and lets only that user and root in",
                .notPermitted
            )
        case "InvalidParameter":
            let name = parameters["parameter"]?.stringValue ?? "?"
            return CommandFailure(
                "the daemon does not understand parameter \"\(name)\"; is it older?",
                .failed
            )
        case "MethodNotFound":
            return CommandFailure(
                "the daemon does not know this command",
                .failed,
                hint: "it is of an older version: noviSupervisor ping"
            )
        case "HasDependants": return hasDependants(parameters)
        case "NoEvents": return CommandFailure("nothing happened yet", .failed)
        default: return nil
        }
    }

    private static func hasDependants(_ parameters: JSONObject) -> CommandFailure {
        let app = parameters["app"]?.stringValue ?? "?"
        let names = (parameters["dependants"]?.arrayValue ?? []).compactMap(\.stringValue)
        let shown = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
        return CommandFailure(
            "\(app) is not deleted: \(names.count == 1 ? "\(shown) depends" : "\(shown) depend") on it",
            .failed,
            hint: "delete \(names.count == 1 ? "it" : "them") as well, or \(app) alone with --force"
        )
    }

    private static func timedOut(_ parameters: JSONObject) -> CommandFailure {
        let waiting = (parameters["waiting"]?.arrayValue ?? []).compactMap(\.stringValue)
        let done = (parameters["outcomes"]?.arrayValue ?? []).map { outcome in
            let result = outcome["result"]?.stringValue ?? "?"
            return "\(outcome["process"]?.stringValue ?? "?") \(OutcomeLines.words(result))"
        }
        let soFar = done.isEmpty ? "" : "\n  done: \(done.joined(separator: ", "))"
        return CommandFailure(
            "time is up; still waiting for \(waiting.joined(separator: ", "))\(soFar)",
            .timedOut,
            hint: waiting.first.map { "noviSupervisor why \($0)" }
        )
    }
}

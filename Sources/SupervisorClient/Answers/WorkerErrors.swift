public import Shared

/// The errors of workers' interfaces in words.
public enum WorkerErrors {
    /// What a Varlink error means for the user.
    public static func failure(_ error: String, _ parameters: JSONObject, _ app: String) -> CommandFailure {
        let short = error.split(separator: ".").last.map(String.init) ?? error
        var failure =
            words(for: short, parameters, app) ?? CommandFailure("\(app)'s worker answered \(error)")
        failure.error = short
        return failure
    }

    private static func words(for error: String, _ parameters: JSONObject, _ app: String) -> CommandFailure? {
        let reason = parameters["reason"]?.stringValue ?? "no reason told"
        switch error {
        case "NotFound":
            let message = parameters["id"]?.stringValue.map { "there is no message \($0)" }
            return CommandFailure(message ?? reason)
        case "NotRetriable":
            let id = parameters["id"]?.stringValue ?? "?"
            let state = parameters["state"]?.stringValue ?? "?"
            return CommandFailure("message \(id) is \(state) and cannot be sent again")
        case "Unavailable", "NotSupported", "NotStored":
            return CommandFailure("\(app)'s worker cannot: \(reason)")
        case "Overloaded": return CommandFailure("\(app)'s worker has more to read than it keeps; try again")
        case "InterfaceNotFound":
            return CommandFailure(
                "\(app)'s worker has no \(parameters["interface"]?.stringValue ?? "such interface")",
                hint: "com.novi.WhatsAppSimulator is there with WHATSAPP_PROVIDER=simulator only"
            )
        case "MethodNotFound":
            return CommandFailure("\(app)'s worker does not know this command; is it older?")
        case "InvalidParameter":
            return CommandFailure("\(app)'s worker refuses \(parameters["parameter"]?.stringValue ?? "?")")
        case "PermissionDenied":
            return CommandFailure("\(app)'s worker lets only its own user and root in", .notPermitted)
        default: return nil
        }
    }
}

import Shared
import SupervisorClient

/// Asking for the list.
extension Listing {
    /// All processes, or the selected ones.
    static func processes(_ client: ControlClient, _ select: JSONValue?) throws(CommandFailure) -> [JSONValue]
    {
        try everything(client, select).processes
    }

    /// The daemon and all processes, or the selected ones.
    static func everything(
        _ client: ControlClient,
        _ select: JSONValue?
    ) throws(CommandFailure) -> (daemon: JSONValue, processes: [JSONValue]) {
        var parameters: JSONObject = [:]
        if let select { parameters["select"] = select }
        var daemon = JSONValue.null
        var processes: [JSONValue] = []
        try client.callForMany("List", parameters) { reply in
            daemon = reply["daemon"] ?? .null
            processes += reply["processes"]?.arrayValue ?? []
        }
        return (daemon, processes)
    }
}

import Shared

/// The list of processes.
enum Listing {
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

    /// `api` or `api:1`.
    static func name(_ process: JSONValue) -> String {
        let app = process["name"]?.stringValue ?? ""
        let instance = process["instance"]?.integerValue ?? 0
        return instance == 0 ? app : "\(app):\(instance)"
    }
}

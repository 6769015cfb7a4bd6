public import Shared

/// The list of processes.
public enum Listing {
    /// `api` or `api:1`.
    public static func name(_ process: JSONValue) -> String {
        let app = process["name"]?.stringValue ?? ""
        let instance = process["instance"]?.integerValue ?? 0
        return instance == 0 ? app : "\(app):\(instance)"
    }
}

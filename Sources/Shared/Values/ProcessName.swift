/// The name of a process: one instance of an app, which survives restarts.
public struct ProcessName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The app that the process is an instance of.
    public let app: AppName
    /// The number of the instance, from 0.
    public let instance: Int

    /// Makes a name of its parts.
    public init(app: AppName, instance: Int) {
        self.app = app
        self.instance = instance
    }

    /// `api` for the first instance, `api:1` for the second.
    public var description: String { instance == 0 ? app.rawValue : "\(app.rawValue):\(instance)" }

    /// Reads `api` or `api:1`; returns `nil` for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let first = parts.first, let app = AppName(String(first)), parts.count <= 2 else { return nil }
        guard parts.count == 2 else {
            self.init(app: app, instance: 0)
            return
        }
        guard let instance = Int(parts[1]), instance >= 0, String(instance) == parts[1] else { return nil }
        self.init(app: app, instance: instance)
    }

    /// Orders by app, then by instance number.
    public static func < (left: ProcessName, right: ProcessName) -> Bool {
        left.app == right.app ? left.instance < right.instance : left.app < right.app
    }
}

import LinuxSystem
import Shared

/// What the state file says while no daemon runs.
enum LastKnownState {
    /// The names of the apps that a new daemon would restore; nothing when there is no file that can be read.
    static func appNames(_ layout: HomeLayout) -> [String] {
        entries(layout).map(\.name)
    }

    /// The apps with the number of their instances and whether they should run.
    static func entries(_ layout: HomeLayout) -> [(name: String, instances: Int, isWanted: Bool)] {
        guard let bytes = try? FileContents.read(layout.stateFile, limit: 256 << 20),
            let end = bytes.firstIndex(of: 0x0A),
            let document = try? JSONValue(parsing: Array(bytes[(end + 1)...]))
        else { return [] }
        return (document["apps"]?.arrayValue ?? []).compactMap { app in
            guard let name = app["definition"]?["name"]?.stringValue else { return nil }
            let processes = app["processes"]?.arrayValue ?? []
            return (name, processes.count, processes.contains { $0["wanted"]?.boolValue ?? true })
        }
    }
}

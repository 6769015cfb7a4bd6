import LinuxSystem
import Shared
import SupervisorCore

/// What the state file says while no daemon runs.
enum LastKnownState {
    /// The names of the apps that a new daemon would restore; nothing when there is no file that can be read.
    static func appNames(_ layout: HomeLayout) -> [String] {
        entries(layout).map(\.name)
    }

    /// The apps with the number of their instances and whether they should run.
    static func entries(_ layout: HomeLayout) -> [(name: String, instances: Int, isWanted: Bool)] {
        apps(layout).compactMap { app in
            guard let name = app["definition"]?["name"]?.stringValue else { return nil }
            let processes = app["processes"]?.arrayValue ?? []
            return (name, processes.count, processes.contains { $0["wanted"]?.boolValue ?? true })
        }
    }

    /// The apps with the names and numbers of their processes; what cannot be read is left out.
    static func definitions(
        _ layout: HomeLayout
    ) -> [(app: AppDefinition, processes: [(name: ProcessName, id: Int)])] {
        let document = document(layout)
        guard let table = EnvironmentTable(json: document["environments"]?.arrayValue ?? []) else {
            return []
        }
        return (document["apps"]?.arrayValue ?? []).compactMap { entry in
            guard let json = entry["definition"], let app = try? table.definition(json) else { return nil }
            let processes: [(name: ProcessName, id: Int)] = (entry["processes"]?.arrayValue ?? [])
                .compactMap { process in
                    guard let instance = process["instance"]?.integerValue,
                        let id = process["id"]?.integerValue
                    else { return nil }
                    return (ProcessName(app: app.name, instance: Int(instance)), Int(id))
                }
            return (app, processes)
        }
    }

    private static func apps(_ layout: HomeLayout) -> [JSONValue] {
        document(layout)["apps"]?.arrayValue ?? []
    }

    private static func document(_ layout: HomeLayout) -> JSONValue {
        guard let bytes = try? FileContents.read(layout.stateFile, limit: 256 << 20),
            let end = bytes.firstIndex(of: 0x0A),
            let document = try? JSONValue(parsing: Array(bytes[(end + 1)...]))
        else { return .null }
        return document
    }
}

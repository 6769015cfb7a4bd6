import LinuxSystem
import Shared
import SupervisorCore

/// What the state files say while no daemon runs.
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

    /// What a new daemon would go on from: the newer of the state file and its copy, otherwise the last good one.
    private static func document(_ layout: HomeLayout) -> JSONValue {
        let newest = [layout.stateFile, layout.stateFileCopy].compactMap(StateFile.read)
            .max { $0.generation < $1.generation }
        return (newest ?? StateFile.read("\(layout.stateFile).last-good"))?.document ?? .null
    }
}

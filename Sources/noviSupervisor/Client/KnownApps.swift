import Shared
import SupervisorClient
import SupervisorCore

/// Apps as they are written down, for commands that read files themselves.
enum KnownApps {
    /// An app and those of its processes that are meant.
    struct App {
        var definition: AppDefinition
        var instances: [Int]
    }

    /// Finds the selected apps; nothing selected means all.
    ///
    /// - Parameters:
    ///   - select: Selections as people type them.
    ///   - layout: Where the state file is.
    ///   - client: A daemon, which regular expressions need.
    /// - Returns: The apps in the order of the state file.
    /// - Throws: `CommandFailure` for a selection that matches nothing.
    static func matching(
        _ select: [String],
        _ layout: HomeLayout,
        _ client: ControlClient?
    ) throws(CommandFailure) -> [App] {
        try Selections.refuseEmpty(select)
        var texts = select
        if let client {
            texts = (try Selections.resolve(select, client).arrayValue ?? []).compactMap(\.stringValue)
        }
        var wanted: [ProcessSelection] = []
        for text in texts {
            guard let selection = ProcessSelection(text) else {
                throw CommandFailure("\(text) needs a running daemon", .noDaemon)
            }
            wanted.append(selection)
        }
        var unused = Set(wanted.indices)
        var found: [App] = []
        for (app, processes) in LastKnownState.definitions(layout) {
            let chosen = processes.filter { name, id in
                let matching = wanted.indices.filter {
                    wanted[$0].matches(name, id: id, namespace: app.namespace)
                }
                unused.subtract(matching)
                return wanted.isEmpty || !matching.isEmpty
            }
            if !chosen.isEmpty { found.append(App(definition: app, instances: chosen.map(\.name.instance))) }
        }
        if let missing = unused.min() {
            throw CommandFailure("no app is called \(wanted[missing])", .noSuchApp)
        }
        return found
    }
}

import LinuxSystem
import LogFiles
import Shared
import SupervisorClient
import SupervisorCore

/// Which files a command reads.
extension LogFile {
    /// The files of the selected processes: from the daemon, or where none runs those of the apps that it last knew.
    static func selected(
        _ selections: [String],
        _ common: CommonOptions,
        needsDaemon: Bool = false
    ) throws(CommandFailure) -> [LogFile] {
        try Selections.refuseEmpty(selections)
        do throws(CommandFailure) {
            return try all(selections, try common.connect())
        } catch {
            // Logs are files: a daemon is not needed to read them.
            guard error.status == .noDaemon, !needsDaemon else { throw error }
            let known = try lastKnown(selections, try common.layout())
            guard !known.isEmpty else { throw error }
            Output.complain(
                "noviSupervisor: no daemon runs; these are the logs of the apps that it last knew"
            )
            return known
        }
    }

    /// Takes the files of the selected processes from a running daemon.
    static func all(_ selections: [String], _ client: ControlClient) throws(CommandFailure) -> [LogFile] {
        let names = try Selections.resolve(selections.isEmpty ? ["all"] : selections, client)
        let reply = try client.call("GetLogFiles", ["select": names])
        return told(by: reply)
    }

    /// Works the files out of the state file, for when no daemon runs.
    static func lastKnown(_ selections: [String], _ layout: HomeLayout) throws(CommandFailure) -> [LogFile] {
        let apps = LastKnownState.definitions(layout)
        var wanted: [ProcessSelection] = []
        for text in selections {
            guard let selection = ProcessSelection(text) else {
                throw CommandFailure("\(text) needs a running daemon", .noDaemon)
            }
            wanted.append(selection)
        }
        var files: [LogFile] = []
        var unused = Set(wanted.indices)
        for (app, processes) in apps {
            for (name, id) in processes {
                let matching = wanted.indices.filter {
                    wanted[$0].matches(name, id: id, namespace: app.namespace)
                }
                guard wanted.isEmpty || !matching.isEmpty else { continue }
                unused.subtract(matching)
                let paths = LogPaths(app, instance: name.instance, directory: layout.logDirectory)
                for (stream, path) in [(OutputStream.out, paths.out?.visible), (.error, paths.err?.visible)] {
                    guard let path else { continue }
                    let origin = LineOrigin(process: name, processID: id, stream: stream)
                    files.append(
                        LogFile(
                            path: path,
                            origin: origin,
                            isShared: paths.isMerged,
                            format: .ofStreams(
                                isJSON: app.logs.derived.isJSON,
                                stamp: app.logs.derived.stampPattern
                            ),
                            archive: app.logs.policy.archiveDirectory,
                            datePattern: app.logs.policy.datePattern,
                            rules: app.logs.derived.levelRules
                        )
                    )
                }
            }
        }
        if let missing = unused.min() {
            throw CommandFailure("no app is called \(wanted[missing])", .noSuchApp)
        }
        return distinct(files)
    }
}

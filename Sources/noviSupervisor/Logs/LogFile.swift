import LinuxSystem
import LogFiles
import Shared
import SupervisorCore

/// One log file of a process, as far as readers need to know it.
struct LogFile {
    /// Where it is.
    var path: String
    /// Whose lines it holds.
    var origin: LineOrigin
    /// The folder below which its archives lie; `nil` for beside it.
    var archive: String?
    /// The app's own rules for levels.
    var rules: [LevelRule] = []
    /// When the process's last ended run began and when the present one did, in nanoseconds since 1970.
    var previousRun: (since: Int64, until: Int64?)?

    /// What is read of it.
    func source(ofPreviousRun: Bool) -> LogSource {
        LogSource(
            log: LogPath(path, archive: archive),
            rules: rules,
            defaultLevel: origin.stream == .error ? .error : .info,
            since: ofPreviousRun ? previousRun?.since : nil,
            until: ofPreviousRun ? previousRun?.until : nil
        )
    }

    /// The files of the selected processes: from the daemon, or where none runs those of the apps that it last knew.
    static func selected(
        _ selections: [String],
        _ common: CommonOptions,
        needsDaemon: Bool = false
    ) throws(CommandFailure) -> [LogFile] {
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
        return distinct((reply["files"]?.arrayValue ?? []).flatMap { files(of: $0) })
    }

    private static func files(of process: JSONValue) -> [LogFile] {
        guard let name = process["process"]?.stringValue.flatMap({ ProcessName($0) }) else { return [] }
        let id = Int(process["id"]?.integerValue ?? 0)
        let rules: [LevelRule] = (process["level_rules"]?.arrayValue ?? []).compactMap { rule in
            guard let level = rule["level"]?.stringValue.flatMap({ LogLevel(name: $0) }),
                let text = rule["match"]?.stringValue
            else { return nil }
            return LevelRule(text: text, level: level)
        }
        let previous = process["previous_run"]
        let since = moment(previous?["started"])
        let until = moment(previous?["ended"])
        return [("output", OutputStream.out), ("error", .error)].compactMap { key, stream in
            guard let path = process[key]?.stringValue else { return nil }
            return LogFile(
                path: path,
                origin: LineOrigin(process: name, processID: id, stream: stream),
                archive: process["archive"]?.stringValue,
                rules: rules,
                // The end is the beginning of the next run, whose own lines begin there.
                previousRun: since.map { ($0, until.map { $0 - 1 }) }
            )
        }
    }

    private static func moment(_ value: JSONValue?) -> Int64? {
        value?.stringValue.flatMap { MomentText.nanoseconds($0, now: 0) }
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
                            archive: app.logs.policy.archiveDirectory,
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

    /// Each file once: both outputs, or several instances, may share one.
    ///
    /// Of those that share one, the last ended runs are taken together: a line of the file does not say whose it is.
    static func distinct(_ files: [LogFile]) -> [LogFile] {
        var places: [String: Int] = [:]
        var result: [LogFile] = []
        for file in files {
            guard let place = places[file.path] else {
                places[file.path] = result.count
                result.append(file)
                continue
            }
            guard let other = file.previousRun else { continue }
            guard let known = result[place].previousRun else {
                result[place].previousRun = other
                continue
            }
            let ends = [known.until, other.until]
            let until = ends.contains { $0 == nil } ? nil : ends.compactMap(\.self).max()
            result[place].previousRun = (min(known.since, other.since), until)
        }
        return result
    }
}

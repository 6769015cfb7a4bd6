import Shared
public import SupervisorCore

/// The log files of one process.
public struct LogPaths {
    /// One output of a process.
    public struct Stream: Hashable {
        /// The file that the operator knows.
        public let visible: String
        /// The file that holds the raw output: the same, or one beside it when the visible one is derived (M9).
        public let primary: String

        /// Whether lines have to be taken from one file to the other.
        public var isDerived: Bool { visible != primary }
    }

    /// For standard output; `nil` when it is thrown away.
    public let out: Stream?
    /// For standard error; `nil` when it is thrown away.
    public let err: Stream?
    /// The primary log of standard output.
    public var output: String? { out?.primary }
    /// The primary log of standard error.
    public var error: String? { err?.primary }
    /// Whether instances of the app share them (PM2's `merge_logs`).
    public let isMerged: Bool
    /// Whether both are one file, so that they share one pipe and keep the writer's own order (M3).
    public var isShared: Bool { output != nil && output == error }

    /// Works out the paths of an instance; from the second on they carry its number, unless instances share files.
    public init(_ app: AppDefinition, instance: Int, directory: String) {
        let isMerged = app.logs.mergesInstances && app.instances > 1
        self.isMerged = isMerged
        guard !app.logs.isDisabled else {
            out = nil
            err = nil
            return
        }
        func stream(_ chosen: String?, _ suffix: String) -> Stream? {
            if let chosen, chosen == "/dev/null" || chosen == "NULL" { return nil }
            let path = chosen ?? "\(directory)/\(app.name)-\(suffix).log"
            let own = Self.numbered(path, instance: instance)
            let visible = isMerged ? path : own
            guard isMerged || app.logs.derived.replacesStreams else {
                return Stream(visible: visible, primary: visible)
            }
            return Stream(visible: visible, primary: Self.raw(isMerged && instance == 0 ? path + ".0" : own))
        }
        out = stream(app.logs.output, "out")
        err = stream(app.logs.error, "error")
    }

    /// The file with the lines of both outputs, where an app wants one.
    public static func combined(of app: AppDefinition, directory: String) -> String? {
        app.logs.derived.combined.map { $0.isEmpty ? "\(directory)/\(app.name).log" : $0 }
    }

    /// All logs of an app, each once: raw output, what operators read, common files and files by level.
    public static func all(of app: AppDefinition, instances: [Int], directory: String) -> [LogPath] {
        var paths: [String] = []
        for instance in instances {
            let own = LogPaths(app, instance: instance, directory: directory)
            for stream in [own.out, own.err].compactMap(\.self) { paths += [stream.visible, stream.primary] }
        }
        if !app.logs.isDisabled {
            paths += [combined(of: app, directory: directory)].compactMap(\.self)
            paths += app.logs.derived.levelFiles.sorted { $0.key < $1.key }.map(\.value)
        }
        var seen: Set<String> = []
        return paths.filter { seen.insert($0).inserted }
            .map { LogPath($0, app.logs.policy) }
    }

    /// The hidden file beside a derived one that holds the raw output.
    private static func raw(_ path: String) -> String {
        let log = LogPath(path)
        return "\(log.folder)/.\(log.stem)\(log.suffix).raw"
    }

    /// Puts `-N` before the extension for every instance but the first.
    public static func numbered(_ path: String, instance: Int) -> String {
        FilePath.numbered(path, instance: instance)
    }
}

public import LogFiles
public import Shared
public import SupervisorCore

/// One log file of a process, as far as readers need to know it.
public struct LogFile {
    /// Where it is.
    public var path: String
    /// Whose lines it holds.
    public var origin: LineOrigin
    /// Whether several instances of an app write to it, so that a line may be any one's.
    public var isShared = false
    /// What its lines look like.
    public var format = DerivedFormat.plain
    /// The folder below which its archives lie; `nil` for beside it.
    public var archive: String?
    /// The date in the names of its rotated files; `nil` for the usual one.
    public var datePattern: String?
    /// The app's own rules for levels.
    public var rules: [LevelRule] = []
    /// When the process's last ended run began and when the present one did, in nanoseconds since 1970.
    public var previousRun: (since: Int64, until: Int64?)?

    /// Makes a file of its parts.
    public init(
        path: String,
        origin: LineOrigin,
        isShared: Bool = false,
        format: DerivedFormat = .plain,
        archive: String? = nil,
        datePattern: String? = nil,
        rules: [LevelRule] = [],
        previousRun: (since: Int64, until: Int64?)? = nil
    ) {
        self.path = path
        self.origin = origin
        self.isShared = isShared
        self.format = format
        self.archive = archive
        self.datePattern = datePattern
        self.rules = rules
        self.previousRun = previousRun
    }

    /// Whose lines it holds, for people: a process, or an app whose instances share it.
    public var writer: String { isShared ? origin.process.app.rawValue : "\(origin.process)" }

    /// What is read of it.
    public func source(ofPreviousRun: Bool) -> LogSource {
        LogSource(
            log: LogPath(path, archive: archive, datePattern: datePattern ?? LogPolicy().datePattern),
            format: format,
            rules: rules,
            defaultLevel: origin.stream == .error ? .error : .info,
            since: ofPreviousRun ? previousRun?.since : nil,
            until: ofPreviousRun ? previousRun?.until : nil
        )
    }

    /// The files of processes, each once, as `GetLogFiles` tells them.
    public static func told(by reply: JSONObject) -> [LogFile] {
        distinct((reply["files"]?.arrayValue ?? []).flatMap { files(of: $0) })
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
        let format = DerivedFormat.ofStreams(
            isJSON: process["log_type"]?.stringValue == "json",
            stamp: process["log_date_format"]?.stringValue
        )
        let previous = process["previous_run"]
        let since = moment(previous?["started"])
        let until = moment(previous?["ended"])
        return [("output", OutputStream.out), ("error", .error)].compactMap { key, stream in
            guard let path = process[key]?.stringValue else { return nil }
            return LogFile(
                path: path,
                origin: LineOrigin(process: name, processID: id, stream: stream),
                isShared: process["shared"]?.boolValue ?? false,
                format: format,
                archive: process["archive"]?.stringValue,
                datePattern: process["date_pattern"]?.stringValue,
                rules: rules,
                // The end is the beginning of the next run, whose own lines begin there.
                previousRun: since.map { ($0, until.map { $0 - 1 }) }
            )
        }
    }

    private static func moment(_ value: JSONValue?) -> Int64? {
        value?.stringValue.flatMap { MomentText.nanoseconds($0, now: 0) }
    }

    /// Each file once: both outputs, or several instances, may share one.
    ///
    /// Of those that share one, the last ended runs are taken together: a line of the file does not say whose it is.
    public static func distinct(_ files: [LogFile]) -> [LogFile] {
        var places: [String: Int] = [:]
        var result: [LogFile] = []
        for file in files {
            guard let place = places[file.path] else {
                places[file.path] = result.count
                result.append(file)
                continue
            }
            if result[place].origin.process != file.origin.process { result[place].isShared = true }
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

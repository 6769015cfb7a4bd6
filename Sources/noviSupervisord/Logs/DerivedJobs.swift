import LogFiles
import Shared
import SupervisorCore

/// Works out which logs are to be derived from those of all processes.
struct DerivedJobs {
    private enum Key: Hashable {
        case file(String)
        case level(LogLevel, String)
        case journal(ProcessName)
    }

    private struct Draft {
        var sources: [DerivedJob.Source] = []
        var apps: Set<AppName> = []
        var logs: LogDestinations
        var filter: DerivedJob.Filter = .all
        /// Whether it stands for an output of a process, not for lines of both or of some.
        var isOutput = false
    }

    private var drafts: [Key: Draft] = [:]
    private let layout: HomeLayout

    /// Works them out for these processes, in the order of their numbers.
    init(_ slots: some Sequence<(process: ProcessSlot, app: AppDefinition)>, _ layout: HomeLayout) {
        self.layout = layout
        for (slot, app) in slots.sorted(by: { $0.process.process < $1.process.process }) { add(slot, app) }
    }

    private mutating func add(_ slot: ProcessSlot, _ app: AppDefinition) {
        let paths = LogPaths(app, instance: slot.name.instance, directory: layout.logDirectory)
        var streams: [(LogPaths.Stream, OutputStream)] = []
        if let out = paths.out { streams.append((out, .out)) }
        if let err = paths.err, !paths.isShared { streams.append((err, .error)) }
        let derived = app.logs.derived
        for (stream, kind) in streams {
            let origin = LineOrigin(process: slot.name, processID: slot.process, stream: kind)
            let source = DerivedJob.Source(
                log: LogPath(stream.primary, app.logs.policy),
                origin: origin,
                rules: derived.levelRules
            )
            if stream.isDerived { add(source, to: .file(stream.visible), app, isOutput: true) }
            if let path = LogPaths.combined(of: app, directory: layout.logDirectory) {
                add(source, to: .file(path), app)
            }
            for (level, path) in derived.levelFiles {
                add(source, to: .level(level, path), app, filter: .level(level))
            }
            if derived.journal != .none { add(source, to: .journal(slot.name), app) }
        }
    }

    private mutating func add(
        _ source: DerivedJob.Source,
        to key: Key,
        _ app: AppDefinition,
        filter: DerivedJob.Filter = .all,
        isOutput: Bool = false
    ) {
        var draft = drafts[key] ?? Draft(logs: app.logs)
        draft.sources.append(source)
        draft.apps.insert(app.name)
        draft.filter = filter
        draft.isOutput = draft.isOutput || isOutput
        drafts[key] = draft
    }

    /// The jobs.
    var jobs: [DerivedJob] {
        drafts.map { key, draft in
            DerivedJob(sources: draft.sources, filter: draft.filter, target: target(key, draft))
        }
    }

    private func target(_ key: Key, _ draft: Draft) -> DerivedJob.Target {
        let derived = draft.logs.derived
        switch key {
        case .journal(let name):
            return .journal(
                commitPath: "\(Self.journalFolder(layout))/\(name)",
                parsesFields: derived.journal == .linesWithFields
            )
        case .file(let path):
            let format: DerivedFormat =
                if derived.isJSON {
                    .json(stamp: derived.stampPattern)
                } else if draft.apps.count > 1 {
                    .prefixed(stamp: derived.stampPattern)
                } else {
                    derived.stampPattern.map { .timestamped($0) } ?? .plain
                }
            let areErrors = draft.sources.allSatisfy { $0.origin.stream == .error }
            return .file(log(path, draft), format, policy(draft, areErrors: areErrors))
        case .level(let level, let path):
            let stamp = derived.stampPattern ?? DerivedLogs.usualStampPattern
            return .file(log(path, draft), .prefixed(stamp: stamp), policy(draft, areErrors: level >= .error))
        }
    }

    private func policy(_ draft: Draft, areErrors: Bool) -> LogPolicy {
        var policy = areErrors ? draft.logs.policy.ofErrors : draft.logs.policy
        // A link of a name of its own leads to one file: that of the output.
        if !draft.isOutput, policy.symbolicLink != "current" { policy.symbolicLink = nil }
        return policy
    }

    private func log(_ path: String, _ draft: Draft) -> LogPath {
        LogPath(path, draft.logs.policy)
    }

    /// The folder of the records of what was sent to the journal.
    static func journalFolder(_ layout: HomeLayout) -> String { "\(layout.stateDirectory)/journal" }
}

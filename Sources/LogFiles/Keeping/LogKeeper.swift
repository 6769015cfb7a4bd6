import Glibc
import LinuxSystem
public import SupervisorCore

/// Compresses, archives and deletes rotated files as their policies say: one pass at a time, without threads or clocks.
public final class LogKeeper {
    /// One log to keep.
    public struct KeptLog: Hashable, Sendable {
        /// Where it is.
        public var log: LogPath
        /// How it is kept.
        public var policy: LogPolicy
        /// Whose it is; the bytes of one app are counted together.
        public var app: String
        /// The lowest number that something still has to be derived from; `nil` for none.
        public var floor: Int?

        /// Makes a log to keep.
        public init(log: LogPath, policy: LogPolicy, app: String, floor: Int? = nil) {
            self.log = log
            self.policy = policy
            self.app = app
            self.floor = floor
        }
    }

    /// What a pass did.
    public struct Report: Hashable, Sendable {
        /// Files that were compressed, under their new names.
        public var compressed: [String] = []
        /// Files that were moved to an archive folder, under their new names.
        public var archived: [String] = []
        /// Files that were deleted, and why.
        public var deleted: [String: RetentionReason] = [:]
        /// What people should know.
        public var notices: [LogNotice] = []
        /// When to look again, in seconds since 1970; `nil` when nothing will be due.
        public var nextLook: Int64?
    }

    /// The room of a file system.
    public typealias Room = (free: Int64, total: Int64)

    private var cleaned: Set<LogPath> = []
    /// What was told and is still so: a trouble is told once, and again when it comes back.
    private var told: Set<String> = []
    /// What is so in this pass.
    private var present: Set<String> = []

    /// Makes a keeper.
    public init() {}

    /// Does what is due.
    ///
    /// - Parameters:
    ///   - logs: All logs.
    ///   - now: Seconds since 1970.
    ///   - totalLimit: The most bytes of all rotated files together; `nil` for any.
    ///   - room: The room of the file system of a folder; `nil` when it cannot be told.
    ///   - shouldStop: Asked between pieces of work.
    /// - Returns: What was done.
    public func pass(
        _ logs: [KeptLog],
        now: Int64,
        totalLimit: Int64? = nil,
        room: (String) -> Room? = LogKeeper.room,
        shouldStop: () -> Bool = { false }
    ) -> Report {
        var report = Report()
        present = []
        var folders = LogFolders(owners: KnownLogs(logs.map(\.log)))
        for log in logs where cleaned.insert(log.log).inserted {
            LogCompression.cleanUp(after: log.log, in: &folders)
            LogArchiving.cleanUp(after: log.log, in: &folders)
        }
        folders.forget()
        for (_, group) in Dictionary(grouping: logs, by: \.app).sorted(by: { $0.key < $1.key }) {
            keep(group, now, &folders, &report, shouldStop)
        }
        if let totalLimit { limitTotal(logs, totalLimit, &report) }
        guardDisks(logs, &report, room)
        told.formIntersection(present)
        return report
    }

    /// Looks at the disks only: cheap while they have the room that they should have.
    ///
    /// - Parameters:
    ///   - logs: All logs.
    ///   - room: The room of the file system of a folder; `nil` when it cannot be told.
    /// - Returns: What was done.
    public func lookAtDisks(_ logs: [KeptLog], room: (String) -> Room? = LogKeeper.room) -> Report {
        var report = Report()
        guardDisks(logs, &report, room)
        return report
    }

    /// Whether something has to be told: not when it was so in the pass before.
    func isNews(_ text: String) -> Bool {
        present.insert(text)
        return told.insert(text).inserted
    }

    /// Says that something is not so any more.
    func isOver(_ text: String) {
        present.remove(text)
        told.remove(text)
    }

    private func keep(
        _ logs: [KeptLog],
        _ now: Int64,
        _ folders: inout LogFolders,
        _ report: inout Report,
        _ shouldStop: () -> Bool
    ) {
        var files: [[Int: RotatedLog]] = []
        var plans: [RetentionPlan.Log] = []
        for log in logs {
            let own = RotatedLog.own(of: log.log, in: &folders)
            files.append(Dictionary(own.map { ($0.0.sequence, $0.0) }) { $1 })
            plans.append(.init(files: own.map { $0.1 }, policy: log.policy, floor: log.floor))
        }
        let decision = RetentionPlan.decide(plans, now: now)
        for index in decision.heldUp.sorted() {
            let path = logs[index].log.path
            guard isNews("held \(path)") else { continue }
            let reason =
                "\(path) is beyond its limits: something is still to be derived from its rotated files"
            report.notices.append(.keepingFailed(log: path, reason: reason))
        }
        // What is done takes time and changes names: the next app is looked at anew.
        defer { if !decision.actions.isEmpty { folders.forget() } }
        for action in decision.actions {
            guard !shouldStop() else { return }
            switch action {
            case .delete(let log, let sequence, let reason):
                guard let file = files[log].removeValue(forKey: sequence) else { continue }
                attempt(&report) { (report: inout Report) throws(SystemError) in
                    try Self.remove(file)
                    report.deleted[file.path] = reason
                }
            case .compress(let log, let sequence):
                guard let file = files[log][sequence] else { continue }
                attempt(&report) { (report: inout Report) throws(SystemError) in
                    guard let path = try LogCompression.compress(file.path, shouldStop: shouldStop) else {
                        return
                    }
                    report.compressed.append(path)
                    files[log][sequence] = RotatedLog(path: path, sequence: sequence, isCompressed: true)
                }
            case .archive(let log, let sequence):
                guard let file = files[log][sequence] else { continue }
                attempt(&report) { (report: inout Report) throws(SystemError) in
                    let isNeeded = logs[log].floor.map { sequence >= $0 } ?? false
                    let folder = logs[log].log.archiveFolder
                    guard
                        let path = try LogArchiving.move(
                            file,
                            to: folder,
                            mayCopy: !isNeeded || file.isCompressed
                        )
                    else { return }
                    report.archived.append(path)
                    files[log][sequence]?.path = path
                }
            }
        }
        if let next = decision.nextLook { report.nextLook = min(report.nextLook ?? next, next) }
    }

    /// Does something; a failure is told.
    func attempt(_ report: inout Report, _ action: (inout Report) throws(SystemError) -> Void) {
        do throws(SystemError) {
            try action(&report)
        } catch {
            if isNews("\(error)") { report.notices.append(.keepingFailed(log: nil, reason: "\(error)")) }
        }
    }

    /// Deletes a file with its index.
    static func remove(_ file: RotatedLog) throws(SystemError) {
        try SystemCall.check("delete log file", file.path) { unlink(file.path) }
        _ = unlink(file.indexPath)
    }
}

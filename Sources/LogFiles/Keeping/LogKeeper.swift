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
    /// Failures that were told; a disk that fails is told once.
    private var told: Set<String> = []

    /// Makes a keeper.
    public init() {}

    /// Does what is due.
    ///
    /// - Parameters:
    ///   - logs: All logs.
    ///   - now: Seconds since 1970.
    ///   - room: The room of the file system of a folder; `nil` when it cannot be told.
    ///   - shouldStop: Asked between pieces of work.
    /// - Returns: What was done.
    public func pass(
        _ logs: [KeptLog],
        now: Int64,
        room: (String) -> Room? = LogKeeper.room,
        shouldStop: () -> Bool = { false }
    ) -> Report {
        var report = Report()
        var folders = LogFolders()
        for log in logs where cleaned.insert(log.log).inserted {
            LogCompression.cleanUp(after: log.log, in: &folders)
            LogArchiving.cleanUp(after: log.log, in: &folders)
        }
        folders = LogFolders()
        for (_, group) in Dictionary(grouping: logs, by: \.app).sorted(by: { $0.key < $1.key }) {
            keep(group, now, &folders, &report, shouldStop)
        }
        guardDisks(logs, &report, room)
        return report
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
        // What is done takes time and changes names: the next app is looked at anew.
        defer { if !decision.actions.isEmpty { folders = LogFolders() } }
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

    private func attempt(_ report: inout Report, _ action: (inout Report) throws(SystemError) -> Void) {
        do throws(SystemError) {
            try action(&report)
        } catch {
            if told.insert("\(error)").inserted { report.notices.append(.keepingFailed(reason: "\(error)")) }
        }
    }

    private static func remove(_ file: RotatedLog) throws(SystemError) {
        try SystemCall.check("delete log file", file.path) { unlink(file.path) }
        _ = unlink(file.indexPath)
    }

    // MARK: - The disk

    /// The room of the file system that a folder is on (statvfs(3)).
    public static func room(of folder: String) -> Room? {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return nil }
        return (
            Int64(status.f_bavail) * Int64(status.f_frsize), Int64(status.f_blocks) * Int64(status.f_frsize)
        )
    }

    /// Deletes the oldest rotated files of all apps while a disk has less room than it should.
    private func guardDisks(_ logs: [KeptLog], _ report: inout Report, _ room: (String) -> Room?) {
        let percents = Dictionary(
            logs.flatMap { log in
                [log.log.folder, log.log.archiveFolder].map { ($0, log.policy.keepFreePercent) }
            },
            uniquingKeysWith: max
        )
        for (folder, percent) in percents.sorted(by: { $0.key < $1.key }) {
            guard percent > 0, isShort(room(folder), percent),
                let device = try? FileStatus(path: folder).identity.device
            else { continue }
            var folders = LogFolders()
            var candidates = logs.flatMap { log in
                RotatedLog.own(of: log.log, in: &folders).filter { file, facts in
                    facts.device == device && log.floor.map { file.sequence < $0 } ?? true
                }
            }
            candidates.sort { ($0.1.lastChange, $0.1.sequence) < ($1.1.lastChange, $1.1.sequence) }
            var removed: (files: Int, bytes: Int64) = (0, 0)
            for (file, facts) in candidates where isShort(room(folder), percent) {
                attempt(&report) { (report: inout Report) throws(SystemError) in
                    try Self.remove(file)
                    report.deleted[file.path] = .disk
                    removed.files += 1
                    removed.bytes += facts.bytes
                }
            }
            let notice = LogNotice.diskGuarded(
                folder: folder,
                percent: percent,
                files: removed.files,
                bytes: removed.bytes,
                isStillShort: isShort(room(folder), percent)
            )
            // A disk that others fill is told once.
            if removed.files > 0 || told.insert(notice.message).inserted { report.notices.append(notice) }
        }
    }

    private func isShort(_ room: Room?, _ percent: Int) -> Bool {
        guard let room, room.total > 0 else { return false }
        return room.free * 100 < room.total * Int64(percent)
    }
}

extension RotatedLog {
    /// The rotated files of a log that are provably its own, with what retention asks of them: regular files, of this
    /// process's user, with exactly such a name.
    static func own(of log: LogPath, in folders: inout LogFolders) -> [(RotatedLog, RotatedFileFacts)] {
        all(of: log, in: &folders).compactMap { file in
            guard let status = try? FileStatus(path: file.path, followsLinks: false), status.kind == .regular,
                status.userID == CurrentProcess.userID
            else { return nil }
            let facts = RotatedFileFacts(
                sequence: file.sequence,
                bytes: status.size,
                lastChange: status.modifiedNanoseconds / 1_000_000_000,
                isCompressed: file.isCompressed,
                isArchived: Directory.parent(of: file.path) == log.archiveFolder,
                device: status.identity.device
            )
            return (file, facts)
        }
    }
}

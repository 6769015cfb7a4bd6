import Glibc
import LinuxSystem
import SupervisorCore

/// What is deleted for the room of all, whosever it is: the oldest first.
extension LogKeeper {
    /// The room of the file system that a folder is on (statvfs(3)).
    public static func room(of folder: String) -> Room? {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return nil }
        return (
            Int64(status.f_bavail) * Int64(status.f_frsize), Int64(status.f_blocks) * Int64(status.f_frsize)
        )
    }

    /// Deletes the oldest rotated files of all apps while a disk has less room than it should.
    func guardDisks(_ logs: [KeptLog], _ report: inout Report, _ room: (String) -> Room?) {
        let percents = Dictionary(
            logs.flatMap { log in
                [log.log.folder, log.log.archiveFolder].map { ($0, log.policy.keepFreePercent) }
            },
            uniquingKeysWith: max
        )
        for (folder, percent) in percents.sorted(by: { $0.key < $1.key }) where percent > 0 {
            guard let device = try? FileStatus(path: folder).identity.device else { continue }
            let shortage = "short \(device) \(percent)"
            guard isShort(room(folder), percent) else {
                isOver(shortage)
                continue
            }
            let candidates = removable(logs) { log, file, facts in
                facts.device == device && log.floor.map { file.sequence < $0 } ?? true
            }
            var removed: (files: Int, bytes: Int64) = (0, 0)
            for (file, facts) in candidates where isShort(room(folder), percent) {
                attempt(&report) { (report: inout Report) throws(SystemError) in
                    try Self.remove(file)
                    report.deleted[file.path] = .disk
                    removed.files += 1
                    removed.bytes += facts.bytes
                }
            }
            let isStillShort = isShort(room(folder), percent)
            // A disk that others fill is told once.
            let isNews = isStillShort && isNews(shortage)
            guard removed.files > 0 || isNews else { continue }
            report.notices.append(
                .diskGuarded(
                    folder: folder,
                    percent: percent,
                    files: removed.files,
                    bytes: removed.bytes,
                    isStillShort: isStillShort
                )
            )
        }
    }

    /// Deletes the oldest rotated files of all apps until the rest is no more than all may have together.
    func limitTotal(_ logs: [KeptLog], _ limit: Int64, _ report: inout Report) {
        let all = removable(logs) { _, _, _ in true }
        var total = all.reduce(0) { $0 + $1.1.bytes }
        guard total > limit else { return isOver("total") }
        var removed: (files: Int, bytes: Int64) = (0, 0)
        for (file, facts) in removable(
            logs,
            where: { log, file, _ in log.floor.map { file.sequence < $0 } ?? true }
        )
        where total > limit {
            attempt(&report) { (report: inout Report) throws(SystemError) in
                try Self.remove(file)
                report.deleted[file.path] = .total
                removed.files += 1
                removed.bytes += facts.bytes
                total -= facts.bytes
            }
        }
        let isNews = total > limit && isNews("total")
        guard removed.files > 0 || isNews else { return }
        report.notices.append(
            .totalLimited(
                limit: limit,
                files: removed.files,
                bytes: removed.bytes,
                isStillOver: total > limit
            )
        )
    }

    /// Rotated files of all logs, the oldest first.
    private func removable(
        _ logs: [KeptLog],
        where condition: (KeptLog, RotatedLog, RotatedFileFacts) -> Bool
    ) -> [(RotatedLog, RotatedFileFacts)] {
        var folders = LogFolders(owners: KnownLogs(logs.map(\.log)))
        var found = logs.flatMap { log in
            RotatedLog.own(of: log.log, in: &folders).filter { condition(log, $0, $1) }
        }
        found.sort { ($0.1.lastChange, $0.1.sequence) < ($1.1.lastChange, $1.1.sequence) }
        return found
    }

    private func isShort(_ room: Room?, _ percent: Int) -> Bool {
        guard let room, room.total > 0 else { return false }
        return room.free * 100 < room.total * Int64(percent)
    }
}

import LinuxSystem
import SupervisorCore

extension RotatedLog {
    /// The rotated files of a log that are provably its own, with what retention asks of them: regular files, of this
    /// process's user, with exactly such a name.
    static func own(of log: LogPath, in folders: inout LogFolders) -> [(RotatedLog, RotatedFileFacts)] {
        all(of: log, in: &folders).compactMap { file in
            guard !folders.hasNearerOwner(file.path, than: log), let status = ownStatus(file.path) else {
                return nil
            }
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

    /// The status of a regular file of this process's user; `nil` for anything else, which is never touched.
    static func ownStatus(_ path: String) -> FileStatus? {
        guard let status = try? FileStatus(path: path, followsLinks: false), status.kind == .regular,
            status.userID == CurrentProcess.userID
        else { return nil }
        return status
    }
}

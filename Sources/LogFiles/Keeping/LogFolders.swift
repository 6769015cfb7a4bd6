import LinuxSystem
import SupervisorCore

/// The names in log folders, each folder read once: for a look at many logs at one time.
///
/// A thousand logs in one folder would otherwise read a thousand names a thousand times.
struct LogFolders {
    private var known: [String: [String]] = [:]
    private let owners: KnownLogs

    /// Makes a look at folders.
    ///
    /// - Parameter owners: All logs that are kept, where files are asked for to do something with them.
    init(owners: KnownLogs = KnownLogs([])) {
        self.owners = owners
    }

    /// Reads folders anew from now on.
    mutating func forget() {
        known = [:]
    }

    /// Whether a file that can be a log's belongs to another log.
    func hasNearerOwner(_ path: String, than log: LogPath) -> Bool {
        owners.hasNearerOwner(FilePath.name(of: path), in: Directory.parent(of: path), than: log)
    }

    /// The names in a folder that can be those of rotated logs or of compressions under way; none when it cannot be read.
    mutating func names(in folder: String) -> [String] {
        if let names = known[folder] { return names }
        let names = ((try? Directory.names(in: folder)) ?? []).filter(RotatedLog.mayBeName)
        known[folder] = names
        return names
    }
}

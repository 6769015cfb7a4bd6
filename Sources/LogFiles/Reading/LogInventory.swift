import LinuxSystem
public import SupervisorCore

/// What lies in the folders of a log, without reading it.
public struct LogInventory {
    /// The log.
    public let log: LogPath
    /// How much room it takes.
    public let usage: LogUsage
    /// Its rotated files.
    public let rotated: [RotatedFileFacts]

    /// Looks at the files; their sizes and times, of the oldest also the first entry of its index.
    public init(_ log: LogPath) {
        self.log = log
        var folders = LogFolders()
        let own = RotatedLog.own(of: log, in: &folders)
        rotated = own.map(\.1)
        let status = try? FileStatus(path: log.path, followsLinks: false)
        let live = status.flatMap {
            $0.kind == .regular ? ($0.size, $0.modifiedNanoseconds / 1_000_000_000) : nil
        }
        let oldest =
            own.first.flatMap { file in
                file.0.identity.map { ($0, file.0.indexPath) }
            } ?? status.map { ($0.identity, LogPath.index(of: log.path)) }
        let began = oldest.flatMap { identity, index in IndexCursor(index, of: identity)?.batch(at: 0)?.time }
        usage = LogUsage(live: live, rotated: rotated, began: began.map { $0 / 1_000_000_000 })
    }
}

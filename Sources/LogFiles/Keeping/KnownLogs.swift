/// All logs that are kept, so that a rotated file has one owner.
struct KnownLogs {
    /// By the path of the file being written, there and as it would be in the archive folder.
    private var logs: [String: LogPath] = [:]

    /// Makes it of all logs.
    init(_ all: some Sequence<LogPath>) {
        for log in all {
            for folder in [log.folder, log.archiveFolder] { logs["\(folder)/\(log.stem)\(log.suffix)"] = log }
        }
    }

    /// Whether a name that can be that of a file of a log is that of another one, whose own name is longer.
    ///
    /// With odd date patterns both are possible: `api-1-2026-11-24-0007.log` by `D-YYYY-MM-DD` of `api.log`, too.
    func hasNearerOwner(_ name: String, in folder: String, than log: LogPath) -> Bool {
        guard logs.count > 1 else { return false }
        let bytes = name.utf8
        var place = bytes.index(
            bytes.startIndex,
            offsetBy: log.stem.utf8.count + 1,
            limitedBy: bytes.endIndex
        )
        while let start = place, let dash = bytes[start...].firstIndex(of: UInt8(ascii: "-")) {
            if let other = logs["\(folder)/\(name[..<dash])\(log.suffix)"], other != log,
                RotatedLog.parse(name, of: other) != nil
            {
                return true
            }
            place = bytes.index(after: dash)
        }
        return false
    }
}

import LinuxSystem

/// The names in log folders, each folder read once: for a look at many logs at one time.
///
/// A thousand logs in one folder would otherwise read a thousand names a thousand times.
struct LogFolders {
    private var known: [String: [String]] = [:]

    /// The names in a folder that can be those of rotated logs or of compressions under way; none when it cannot be read.
    mutating func names(in folder: String) -> [String] {
        if let names = known[folder] { return names }
        let names = ((try? Directory.names(in: folder)) ?? []).filter(RotatedLog.mayBeName)
        known[folder] = names
        return names
    }
}

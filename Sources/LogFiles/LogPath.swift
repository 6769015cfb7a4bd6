import LinuxSystem
import SupervisorCore

/// The place of one primary log and of all that belongs to it; see docs/LOGS.md.
public struct LogPath: Hashable, Sendable {
    /// The file being written.
    public let path: String
    /// Its folder.
    public let folder: String
    /// Its name without the extension: `api-out` of `api-out.log`.
    public let stem: String
    /// Its extension with the dot, or nothing.
    public let suffix: String

    /// The folder to which rotated files move when they are no longer live.
    public let archiveFolder: String

    /// Takes an absolute path apart.
    ///
    /// - Parameters:
    ///   - path: The file being written.
    ///   - archive: Where archives of all logs lie, each in a folder that is called as that of the log; `nil` for the folder
    ///     `archive` beside the log.
    public init(_ path: String, archive: String? = nil) {
        self.path = path
        let folder = Directory.parent(of: path)
        self.folder = folder
        archiveFolder = archive.map { $0 + folder } ?? "\(folder)/archive"
        let name = FilePath.name(of: path)
        if let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex {
            stem = String(name[..<dot])
            suffix = String(name[dot...])
        } else {
            stem = name
            suffix = ""
        }
    }

    /// The time index of any log file, live or rotated.
    public static func index(of path: String) -> String {
        "\(Directory.parent(of: path))/.\(FilePath.name(of: path)).idx"
    }
}

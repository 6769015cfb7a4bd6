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

    /// Takes an absolute path apart.
    public init(_ path: String) {
        self.path = path
        folder = Directory.parent(of: path)
        let name = FilePath.name(of: path)
        if let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex {
            stem = String(name[..<dot])
            suffix = String(name[dot...])
        } else {
            stem = name
            suffix = ""
        }
    }

    /// The folder to which rotated files move when they are no longer live.
    public var archiveFolder: String { "\(folder)/archive" }

    /// The time index of any log file, live or rotated.
    public static func index(of path: String) -> String {
        "\(Directory.parent(of: path))/.\(FilePath.name(of: path)).idx"
    }
}

import Glibc
import LinuxSystem
public import SupervisorCore

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
    /// The date in the names of its rotated files, in moment.js letters.
    public let datePattern: String

    /// Takes an absolute path apart.
    ///
    /// - Parameters:
    ///   - path: The file being written.
    ///   - archive: Where archives of all logs lie, each in a folder that is called as that of the log; `nil` for the folder
    ///     `archive` beside the log.
    ///   - datePattern: The date in the names of rotated files.
    public init(_ path: String, archive: String? = nil, datePattern: String = LogPolicy().datePattern) {
        self.path = path
        self.datePattern = datePattern
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

    /// The same of a log that is kept by a policy.
    public init(_ path: String, _ policy: LogPolicy) {
        self.init(path, archive: policy.archiveDirectory, datePattern: policy.datePattern)
    }

    /// Whether it is the hidden raw output that a file is derived from (M9).
    public var isRaw: Bool { suffix == ".raw" }

    /// Makes the symbolic link that winston's `createSymlink` asks for; the file's own name never changes here.
    func linkCurrent(_ policy: LogPolicy) {
        guard let name = policy.symbolicLink, !name.utf8.contains(UInt8(ascii: "/")) else { return }
        let link = "\(folder)/" + (name == "current" ? "\(stem)-current\(suffix)" : name)
        // Whatever else is there under that name is not ours to replace.
        _ = symlink("\(stem)\(suffix)", link)
    }

    /// The time index of any log file, live or rotated.
    public static func index(of path: String) -> String {
        "\(Directory.parent(of: path))/.\(FilePath.name(of: path)).idx"
    }
}

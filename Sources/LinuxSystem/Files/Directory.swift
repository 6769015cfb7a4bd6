import CSupervisorShims
import Glibc

/// Folders.
public enum Directory {
    /// Who owns a folder.
    public struct Owner: Hashable, Sendable {
        /// The user.
        public var userID: UInt32
        /// The group.
        public var groupID: UInt32

        /// Makes an owner.
        public init(userID: UInt32, groupID: UInt32) {
            self.userID = userID
            self.groupID = groupID
        }
    }

    /// Makes a folder with exactly this mode and owner, or brings an existing one there.
    ///
    /// - Parameters:
    ///   - path: The folder; a symbolic link in its place is refused (ENOTDIR).
    ///   - mode: Its permission bits, whatever the umask.
    ///   - owner: Its owner; `nil` leaves it.
    ///   - withParents: Whether missing parents are made, with mode 0755 less the umask.
    /// - Throws: `SystemError` (mkdir(2)).
    public static func create(
        _ path: String,
        mode: UInt32 = 0o700,
        owner: Owner? = nil,
        withParents: Bool = false
    ) throws(SystemError) {
        if mkdir(path, mode) != 0 {
            let number = errno
            if number == ENOENT, withParents, parent(of: path) != path {
                try createParents(of: path)
                try SystemCall.check("create folder", path) { mkdir(path, mode) }
            } else if number != EEXIST {
                throw SystemError("create folder", number, path)
            }
        }
        // By the name of an open descriptor that needs no permission: a folder that nobody may enter is mended, too.
        let folder = Descriptor(try SystemCall.check("open folder", path) { novi_open_path(path, 0) })
        let own = "/proc/self/fd/\(folder.rawValue)"
        let status = try FileStatus(descriptor: folder.rawValue)
        guard status.kind == .directory else { throw SystemError("open folder", ENOTDIR, path) }
        if let owner, status.userID != owner.userID || status.groupID != owner.groupID {
            try SystemCall.check("change the owner of folder", path) {
                chown(own, owner.userID, owner.groupID)
            }
        }
        if status.mode != mode {
            try SystemCall.check("change the mode of folder", path) { chmod(own, mode) }
        }
    }

    /// Makes a folder where there is none; one that is there stays as it is, also behind a symbolic link.
    ///
    /// For folders that somebody else named: they may be shared, such as `/tmp`.
    ///
    /// - Parameters:
    ///   - path: The folder; missing parents are made, with mode 0755 less the umask.
    ///   - mode: The permission bits of a new one, whatever the umask.
    /// - Throws: `SystemError` (mkdir(2)).
    public static func createIfMissing(_ path: String, mode: UInt32) throws(SystemError) {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw SystemError("open folder", ENOTDIR, path)
            }
            return
        }
        try create(path, mode: mode, withParents: true)
    }

    private static func createParents(of path: String) throws(SystemError) {
        let folder = parent(of: path)
        guard mkdir(folder, 0o755) != 0 else { return }
        let number = errno
        if number == EEXIST { return }
        guard number == ENOENT, parent(of: folder) != folder else {
            throw SystemError("create folder", number, folder)
        }
        try createParents(of: folder)
        try SystemCall.check("create folder", folder) { mkdir(folder, 0o755) }
    }

    /// The folder that a path is in; `.` for a bare name.
    public static func parent(of path: String) -> String {
        let separator = UInt8(ascii: "/")
        let bytes = path.utf8.last == separator && path.utf8.count > 1 ? path.utf8.dropLast() : path.utf8[...]
        guard let slash = bytes.lastIndex(of: separator) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Waits until the names in a folder are on the disk (fsync(2)).
    ///
    /// - Throws: `SystemError`.
    public static func synchronize(_ path: String) throws(SystemError) {
        let folder = Descriptor(
            try SystemCall.check("open folder", path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        )
        try SystemCall.check("write folder", path) { fsync(folder.rawValue) }
    }

    /// The names in a folder, unsorted, without `.` and `..`; at most ``Limits/folderEntries``.
    ///
    /// - Throws: `SystemError` (opendir(3)).
    public static func names(in path: String) throws(SystemError) -> [String] {
        guard let stream = opendir(path) else { throw SystemError("read folder", errno, path) }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < Limits.folderEntries, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes an empty folder; one that does not exist is no error.
    ///
    /// - Throws: `SystemError` (rmdir(2)).
    public static func remove(_ path: String) throws(SystemError) {
        do throws(SystemError) {
            try SystemCall.check("remove folder", path) { rmdir(path) }
        } catch {
            guard error.errorNumber == ENOENT else { throw error }
        }
    }
}

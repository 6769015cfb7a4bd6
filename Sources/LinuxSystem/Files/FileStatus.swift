import Glibc

/// What a path leads to (stat(2)).
public struct FileStatus: Hashable, Sendable {
    /// The kind of a file.
    public enum Kind: Hashable, Sendable {
        /// A regular file.
        case regular
        /// A folder.
        case directory
        /// A symbolic link.
        case symbolicLink
        /// A Unix socket.
        case socket
        /// A named pipe.
        case fifo
        /// A character or block device.
        case device
        /// Something newer than this program.
        case unknown
    }

    /// Which file it is, by whatever name.
    public struct Identity: Hashable, Sendable {
        /// The device.
        public var device: UInt64
        /// The number on the device.
        public var inode: UInt64

        /// Makes an identity.
        public init(device: UInt64, inode: UInt64) {
            self.device = device
            self.inode = inode
        }
    }

    /// What it is.
    public let kind: Kind
    /// Which one it is.
    public let identity: Identity
    /// The permission bits, with set-id and sticky.
    public let mode: UInt32
    /// Its owner.
    public let userID: UInt32
    /// Its group.
    public let groupID: UInt32
    /// Its length in bytes.
    public let size: Int64
    /// When it was last written, in nanoseconds since 1970.
    public let modifiedNanoseconds: Int64

    /// Reads the kernel's record.
    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            case S_IFSOCK: .socket
            case S_IFIFO: .fifo
            case S_IFCHR, S_IFBLK: .device
            default: .unknown
            }
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        mode = UInt32(status.st_mode) & 0o7777
        userID = status.st_uid
        groupID = status.st_gid
        size = Int64(status.st_size)
        modifiedNanoseconds =
            Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
    }

    /// Looks at a path.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - followsLinks: Whether a link at the end is followed.
    /// - Throws: `SystemError` (stat(2)).
    public init(path: String, followsLinks: Bool = true) throws(SystemError) {
        var status = stat()
        try SystemCall.check("look at", path) {
            followsLinks ? stat(path, &status) : lstat(path, &status)
        }
        self.init(status)
    }

    /// Looks at an open file.
    ///
    /// - Throws: `SystemError` (fstat(2)).
    public init(descriptor: Int32) throws(SystemError) {
        var status = stat()
        try SystemCall.check("look at descriptor", "\(descriptor)") { fstat(descriptor, &status) }
        self.init(status)
    }
}

/// Symbolic links.
public enum SymbolicLink {
    /// Where a link points; `nil` when it is none or cannot be read.
    public static func target(of path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        guard count >= 0, count < buffer.count else { return nil }
        return String(decoding: buffer.prefix(count).lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

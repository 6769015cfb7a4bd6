/// What a configuration has to know of the machine.
///
/// The real one reads files and the user database (`LinuxHostFacts`); tests make up their own.
public protocol HostFacts {
    /// The user id that the supervisor runs with.
    var userID: UInt32 { get }
    /// How many processors it may use, at least 1.
    var processorCount: Int { get }
    /// The folder of the running program, where its companions lie; `nil` when it is not known.
    var programDirectory: String? { get }
    /// The search path of a program that nobody gave one.
    var defaultSearchPath: String { get }
    /// Looks at what lies at an absolute path, following links.
    func attributes(of path: String) throws(HostFileError) -> FileAttributes
    /// Resolves all links of an absolute path; `nil` when that fails.
    func canonicalPath(of path: String) -> String?
    /// Reads a file.
    ///
    /// - Throws: Why it cannot be read; `.tooLarge` when it has more bytes than `limit`.
    func contents(of path: String, limit: Int) throws(HostFileError) -> [UInt8]
    /// Reads the first bytes of a file; fewer when it is shorter.
    func beginning(of path: String, count: Int) throws(HostFileError) -> [UInt8]
    /// Looks up a user by name.
    func user(named name: String) -> HostUser?
    /// Looks up a user by number.
    func user(withID userID: UInt32) -> HostUser?
    /// Looks up the number of a group.
    func groupID(named name: String) -> UInt32?
    /// All groups of a user, the given primary one included (getgrouplist(3)).
    func groupIDs(of user: HostUser, primary: UInt32) -> [UInt32]
}

extension HostFacts {
    /// Whether the supervisor may switch to other users.
    public var isRoot: Bool { userID == 0 }
}

/// A user of the machine.
public struct HostUser: Hashable, Sendable {
    /// The login name.
    public var name: String
    /// The user id.
    public var userID: UInt32
    /// The primary group id.
    public var groupID: UInt32
    /// The home folder.
    public var home: String

    /// Makes a user of its parts.
    public init(name: String, userID: UInt32, groupID: UInt32, home: String) {
        self.name = name
        self.userID = userID
        self.groupID = groupID
        self.home = home
    }
}

/// Why a file could not be looked at or read.
public enum HostFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nothing is there.
    case missing
    /// The supervisor may not.
    case permissionDenied
    /// More bytes than are read of such a file.
    case tooLarge(limit: Int)
    /// It is a folder, a device, a pipe or a socket.
    case notAFile
    /// Something else, in the kernel's words.
    case other(String)

    /// The reason as the end of a message, such as `permission denied`.
    public var description: String {
        switch self {
        case .missing: "no such file or folder"
        case .permissionDenied: "permission denied"
        case .tooLarge(let limit): "it is larger than \(limit >> 20) MiB"
        case .notAFile: "it is not a regular file"
        case .other(let reason): reason
        }
    }
}

/// What is known of a file without reading it (stat(2)).
public struct FileAttributes: Hashable, Sendable {
    /// What it is.
    public enum Kind: Hashable, Sendable {
        /// A regular file.
        case file
        /// A folder.
        case directory
        /// A device, pipe or socket.
        case other
    }

    /// What it is.
    public var kind: Kind
    /// The permission bits, as in `0o755`.
    public var permissions: UInt32
    /// The owner.
    public var userID: UInt32
    /// The group.
    public var groupID: UInt32
    /// The file system.
    public var device: UInt64
    /// The number on the file system.
    public var inode: UInt64
    /// Whether an access control list adds to the permission bits (acl(5)).
    public var hasAccessControlList: Bool

    /// Makes attributes of their parts.
    public init(
        kind: Kind,
        permissions: UInt32,
        userID: UInt32 = 0,
        groupID: UInt32 = 0,
        device: UInt64 = 0,
        inode: UInt64 = 0,
        hasAccessControlList: Bool = false
    ) {
        self.kind = kind
        self.permissions = permissions
        self.userID = userID
        self.groupID = groupID
        self.device = device
        self.inode = inode
        self.hasAccessControlList = hasAccessControlList
    }

    /// Whether anybody may execute it, or enter it.
    public var isExecutableByAnyone: Bool { permissions & 0o111 != 0 }

    /// Whether the permission bits give `user` the rights in `bits` (4 read, 2 write, 1 execute or enter).
    ///
    /// With an access control list the bits do not tell, and the answer is yes: the kernel will say.
    public func grants(_ bits: UInt32, to user: AppUser) -> Bool {
        if hasAccessControlList { return true }
        if user.userID == 0 { return bits & 1 == 0 || kind == .directory || isExecutableByAnyone }
        let shift: UInt32
        if user.userID == userID {
            shift = 6
        } else if user.groupID == groupID || user.supplementaryGroupIDs.contains(groupID) {
            shift = 3
        } else {
            shift = 0
        }
        return (permissions >> shift) & bits == bits
    }
}

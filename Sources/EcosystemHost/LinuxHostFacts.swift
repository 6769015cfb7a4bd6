import CSupervisorShims
import Glibc
public import SupervisorCore

/// The facts of this machine: its files, its users, its processors.
public struct LinuxHostFacts: HostFacts, Sendable {
    /// The effective user id of this process.
    public let userID: UInt32
    /// The processors that are online (sysconf(3)).
    public let processorCount: Int
    /// The folder of the running program.
    public let programDirectory: String?
    /// What a shell searches that was told nothing.
    public let defaultSearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Asks for the facts that do not change while this process runs.
    public init() {
        userID = geteuid()
        processorCount = Self.availableProcessors()
        programDirectory = Self.ownProgram().flatMap { path in
            path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) }
        }
    }

    /// Looks at what lies at an absolute path, following links (stat(2)).
    public func attributes(of path: String) throws(HostFileError) -> FileAttributes {
        var status = stat()
        guard stat(path, &status) == 0 else { throw HostFileError(errno: errno) }
        // The access list of a folder or file replaces its group bits (acl(5)); its presence is all we ask.
        let hasAccessControlList = getxattr(path, "system.posix_acl_access", nil, 0) > 0
        return FileAttributes(
            kind: FileAttributes.Kind(mode: status.st_mode),
            permissions: status.st_mode & 0o7777,
            userID: status.st_uid,
            groupID: status.st_gid,
            device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino),
            hasAccessControlList: hasAccessControlList
        )
    }

    /// Resolves all links of an absolute path (realpath(3)).
    public func canonicalPath(of path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(validatingCString: resolved)
    }

    /// Reads a regular file of at most `limit` bytes.
    public func contents(of path: String, limit: Int) throws(HostFileError) -> [UInt8] {
        let (bytes, isWhole) = try read(path, atMost: limit)
        guard isWhole else { throw .tooLarge(limit: limit) }
        return bytes
    }

    /// Reads the first bytes of a regular file.
    public func beginning(of path: String, count: Int) throws(HostFileError) -> [UInt8] {
        try read(path, atMost: count).bytes
    }

    private func read(
        _ path: String,
        atMost limit: Int
    ) throws(HostFileError) -> (bytes: [UInt8], isWhole: Bool) {
        // O_NONBLOCK: opening a FIFO must not wait for a writer that never comes.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw HostFileError(errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw HostFileError(errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
        // The size is only a hint: the file may grow while it is read, so one byte more than allowed is asked for.
        let capacity = min(limit, max(0, Int(status.st_size))) + 1
        var bytes: [UInt8] = []
        bytes.reserveCapacity(capacity)
        var chunk = [UInt8](repeating: 0, count: min(capacity, 1 << 16))
        while bytes.count <= limit {
            let wanted = min(chunk.count, limit + 1 - bytes.count)
            let count = Glibc.read(descriptor, &chunk, wanted)
            if count < 0 {
                if errno == EINTR { continue }
                throw HostFileError(errno: errno)
            }
            if count == 0 { return (bytes, true) }
            bytes += chunk[..<count]
        }
        bytes.removeLast(bytes.count - limit)
        return (bytes, false)
    }

    private static func availableProcessors() -> Int {
        max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    private static func ownProgram() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                characters.baseAddress.map { readlink("/proc/self/exe", $0, characters.count) } ?? -1
            }
        }
        guard count > 0, count < buffer.count else { return nil }
        let path = String(decoding: buffer[..<count], as: UTF8.self)
        // The kernel marks a program that was replaced while it runs.
        let mark = " (deleted)"
        return path.hasSuffix(mark) ? String(path.dropLast(mark.count)) : path
    }
}

extension HostFileError {
    init(errno number: Int32) {
        switch number {
        case ENOENT, ENOTDIR: self = .missing
        case EACCES, EPERM: self = .permissionDenied
        case EISDIR: self = .notAFile
        default: self = .other(String(cString: strerror(number)).lowercased())
        }
    }
}

extension FileAttributes.Kind {
    init(mode: mode_t) {
        self =
            switch mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            default: .other
            }
    }
}

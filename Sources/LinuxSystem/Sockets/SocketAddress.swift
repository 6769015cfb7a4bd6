import Glibc

/// The address of a socket as the kernel takes it.
struct SocketAddress {
    private var storage: sockaddr_storage
    private let length: socklen_t
    /// AF_UNIX, AF_INET or AF_INET6.
    let family: Int32

    /// A Unix socket (unix(7)); `@name` is in the abstract namespace.
    ///
    /// - Throws: `SystemError` with a hint when the path is too long.
    init(unixPath path: String, _ operation: String) throws(SystemError) {
        var bytes = Array(path.utf8)
        let isAbstract = bytes.first == UInt8(ascii: "@")
        guard !bytes.isEmpty, !bytes.contains(0) else {
            throw SystemError(operation, EINVAL, path, explanation: "not a socket path")
        }
        guard bytes.count <= Limits.socketPathBytes else {
            throw SystemError(
                operation,
                ENAMETOOLONG,
                path,
                explanation:
                    "\(bytes.count) bytes are too many for a socket path (\(Limits.socketPathBytes))",
                hint: "choose a shorter NOVI_HOME"
            )
        }
        if isAbstract { bytes[0] = 0 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let start = MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: address.sun_path)
        // The NUL belongs to a path's length and not to an abstract name's.
        self.init(address, start + bytes.count + (isAbstract ? 0 : 1), AF_UNIX)
    }

    /// An IPv4 or IPv6 address; `nil` when the text is none.
    init?(numeric text: String, port: UInt16) {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr = four
            self.init(address, MemoryLayout<sockaddr_in>.size, AF_INET)
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        address.sin6_addr = six
        self.init(address, MemoryLayout<sockaddr_in6>.size, AF_INET6)
    }

    private init<Address>(_ address: Address, _ length: Int, _ family: Int32) {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { target in
            withUnsafeBytes(of: address) { target.copyMemory(from: $0) }
        }
        self.storage = storage
        self.length = socklen_t(length)
        self.family = family
    }

    /// Whether the kernel's address is this one: family, address and port.
    func equals(_ other: UnsafePointer<sockaddr>, _ otherLength: socklen_t) -> Bool {
        guard otherLength >= length, Int32(other.pointee.sa_family) == family else { return false }
        return withPointer { own, _ in
            switch family {
            case AF_INET:
                own.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { mine in
                    other.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { theirs in
                        mine.pointee.sin_port == theirs.pointee.sin_port
                            && mine.pointee.sin_addr.s_addr == theirs.pointee.sin_addr.s_addr
                    }
                }
            case AF_INET6:
                own.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { mine in
                    other.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { theirs in
                        mine.pointee.sin6_port == theirs.pointee.sin6_port
                            && withUnsafeBytes(of: mine.pointee.sin6_addr) { first in
                                withUnsafeBytes(of: theirs.pointee.sin6_addr) { first.elementsEqual($0) }
                            }
                    }
                }
            default: false
            }
        }
    }

    /// Lends the address to a system call.
    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}

extension Descriptor {
    /// Makes a socket that closes on exec.
    static func socket(
        family: Int32,
        type: __socket_type,
        nonBlocking: Bool,
        _ operation: String,
        _ subject: String
    ) throws(SystemError) -> Descriptor {
        let flags = type.rawValue | SOCK_CLOEXEC.rawValue | (nonBlocking ? SOCK_NONBLOCK.rawValue : 0)
        return Descriptor(
            try SystemCall.check(operation, subject) { Glibc.socket(family, Int32(flags), 0) }
        )
    }

    /// Binds a Unix socket to a path with exactly this mode; a socket that was left there is removed.
    func bind(toSocketPath path: String, mode: UInt32, _ operation: String) throws(SystemError) {
        let address = try SocketAddress(unixPath: path, operation)
        if !path.hasPrefix("@") {
            try Self.removeStaleSocket(path, operation)
            // The node takes the mode of the open socket at bind(2): there is no moment with another one.
            try SystemCall.check(operation, path) { fchmod(rawValue, mode) }
        }
        try SystemCall.check(operation, path) {
            address.withPointer { Glibc.bind(rawValue, $0, $1) }
        }
        if !path.hasPrefix("@") {
            // The umask may have taken bits away.
            try SystemCall.check(operation, path) { chmod(path, mode) }
        }
    }

    private static func removeStaleSocket(_ path: String, _ operation: String) throws(SystemError) {
        guard let status = try? FileStatus(path: path, followsLinks: false) else { return }
        guard status.kind == .socket else {
            throw SystemError(
                operation,
                EEXIST,
                path,
                explanation: "a file that is not a socket is in the way"
            )
        }
        try FileContents.remove(path)
    }
}

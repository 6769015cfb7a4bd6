import Glibc

/// What a socket is that somebody handed to us: asked of the kernel, not believed.
public enum SocketIdentity {
    /// The path that a Unix datagram socket is bound to; `nil` for anything else.
    public static func datagramPath(of descriptor: Int32) -> String? {
        guard option(SO_TYPE, of: descriptor) == Int32(SOCK_DGRAM.rawValue) else { return nil }
        return unixPath(of: descriptor)
    }

    /// Whether a descriptor is a listening socket at an address.
    ///
    /// - Parameters:
    ///   - descriptor: Any descriptor.
    ///   - address: As for ``ListeningSocket/open(_:mode:)``.
    /// - Returns: `false` also for an address that cannot be read.
    public static func isListening(_ descriptor: Int32, at address: String) -> Bool {
        guard option(SO_ACCEPTCONN, of: descriptor) == 1, let endpoint = ListeningSocket.Endpoint(address)
        else {
            return false
        }
        switch endpoint {
        case .unix(let path): return unixPath(of: descriptor) == path
        case .internet(let expected):
            return withLocalAddress(of: descriptor) { expected.equals($0, $1) } ?? false
        }
    }

    private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 else { return nil }
        return value
    }

    private static func unixPath(of descriptor: Int32) -> String? {
        let found: String?? = withLocalAddress(of: descriptor) { address, length in
            guard address.pointee.sa_family == sa_family_t(AF_UNIX) else { return nil }
            let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
            let bytes = UnsafeRawBufferPointer(start: address, count: Int(length)).dropFirst(start)
            // The first byte of an abstract name is NUL and written as `@`.
            guard let first = bytes.first else { return nil }
            guard first != 0 else { return "@" + String(decoding: bytes.dropFirst(), as: UTF8.self) }
            return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return found ?? nil
    }

    private static func withLocalAddress<Result>(
        of descriptor: Int32,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard getsockname(descriptor, address, &length) == 0 else { return nil }
                return body(address, min(length, socklen_t(MemoryLayout<sockaddr_storage>.size)))
            }
        }
    }
}

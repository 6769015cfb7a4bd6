import Glibc

/// Listening sockets that the supervisor opens for its apps (`listen`).
public enum ListeningSocket {
    /// Opens a socket.
    ///
    /// Addresses are numeric: a name would ask a resolver, from the one thread that must not wait.
    ///
    /// - Parameters:
    ///   - address: `tcp://127.0.0.1:8080`, `tcp://[::1]:80` or `unix:///run/x.sock`.
    ///   - mode: The permission bits of a Unix socket.
    /// - Returns: The socket, blocking and listening.
    /// - Throws: `SystemError` for an address that cannot be read or taken.
    public static func open(_ address: String, mode: UInt32 = 0o666) throws(SystemError) -> Descriptor {
        switch try Endpoint.parse(address) {
        case .unix(let path): try openUnix(path, mode)
        case .internet(let socketAddress): try openTCP(socketAddress, address)
        }
    }

    /// Removes what a socket that was opened leaves behind: the file of a Unix socket.
    ///
    /// What is no socket stays.
    ///
    /// - Parameter address: As it was opened.
    public static func removeFile(of address: String) {
        guard case .unix(let path) = Endpoint(address),
            (try? FileStatus(path: path, followsLinks: false))?.kind == .socket
        else { return }
        unlink(path)
    }

    /// What an address means.
    enum Endpoint {
        case unix(String)
        case internet(SocketAddress)

        init?(_ address: String) {
            guard let endpoint = try? Self.parse(address) else { return nil }
            self = endpoint
        }

        static func parse(_ address: String) throws(SystemError) -> Endpoint {
            if let path = address.removingPrefix("unix://"), path.hasPrefix("/") {
                return .unix(path)
            }
            guard let endpoint = address.removingPrefix("tcp://") else {
                throw malformed(address)
            }
            guard let colon = endpoint.lastIndex(of: ":"),
                let port = UInt16(endpoint[endpoint.index(after: colon)...])
            else {
                throw malformed(address)
            }
            var host = endpoint[..<colon]
            if host.hasPrefix("["), host.hasSuffix("]") {
                host = host.dropFirst().dropLast()
            } else if host.contains(":") {
                throw malformed(address)
            }
            guard let socketAddress = SocketAddress(numeric: String(host), port: port) else {
                throw SystemError(
                    "listen on",
                    EINVAL,
                    address,
                    explanation: "\"\(host)\" is not a numeric address",
                    hint: "write 127.0.0.1, 0.0.0.0, [::1] or [::]"
                )
            }
            return .internet(socketAddress)
        }
    }

    private static func malformed(_ address: String) -> SystemError {
        SystemError(
            "listen on",
            EINVAL,
            address,
            explanation: "not a listening address",
            hint: "write tcp://127.0.0.1:8080, tcp://[::1]:8080 or unix:///run/app.sock"
        )
    }

    private static func openUnix(_ path: String, _ mode: UInt32) throws(SystemError) -> Descriptor {
        let operation = "listen on"
        let socket = try Descriptor.socket(
            family: AF_UNIX,
            type: SOCK_STREAM,
            nonBlocking: false,
            operation,
            path
        )
        try socket.bind(toSocketPath: path, mode: mode, operation)
        try SystemCall.check(operation, path) { listen(socket.rawValue, Limits.listenBacklog) }
        return socket
    }

    private static func openTCP(_ address: SocketAddress, _ text: String) throws(SystemError) -> Descriptor {
        let operation = "listen on"
        let socket = try Descriptor.socket(
            family: address.family,
            type: SOCK_STREAM,
            nonBlocking: false,
            operation,
            text
        )
        // Connections of the last listener linger in TIME_WAIT and must not keep the address.
        var isOn: Int32 = 1
        try SystemCall.check(operation, text) {
            setsockopt(socket.rawValue, SOL_SOCKET, SO_REUSEADDR, &isOn, 4)
        }
        try SystemCall.check(operation, text) { address.withPointer { bind(socket.rawValue, $0, $1) } }
        try SystemCall.check(operation, text) { listen(socket.rawValue, Limits.listenBacklog) }
        return socket
    }
}

extension String {
    /// The text after a prefix; `nil` when it does not start so.
    fileprivate func removingPrefix(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}

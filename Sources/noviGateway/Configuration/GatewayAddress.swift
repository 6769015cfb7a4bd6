import Glibc

/// Where the gateway listens.
enum GatewayAddress: Equatable, CustomStringConvertible, Sendable {
    /// A TCP port; 0 lets the kernel choose.
    case tcp(host: String, port: Int)
    /// A Unix socket.
    case unix(path: String)

    /// The default: this machine only.
    static let standard = GatewayAddress.tcp(host: "127.0.0.1", port: 9615)

    /// Reads `tcp://127.0.0.1:9615`, `tcp://[::1]:9615` or `unix:///run/novi/gateway.sock`; returns `nil` for anything else.
    init?(_ text: String) {
        if text.hasPrefix("unix://") {
            let path = String(text.dropFirst("unix://".count))
            guard path.hasPrefix("/"), path.utf8.count <= Limits.socketPathBytes else { return nil }
            self = .unix(path: path)
            return
        }
        guard text.hasPrefix("tcp://") else { return nil }
        let rest = text.dropFirst("tcp://".count)
        guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]) else {
            return nil
        }
        var host = rest[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self = .tcp(host: String(host), port: Int(port))
    }

    /// Whether nobody from another machine can connect.
    var isLocal: Bool {
        switch self {
        case .unix: true
        case .tcp(let host, _): HostName.isLoopback(host)
        }
    }

    var description: String {
        switch self {
        case .tcp(let host, let port):
            host.contains(":") ? "tcp://[\(host)]:\(port)" : "tcp://\(host):\(port)"
        case .unix(let path): "unix://\(path)"
        }
    }
}

/// Names and addresses of hosts.
enum HostName {
    /// Whether it means this machine only.
    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        return host.hasPrefix("127.") && isAddress(host)
    }

    /// Whether it is a number, of IPv4 or IPv6, and no name that a name server could have made up.
    static func isAddress(_ host: String) -> Bool {
        var four = in_addr()
        var six = in6_addr()
        return inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1
    }

    /// The host of a `Host` header: without port and brackets, in lower case.
    static func host(of header: String) -> String {
        if header.hasPrefix("[") {
            return String(header.dropFirst().prefix { $0 != "]" }).lowercased()
        }
        return String(header.prefix { $0 != ":" }).lowercased()
    }
}

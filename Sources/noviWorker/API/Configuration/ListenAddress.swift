/// Where the API listens when the supervisor hands over no socket.
enum ListenAddress: Equatable, CustomStringConvertible, Sendable {
    /// A TCP port; 0 lets the kernel choose.
    case tcp(host: String, port: Int)
    /// A Unix socket.
    case unix(path: String)

    /// The default: this machine only.
    static let standard = ListenAddress.tcp(host: "127.0.0.1", port: 3000)

    /// Reads `tcp://127.0.0.1:3000`, `tcp://[::1]:3000` or `unix:///run/novi/api.sock`; returns `nil` for anything else.
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

    var description: String {
        switch self {
        case .tcp(let host, let port):
            host.contains(":") ? "tcp://[\(host)]:\(port)" : "tcp://\(host):\(port)"
        case .unix(let path): "unix://\(path)"
        }
    }
}

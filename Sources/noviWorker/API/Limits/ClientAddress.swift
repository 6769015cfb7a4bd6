import Glibc

/// Who asks, as far as the network tells: the address, and the name under which requests are counted.
struct ClientAddress: Equatable, Sendable {
    /// The address as text; empty over a Unix socket.
    let text: String

    /// What shares one limit: the address itself, of IPv6 the /64 that one household or server has.
    let bucket: String

    /// A peer on this machine over a Unix socket.
    static let local = ClientAddress(text: "", bucket: "local")

    private init(text: String, bucket: String) {
        self.text = text
        self.bucket = bucket
    }

    /// Reads an address; `nil` when it is none.
    ///
    /// An IPv4 address within IPv6 counts as IPv4.
    init?(_ text: String) {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(text: text, bucket: text)
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: &six) { Array($0) }
        if bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) {
            let inner = bytes[12...].map(String.init).joined(separator: ".")
            self.init(text: inner, bucket: inner)
            return
        }
        let groups = (0..<4).map { String(UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]), radix: 16) }
        self.init(text: text, bucket: groups.joined(separator: ":") + "::/64")
    }

    /// The client of a request that came through proxies.
    ///
    /// `X-Forwarded-For` counts only as far as the hops that we trust: from the right, the first address that is no trusted proxy.
    ///
    /// - Parameters:
    ///   - peer: Who holds the connection.
    ///   - forwarded: The values of `X-Forwarded-For`, in order.
    ///   - trusted: The proxies' addresses.
    /// - Returns: The client.
    static func of(peer: ClientAddress, forwarded: [String], trusted: Set<String>) -> ClientAddress {
        guard trusted.contains(peer.text) || (peer == .local && trusted.contains("unix")) else { return peer }
        var client = peer
        for hop in forwarded.flatMap({ $0.split(separator: ",") }).reversed().prefix(16) {
            let word = hop.drop { $0 == " " }
            guard let address = ClientAddress(String(word.prefix { $0 != " " })) else { return client }
            client = address
            if !trusted.contains(address.text) { return client }
        }
        return client
    }
}

/// Where a Redis is: `redis://[[user]:password@]host[:port][/database]`.
struct RedisAddress: Equatable, Sendable {
    let host: String
    let port: Int32
    let password: String?
    let database: Int

    /// Reads an address; `nil` for anything else.
    init?(_ text: String) {
        guard text.hasPrefix("redis://") else { return nil }
        var rest = text.dropFirst("redis://".count)
        var password: String?
        if let at = rest.lastIndex(of: "@") {
            let login = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let encoded = login.last, let decoded = try? QueryText.decoded(encoded) else { return nil }
            password = decoded.isEmpty ? nil : decoded
            rest = rest[rest.index(after: at)...]
        }
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let place = parts.first.map { $0.split(separator: ":", omittingEmptySubsequences: false) } ?? []
        guard (1...2).contains(place.count), let host = place.first, !host.isEmpty else { return nil }
        let port = place.count == 2 ? UInt16(place[1]) : 6379
        let database = parts.count == 2 && !parts[1].isEmpty ? Int(parts[1]) : 0
        guard let port, port > 0, let database, (0...1000).contains(database) else { return nil }
        self.host = String(host)
        self.port = Int32(port)
        self.password = password
        self.database = database
    }
}

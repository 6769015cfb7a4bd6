/// Keeps what is costly to find out, for a while (rows A85, A86).
///
/// Nothing depends on it: what is not there is found out again, and a cache that fails is one that has nothing.
protocol Cache: Sendable {
    /// The bytes under a name; `nil` when there are none, or not any more.
    func get(_ key: String) async -> [UInt8]?

    /// Keeps bytes under a name.
    ///
    /// - Parameters:
    ///   - key: The name.
    ///   - value: The bytes.
    ///   - lifetime: How long, at most ``CacheRules/maximumLifetime``.
    func set(_ key: String, _ value: [UInt8], for lifetime: Duration) async

    /// Forgets a name.
    func remove(_ key: String) async

    /// Forgets everything, to give memory back.
    func removeAll() async
}

/// What holds for every cache.
enum CacheRules {
    /// How long something is kept when nobody says otherwise.
    static let lifetime: Duration = .seconds(300)

    /// The longest that anything is kept.
    static let maximumLifetime: Duration = .seconds(3600)

    /// The most entries of a cache in this process.
    static let entries = 1000

    /// The largest value, in bytes.
    static let valueBytes = 64 << 10
}

import Synchronization

/// The cache within this process: the default.
final class MemoryCache: Cache {
    private let entries = Mutex(
        LeastRecentlyUsed<ContinuousClock.Instant, [UInt8]>(capacity: CacheRules.entries)
    )

    func get(_ key: String) async -> [UInt8]? {
        entries.withLock { $0.value(of: key, at: .now) }
    }

    func set(_ key: String, _ value: [UInt8], for lifetime: Duration) async {
        guard value.count <= CacheRules.valueBytes else { return }
        entries.withLock { $0.set(key, value, until: .now + min(lifetime, CacheRules.maximumLifetime)) }
    }

    func remove(_ key: String) async {
        entries.withLock { $0.remove(key) }
    }

    func removeAll() async {
        entries.withLock { $0.removeAll() }
    }
}

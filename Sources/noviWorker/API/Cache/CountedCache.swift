import CoreMetrics

/// A cache whose hits and misses are counted.
struct CountedCache: Cache {
    private let cache: any Cache
    private let hits: Counter
    private let misses: Counter

    /// Counts for another cache.
    init(_ cache: any Cache, _ registry: PrometheusRegistry) {
        self.cache = cache
        registry.describe("novi_cache_hits_total", .counter, "Questions that the cache answered.")
        registry.describe("novi_cache_misses_total", .counter, "Questions that it could not answer.")
        hits = Counter(label: "novi_cache_hits_total", factory: registry)
        misses = Counter(label: "novi_cache_misses_total", factory: registry)
    }

    func get(_ key: String) async -> [UInt8]? {
        let value = await cache.get(key)
        (value == nil ? misses : hits).increment()
        return value
    }

    func set(_ key: String, _ value: [UInt8], for lifetime: Duration) async {
        await cache.set(key, value, for: lifetime)
    }

    func remove(_ key: String) async { await cache.remove(key) }

    func removeAll() async { await cache.removeAll() }
}

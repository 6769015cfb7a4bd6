import WorkerSupport

/// Which cache the API has.
enum CacheChoice {
    /// Redis when there is an address of one, else the cache in this process.
    static func cache(_ redis: RedisAddress?, _ registry: PrometheusRegistry, _ log: WorkerLog) -> any Cache {
        if let redis { return CountedCache(RedisCache(redis, registry, log: log), registry) }
        return CountedCache(MemoryCache(), registry)
    }
}

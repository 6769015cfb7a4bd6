import Testing

@testable import noviWorker

@Suite struct FreshCacheTests {
    @Test func `what was found out before a change is not kept`() async {
        let cache = FreshCache(MemoryCache())
        let early = cache.moment
        await cache.set("a", [1], for: .seconds(60), since: early)
        #expect(await cache.get("a") == [1])
        await cache.forget(["a"])
        #expect(await cache.get("a") == nil)
        await cache.set("a", [1], for: .seconds(60), since: early)
        #expect(await cache.get("a") == nil)
        await cache.set("a", [2], for: .seconds(60), since: cache.moment)
        #expect(await cache.get("a") == [2])
        let late = cache.moment
        await cache.removeAll()
        await cache.set("b", [3], for: .seconds(60), since: late)
        #expect(await cache.get("a") == nil)
        #expect(await cache.get("b") == nil)
    }

    @Test func `a change that comes while something is being kept takes it away`() async {
        let slow = SlowCache()
        let cache = FreshCache(slow)
        let moment = cache.moment
        slow.whenSet = { await cache.forget([]) }
        await cache.set("a", [1], for: .seconds(60), since: moment)
        #expect(await cache.get("a") == nil)
    }
}

/// Does something before it keeps.
private final class SlowCache: Cache, @unchecked Sendable {
    // Set before the cache is used.
    var whenSet: @Sendable () async -> Void = {}
    private let memory = MemoryCache()

    func get(_ key: String) async -> [UInt8]? { await memory.get(key) }
    func set(_ key: String, _ value: [UInt8], for lifetime: Duration) async {
        await whenSet()
        await memory.set(key, value, for: lifetime)
    }
    func remove(_ key: String) async { await memory.remove(key) }
    func removeAll() async { await memory.removeAll() }
}

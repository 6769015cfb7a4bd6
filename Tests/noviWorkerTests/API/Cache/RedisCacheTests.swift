import Glibc
import Shared
import Testing
import WorkerSupport

@testable import noviWorker

@Suite struct RedisCacheTests {
    /// A Redis of the test's own on a port of the kernel's choice.
    private func redis(port: UInt16) throws -> RunningProgram? {
        let program = "/usr/bin/redis-check-rdb"
        guard access(program, X_OK) == 0 else {
            print("skipped: there is no Redis (package redis-tools; scripts/setup.sh)")
            return nil
        }
        // The checker is the server by another name.
        return try RunningProgram([
            "/bin/bash", "-c",
            "exec -a redis-server \(program) --port \(port) --bind 127.0.0.1 --save '' --requirepass 's@cret'",
        ])
    }

    private func cache(port: UInt16) throws -> RedisCache {
        let address = try #require(RedisAddress("redis://:s%40cret@127.0.0.1:\(port)/2"))
        return RedisCache(address, PrometheusRegistry(), log: WorkerLog(app: "test", deployment: .production))
    }

    private func freePort() throws -> UInt16 {
        let socket = try ListeningSocket()
        return socket.port
    }

    @Test func `values are shared by all that use the same Redis, end by themselves and can be forgotten`()
        async throws
    {
        let port = try freePort()
        guard let server = try redis(port: port) else { return }
        let one = try cache(port: port)
        let two = try cache(port: port)
        try await eventually("Redis keeps a value") {
            await one.set("a", [0, 1, 255, 10], for: .seconds(60))
            return await two.get("a") == [0, 1, 255, 10]
        }
        await two.remove("a")
        #expect(await one.get("a") == nil)
        await one.set("b", [1], for: .seconds(1))
        try await eventually("it ends by itself") { await one.get("b") == nil }
        for number in 0..<1200 { await one.set("c\(number)", [1], for: .seconds(60)) }
        await two.removeAll()
        #expect(await one.get("c7") == nil)
        #expect(await one.get("c1199") == nil)
        server.kill()
    }

    @Test func `a Redis that is away, comes, hangs and goes is never more than a cache that has nothing`()
        async throws
    {
        let port = try freePort()
        let cache = try cache(port: port)
        #expect(await cache.get("a") == nil)
        await cache.set("a", [1], for: .seconds(60))
        guard let server = try redis(port: port) else { return }
        try await eventually("it is used once it is there") {
            await cache.set("a", [1], for: .seconds(60))
            return await cache.get("a") == [1]
        }
        kill(server.pid, SIGSTOP)
        let begin = ContinuousClock.now
        #expect(await cache.get("a") == nil)
        // A quarter of a second is the limit of a command; the rest is for a busy machine.
        #expect(ContinuousClock.now - begin < .seconds(20))
        kill(server.pid, SIGCONT)
        try await eventually("it is used again") { await cache.get("a") == [1] }
        server.kill()
        #expect(await cache.get("a") == nil)
    }
}

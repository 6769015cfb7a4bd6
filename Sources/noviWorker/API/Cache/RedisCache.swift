import CoreMetrics
import Dispatch
import Logging
import Synchronization
import WorkerSupport

/// A cache in Redis, shared by all API processes.
///
/// Redis that fails, hangs or is away is a cache that has nothing: its commands run on a queue of their own, each at most a quarter of a
/// second; after a failure it is left alone for a while, and when too many wait, the next one does without.
final class RedisCache: Cache {
    private final class State: @unchecked Sendable {
        // Only touched on the queue.
        var connection: RedisConnection?
        var restUntil = ContinuousClock.now
        var rest = RedisCache.firstRest
    }

    private let address: RedisAddress
    private let log: WorkerLog
    private let queue = DispatchQueue(label: "com.novi.redis")
    private let state = State()
    private let waiting = Mutex(0)
    private let failures: Counter

    private static let prefix = "novi:cache:"
    private static let maximumWaiting = 100
    private static let firstRest: Duration = .milliseconds(250)
    private static let maximumRest: Duration = .seconds(15)

    /// Makes a cache; it connects when it is first used.
    init(_ address: RedisAddress, _ registry: PrometheusRegistry, log: WorkerLog) {
        self.address = address
        self.log = log
        registry.describe("novi_cache_failures_total", .counter, "Commands that Redis did not do.")
        failures = Counter(label: "novi_cache_failures_total", factory: registry)
    }

    func get(_ key: String) async -> [UInt8]? {
        await run { connection in
            guard case .bytes(let bytes) = try connection.run(["GET", Self.prefix + key]) else { return nil }
            return bytes
        }
    }

    func set(_ key: String, _ value: [UInt8], for lifetime: Duration) async {
        guard value.count <= CacheRules.valueBytes else { return }
        let milliseconds = max(1, min(lifetime, CacheRules.maximumLifetime).components.seconds * 1000)
        _ = await run { connection -> Bool? in
            let words =
                ["SET", Self.prefix + key].map { Array($0.utf8) } + [value]
                + ["PX", "\(milliseconds)"].map { Array($0.utf8) }
            _ = try connection.run(words)
            return true
        }
    }

    func remove(_ key: String) async {
        _ = await run { connection -> Bool? in
            _ = try connection.run(["UNLINK", Self.prefix + key])
            return true
        }
    }

    func removeAll() async {
        _ = await run { connection -> Bool? in
            var cursor = "0"
            repeat {
                guard
                    case .list(let reply) = try connection.run([
                        "SCAN", cursor, "MATCH", Self.prefix + "*", "COUNT", "500",
                    ]),
                    reply.count == 2, case .bytes(let next) = reply[0], case .list(let found) = reply[1]
                else { return nil }
                cursor = String(decoding: next, as: UTF8.self)
                let keys = found.compactMap { if case .bytes(let key) = $0 { key } else { nil } }
                if !keys.isEmpty { _ = try connection.run([Array("UNLINK".utf8)] + keys) }
            } while cursor != "0"
            return true
        }
    }

    private func run<Value: Sendable>(
        _ body: @escaping @Sendable (RedisConnection) throws -> Value?
    ) async -> Value? {
        let isAdmitted = waiting.withLock { waiting in
            guard waiting < Self.maximumWaiting else { return false }
            waiting += 1
            return true
        }
        guard isAdmitted else { return nil }
        defer { waiting.withLock { $0 -= 1 } }
        return await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.attempt(body)) }
        }
    }

    private func attempt<Value>(_ body: (RedisConnection) throws -> Value?) -> Value? {
        guard ContinuousClock.now >= state.restUntil else { return nil }
        do {
            let connection = try state.connection ?? RedisConnection(address)
            state.connection = connection
            let value = try body(connection)
            state.rest = Self.firstRest
            return value
        } catch {
            failures.increment()
            state.connection = nil
            log.operations.warning(
                "the cache in Redis failed, going on without it for \(state.rest): \(error)"
            )
            state.restUntil = .now + state.rest
            state.rest = min(state.rest * 2, Self.maximumRest)
            return nil
        }
    }
}

import Shared
import Testing

@testable import noviWorker

@Suite struct LeastRecentlyUsedTests {
    private let start = ContinuousClock.now

    @Test func `the entry that was not used for longest goes first`() {
        var cache = LeastRecentlyUsed<ContinuousClock.Instant, Int>(capacity: 2)
        let end = start + .seconds(10)
        cache.set("a", 1, until: end)
        cache.set("b", 2, until: end)
        #expect(cache.value(of: "a", at: start) == 1)
        cache.set("c", 3, until: end)
        #expect(cache.value(of: "b", at: start) == nil)
        #expect(cache.value(of: "a", at: start) == 1)
        #expect(cache.value(of: "c", at: start) == 3)
        #expect(cache.count == 2)
    }

    @Test func `nothing is given out at or after its end`() {
        var cache = LeastRecentlyUsed<ContinuousClock.Instant, Int>(capacity: 2)
        cache.set("a", 1, until: start + .seconds(1))
        #expect(cache.value(of: "a", at: start) == 1)
        #expect(cache.value(of: "a", at: start + .seconds(1)) == nil)
        #expect(cache.count == 0)
    }

    @Test func `it behaves like a list that is searched through`() {
        var generator = SeededGenerator(seed: 11)
        var cache = LeastRecentlyUsed<ContinuousClock.Instant, Int>(capacity: 5)
        var model: [(key: String, value: Int, end: Int)] = []
        for step in 0..<20_000 {
            let key = "\(Int.random(in: 0..<9, using: &generator))"
            let now = start + .milliseconds(step)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0:
                cache.remove(key)
                model.removeAll { $0.key == key }
            case 1..<5:
                let end = step + Int.random(in: 1..<20, using: &generator)
                cache.set(key, step, until: start + .milliseconds(end))
                model.removeAll { $0.key == key }
                if model.count == 5 { model.removeFirst() }
                model.append((key, step, end))
            default:
                var expected: Int?
                if let index = model.firstIndex(where: { $0.key == key }) {
                    let entry = model.remove(at: index)
                    if step < entry.end {
                        expected = entry.value
                        model.append(entry)
                    }
                }
                #expect(cache.value(of: key, at: now) == expected)
            }
            #expect(cache.count == model.count)
        }
    }

    @Test(
        arguments: [
            ("redis://localhost", "localhost", 6379, nil, 0), ("redis://h:1/3", "h", 1, nil, 3),
            ("redis://:s%40cret@h:6380", "h", 6380, "s@cret", 0), ("redis://user:p@h/", "h", 6379, "p", 0),
        ] as [(String, String, Int32, String?, Int)]
    )
    func `a Redis address is read`(text: String, host: String, port: Int32, password: String?, database: Int)
    {
        let address = RedisAddress(text)
        #expect(address?.host == host && address?.port == port && address?.password == password)
        #expect(address?.database == database)
    }

    @Test(arguments: [
        "", "http://x", "redis://", "redis://h:0", "redis://h:x", "redis://h/x", "redis://h:70000",
    ])
    func `what is no Redis address is none`(text: String) {
        #expect(RedisAddress(text) == nil)
    }
}

import Testing

@testable import Postgres

@Suite struct PoolStateTests {
    private let begin = ContinuousClock.now

    private func started(_ limits: DatabasePoolLimits = DatabasePoolLimits()) -> PoolState {
        var state = PoolState(limits)
        let actions = state.start(now: begin)
        for case .open(let id) in actions { _ = state.opened(id, now: begin) }
        return state
    }

    @Test func `the minimum is opened at once, more only when asked for, never above the maximum`() {
        var state = PoolState(DatabasePoolLimits(minimum: 2, maximum: 3))
        #expect(state.start(now: begin) == [.open(1), .open(2)])
        #expect(state.opened(1, now: begin) == [])
        #expect(state.opened(2, now: begin) == [])
        #expect(state.acquire(10, timeout: .seconds(30), now: begin) == [.hand(2, to: 10)])
        #expect(state.acquire(11, timeout: .seconds(30), now: begin) == [.hand(1, to: 11)])
        #expect(state.acquire(12, timeout: .seconds(30), now: begin) == [.open(3)])
        #expect(state.acquire(13, timeout: .seconds(30), now: begin) == [])
        #expect(state.opened(3, now: begin) == [.hand(3, to: 12)])
        #expect(state.metrics.waiting == 1)
        #expect(state.metrics.inUse == 3)
    }

    @Test func `who waits longest is served first`() {
        var state = started(DatabasePoolLimits(minimum: 1, maximum: 1))
        #expect(state.acquire(1, timeout: .seconds(30), now: begin) == [.hand(1, to: 1)])
        for caller in 2...4 { #expect(state.acquire(caller, timeout: .seconds(30), now: begin) == []) }
        #expect(state.cancel(3) == [.fail(3, .cancelled)])
        #expect(state.release(1, isReusable: true, now: begin) == [.hand(1, to: 2)])
        #expect(state.release(1, isReusable: true, now: begin) == [.hand(1, to: 4)])
        #expect(state.release(1, isReusable: true, now: begin) == [])
        #expect(state.cancel(3) == [])
    }

    @Test func `a caller is told after its own time, with the reason`() {
        var state = started(DatabasePoolLimits(minimum: 1, maximum: 1))
        _ = state.acquire(1, timeout: .seconds(30), now: begin)
        _ = state.acquire(2, timeout: .seconds(30), now: begin)
        _ = state.acquire(3, timeout: .seconds(1), now: begin)
        #expect(state.nextTime == begin + .seconds(1))
        let reason = "all 1 connections are in use"
        #expect(
            state.tick(now: begin + .seconds(1)) == [
                .fail(3, .poolExhausted(waited: .seconds(1), reason: reason))
            ]
        )
        #expect(state.nextTime == begin + .seconds(30))
        #expect(state.metrics.acquireTimeouts == 1)
    }

    @Test func `failed attempts are repeated one at a time with doubled waits up to the most`() {
        var state = PoolState(DatabasePoolLimits(minimum: 2, maximum: 4))
        #expect(state.start(now: begin) == [.open(1), .open(2)])
        _ = state.openFailed(1, reason: "refused", isHopeless: false, jitter: 1, now: begin)
        _ = state.openFailed(2, reason: "refused", isHopeless: false, jitter: 1, now: begin)
        var now = begin
        var waits: [Duration] = []
        for number in 3..<10 {
            guard let next = state.nextTime else { break }
            waits.append(next - now)
            now = next
            #expect(state.tick(now: now) == [.open(number)])
            #expect(state.openFailed(number, reason: "refused", isHopeless: false, jitter: 1, now: now) == [])
        }
        #expect(
            waits == [
                .milliseconds(200), .milliseconds(400), .milliseconds(800), .milliseconds(1600), .seconds(2),
                .seconds(2), .seconds(2),
            ]
        )
        now = now + .seconds(2)
        #expect(state.tick(now: now) == [.open(10)])
        // One that is there shows that the server is back.
        #expect(state.opened(10, now: now) == [.open(11)])
        #expect(state.lastFailure == nil)
    }

    @Test func `the first retry waits for the documented time`() {
        var state = PoolState(DatabasePoolLimits(minimum: 1, maximum: 1))
        _ = state.start(now: begin)
        _ = state.openFailed(1, reason: "refused", isHopeless: false, jitter: 1, now: begin)
        #expect(state.nextTime == begin + .milliseconds(100))
    }

    @Test func `a hopeless failure is told to all who wait, unless connections are open`() {
        var state = PoolState(DatabasePoolLimits(minimum: 1, maximum: 2))
        _ = state.start(now: begin)
        _ = state.acquire(1, timeout: .seconds(30), now: begin)
        let error = DatabaseError.disconnected(reason: "wrong password", outcome: .nothingChanged)
        #expect(
            state.openFailed(1, reason: "wrong password", isHopeless: true, jitter: 1, now: begin) == [
                .fail(1, error)
            ]
        )
        var open = started(DatabasePoolLimits(minimum: 1, maximum: 2))
        _ = open.acquire(1, timeout: .seconds(30), now: begin)
        #expect(open.acquire(2, timeout: .seconds(30), now: begin) == [.open(2)])
        #expect(open.openFailed(2, reason: "wrong password", isHopeless: true, jitter: 1, now: begin) == [])
        #expect(open.release(1, isReusable: true, now: begin) == [.hand(1, to: 2)])
    }

    @Test
    func `connections above the minimum go after their idle time, and then no timer is left but the checks`()
    {
        var state = started(DatabasePoolLimits(minimum: 1, maximum: 3, checkInterval: .seconds(3600)))
        for caller in 1...3 {
            for case .open(let id) in state.acquire(caller, timeout: .seconds(30), now: begin) {
                _ = state.opened(id, now: begin)
            }
        }
        for id in 1...3 { _ = state.release(id, isReusable: true, now: begin) }
        var closed: [PoolState.Action] = []
        var now = begin
        while let next = state.nextTime, next <= begin + .seconds(60) {
            now = next
            closed += state.tick(now: now)
        }
        #expect(closed == [.close(1), .close(2)])
        #expect(now == begin + .seconds(30))
        #expect(state.metrics.idle == 1)
        #expect(state.metrics.reaped == 2)
    }

    @Test func `an idle connection is asked at intervals, is nobody's meanwhile, and a lost one is replaced`()
    {
        var state = started(DatabasePoolLimits(minimum: 1, maximum: 1))
        #expect(state.nextTime == begin + .seconds(30))
        let later = begin + .seconds(30)
        #expect(state.tick(now: later) == [.check(1)])
        #expect(state.acquire(1, timeout: .seconds(30), now: later) == [])
        #expect(state.checked(1, now: later) == [.hand(1, to: 1)])
        _ = state.release(1, isReusable: true, now: later)
        _ = state.tick(now: later + .seconds(30))
        #expect(state.lost(1, reason: "gone", now: later + .seconds(31)) == [.open(2)])
        #expect(state.checked(1, now: later + .seconds(31)) == [])
    }

    @Test func `one that breaks while it is made is tried again`() {
        var state = PoolState(DatabasePoolLimits(minimum: 1, maximum: 1))
        #expect(state.start(now: begin) == [.open(1)])
        #expect(state.lost(1, reason: "ended", now: begin) == [])
        #expect(state.openFailed(1, reason: "ended", isHopeless: false, jitter: 1, now: begin) == [])
        #expect(state.tick(now: begin + .milliseconds(100)) == [.open(2)])
    }

    @Test func `a connection that is not as it was is closed, and who waits gets a new one`() {
        var state = started(DatabasePoolLimits(minimum: 1, maximum: 1))
        _ = state.acquire(1, timeout: .seconds(30), now: begin)
        _ = state.acquire(2, timeout: .seconds(30), now: begin)
        #expect(state.release(1, isReusable: false, now: begin) == [.close(1), .open(2)])
        #expect(state.opened(2, now: begin) == [.hand(2, to: 2)])
        // What the lost one's owner gives back later is no connection any more.
        #expect(state.lost(2, reason: "gone", now: begin) == [.open(3)])
        #expect(state.release(2, isReusable: false, now: begin) == [])
    }

    @Test func `closing tells all who wait and closes each connection once`() {
        var state = started(DatabasePoolLimits(minimum: 2, maximum: 2))
        _ = state.acquire(1, timeout: .seconds(30), now: begin)
        _ = state.acquire(2, timeout: .seconds(30), now: begin)
        _ = state.acquire(3, timeout: .seconds(30), now: begin)
        _ = state.release(1, isReusable: false, now: begin)
        #expect(state.close() == [.fail(3, .poolClosed), .close(3)])
        #expect(state.release(2, isReusable: true, now: begin) == [.close(2)])
        #expect(state.acquire(4, timeout: .seconds(30), now: begin) == [.fail(4, .poolClosed)])
        #expect(state.opened(3, now: begin) == [.close(3)])
        #expect(state.nextTime == nil)
    }

    @Test func `the queue is bounded`() {
        var limits = DatabasePoolLimits(minimum: 0, maximum: 1)
        limits.maximumWaiting = 2
        var state = started(limits)
        _ = state.acquire(1, timeout: .seconds(30), now: begin)
        _ = state.acquire(2, timeout: .seconds(30), now: begin)
        guard case .fail(3, .poolExhausted)? = state.acquire(3, timeout: .seconds(30), now: begin).first
        else {
            Issue.record("not refused")
            return
        }
    }

    @Test func `random events keep the books`() {
        for seed in 1...300 {
            var random = SeededRandom(seed: UInt64(seed))
            let limits = DatabasePoolLimits(minimum: Int.random(in: 0...3, using: &random), maximum: 4)
            var books = PoolBooks(state: PoolState(limits), limits: limits, now: begin)
            for _ in 0..<400 { books.step(&random) }
            #expect(books.problems == [], "seed \(seed)")
        }
    }
}

/// A generator that gives the same numbers for the same seed (SplitMix64, public domain).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// Plays a pool's driver with everything that may happen, and checks after each step what must hold.
private struct PoolBooks {
    var state: PoolState
    let limits: DatabasePoolLimits
    var now: ContinuousClock.Instant
    var problems: [String] = []

    private var opening: Set<Int> = []
    private var open: Set<Int> = []
    private var held: [Int: Int] = [:]
    private var checking: Set<Int> = []
    private var waiting: Set<Int> = []
    private var nextCaller = 1

    init(state: PoolState, limits: DatabasePoolLimits, now: ContinuousClock.Instant) {
        self.state = state
        self.limits = limits
        self.now = now
        carryOut(self.state.start(now: now))
    }

    mutating func step(_ random: inout SeededRandom) {
        now += .milliseconds(Int.random(in: 0...3000, using: &random))
        switch Int.random(in: 0..<9, using: &random) {
        case 0, 1:
            waiting.insert(nextCaller)
            nextCaller += 1
            carryOut(state.acquire(nextCaller - 1, timeout: .seconds(10), now: now))
        case 2:
            if let caller = waiting.sorted().randomElement(using: &random) { carryOut(state.cancel(caller)) }
        case 3, 4:
            guard let id = held.keys.sorted().randomElement(using: &random) else { break }
            held[id] = nil
            let isReusable = Int.random(in: 0..<4, using: &random) > 0
            carryOut(state.release(id, isReusable: isReusable && open.contains(id), now: now))
        case 5:
            guard let id = opening.sorted().randomElement(using: &random) else { break }
            opening.remove(id)
            open.insert(id)
            carryOut(state.opened(id, now: now))
        case 6:
            guard let id = opening.sorted().randomElement(using: &random) else { break }
            opening.remove(id)
            carryOut(state.openFailed(id, reason: "x", isHopeless: false, jitter: 1, now: now))
        case 7:
            guard let id = open.sorted().randomElement(using: &random) else { break }
            open.remove(id)
            checking.remove(id)
            carryOut(state.lost(id, reason: "x", now: now))
        default:
            for id in checking.sorted() where Bool.random(using: &random) {
                checking.remove(id)
                carryOut(state.checked(id, now: now))
            }
            carryOut(state.tick(now: now))
        }
        check()
    }

    private mutating func carryOut(_ actions: [PoolState.Action]) {
        for action in actions {
            switch action {
            case .open(let id):
                note(opening.insert(id).inserted && !open.contains(id), "\(id) opened twice")
            case .hand(let id, let caller):
                note(
                    open.contains(id) && held[id] == nil && !checking.contains(id),
                    "\(id) handed out wrongly"
                )
                note(waiting.remove(caller) != nil, "\(caller) did not wait")
                held[id] = caller
            case .fail(let caller, _): note(waiting.remove(caller) != nil, "\(caller) did not wait")
            case .check(let id):
                note(open.contains(id) && held[id] == nil && checking.insert(id).inserted, "\(id) checked")
            case .close(let id): note(open.remove(id) != nil && held[id] == nil, "\(id) closed wrongly")
            }
        }
    }

    private mutating func check() {
        let metrics = state.metrics
        let heldOpen = held.keys.count { open.contains($0) }
        note(metrics.waiting == waiting.count, "waiting \(metrics.waiting), really \(waiting.count)")
        note(metrics.inUse == heldOpen, "in use \(metrics.inUse), really \(heldOpen)")
        note(metrics.opening == opening.count, "opening \(metrics.opening), really \(opening.count)")
        note(metrics.idle == open.count - heldOpen, "idle \(metrics.idle), really \(open.count - heldOpen)")
        note(open.count + opening.count <= limits.maximum, "more than the maximum")
        let hasFree = open.contains { held[$0] == nil && !checking.contains($0) }
        note(waiting.isEmpty || !hasFree, "somebody waits although a connection is free")
        note(waiting.isEmpty || state.nextTime != nil, "somebody waits without a timer")
    }

    private mutating func note(_ holds: Bool, _ problem: String) {
        if !holds, problems.count < 5 { problems.append(problem) }
    }
}

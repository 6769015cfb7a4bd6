import Shared
import SupervisorCore
import Testing

@testable import noviSupervisord

@Suite struct TimerQueueTests {
    private func instant(_ nanoseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: nanoseconds)
    }

    private func timer(_ number: Int) -> TimerID { .restart(process: number) }

    @Test func `timers come in the order of their instants, each once`() {
        var queue = TimerQueue()
        for number in [5, 1, 4, 2, 3] { queue.arm(timer(number), at: instant(Int64(number))) }
        #expect(queue.nextInstant() == instant(1))
        #expect(queue.popDue(at: instant(0)) == nil)
        var order: [TimerID] = []
        while let next = queue.popDue(at: instant(4)) { order.append(next) }
        #expect(order == [1, 2, 3, 4].map(timer))
        #expect(queue.nextInstant() == instant(5))
        #expect(queue.popDue(at: instant(9)) == timer(5))
        #expect(queue.popDue(at: instant(9)) == nil)
        #expect(queue.nextInstant() == nil)
    }

    @Test func `arming again moves a timer, earlier or later`() {
        var queue = TimerQueue()
        queue.arm(timer(1), at: instant(10))
        queue.arm(timer(1), at: instant(5))
        #expect(queue.nextInstant() == instant(5))
        queue.arm(timer(1), at: instant(20))
        #expect(queue.nextInstant() == instant(20))
        #expect(queue.popDue(at: instant(19)) == nil)
        #expect(queue.popDue(at: instant(20)) == timer(1))
        #expect(queue.popDue(at: instant(20)) == nil)
    }

    @Test func `a disarmed timer never comes, armed again it does`() {
        var queue = TimerQueue()
        queue.arm(timer(1), at: instant(1))
        queue.disarm(timer(1))
        queue.disarm(timer(2))
        #expect(queue.nextInstant() == nil)
        queue.arm(timer(1), at: instant(2))
        #expect(queue.popDue(at: instant(2)) == timer(1))
    }

    @Test func `a watchdog that is fed for ever costs no memory`() {
        var queue = TimerQueue()
        for number in 0..<10 { queue.arm(timer(number), at: instant(1_000_000)) }
        for round in 0..<100_000 {
            queue.arm(timer(round % 10), at: instant(2_000_000 + Int64(round)))
        }
        #expect(
            Mirror(reflecting: queue).descendant("heap").map { ($0 as? [Any])?.count ?? .max } ?? .max <= 65
        )
        var found: Set<TimerID> = []
        while let next = queue.popDue(at: instant(.max)) { found.insert(next) }
        #expect(found.count == 10)
    }

    @Test(arguments: 1...20) func `it agrees with a sorted list, whatever is done to it`(seed: UInt64) {
        var random = seed &* 0x9E37_79B9_7F4A_7C15
        func draw(_ limit: UInt64) -> UInt64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (random >> 33) % limit
        }
        var queue = TimerQueue()
        var model: [TimerID: Int64] = [:]
        var now: Int64 = 0
        for _ in 0..<2000 {
            let number = timer(Int(draw(40)))
            switch draw(4) {
            case 0, 1:
                // Instants of their own, so that the order is certain.
                let at = (now + Int64(draw(500))) * 64 + Int64(draw(64))
                guard !model.values.contains(at) else { continue }
                queue.arm(number, at: instant(at))
                model[number] = at
            case 2:
                queue.disarm(number)
                model[number] = nil
            default:
                now += Int64(draw(60))
                while let due = queue.popDue(at: instant(now * 64)) {
                    let first = model.min { $0.value < $1.value }
                    #expect(first?.key == due)
                    #expect(first.map { $0.value <= now * 64 } == true)
                    model[due] = nil
                }
                #expect(!model.values.contains { $0 <= now * 64 })
            }
            #expect(queue.nextInstant()?.nanoseconds == model.values.min())
        }
    }
}

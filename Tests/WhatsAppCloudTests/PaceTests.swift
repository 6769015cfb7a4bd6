import Shared
import Testing
import WhatsAppCloud

@Suite struct PaceTests {
    private func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    private func take(_ pace: inout SendPace, _ recipient: String, now: MonotonicInstant) -> Bool {
        pace.take(recipient, now: now)
    }

    /// Sends to a recipient as often as it may; gives the times in milliseconds.
    private func times(_ pace: inout SendPace, _ recipients: [String], until end: Int64) -> [Int64] {
        var times: [Int64] = []
        var now = at(1_000_000)
        let start = now
        var next = 0
        while now - start < .milliseconds(end) {
            let recipient = recipients[next % recipients.count]
            if pace.take(recipient, now: now) {
                times.append((now - start).wholeMilliseconds)
                next += 1
            } else {
                now = pace.readyAt(recipient, now: now)
            }
        }
        return times
    }

    @Test func `one person gets a burst of 45, then one every six seconds`() {
        var pace = SendPace(rates: SendPace.Rates(numberPerSecond: 1000))
        let times = times(&pace, ["a"], until: 60_000)
        #expect(times.filter { $0 < 1000 }.count == 45)
        let later = times.filter { $0 >= 1000 }
        #expect(later.count == 9)
        #expect(zip(later, later.dropFirst()).allSatisfy { $1 - $0 == 6000 })
    }

    @Test func `the burst is borrowed: it comes back one by one`() {
        var pace = SendPace()
        let start = at(0)
        for index in 0..<45 { #expect(take(&pace, "a", now: start + .milliseconds(13 * index))) }
        #expect(!take(&pace, "a", now: start + .seconds(5)))
        #expect(take(&pace, "a", now: start + .seconds(30)))
        #expect(pace.readyAt("a", now: start + .seconds(1000)) == start + .seconds(1000))
    }

    @Test(arguments: [20, 80, 1000])
    func `the number sends no more than its rate in any second`(rate: Int) {
        var pace = SendPace(rates: SendPace.Rates(numberPerSecond: rate))
        let recipients = (0..<5000).map(String.init)
        let times = times(&pace, recipients, until: 3000)
        for start in stride(from: Int64(0), to: 2000, by: 100) {
            #expect(times.filter { (start..<start + 1000).contains($0) }.count <= rate + 1)
        }
        #expect(times.count >= 3 * rate - 3)
    }

    @Test func `a held recipient holds nobody else, a held number all`() {
        var pace = SendPace()
        pace.hold("a", until: at(10_000), now: at(0))
        #expect(!take(&pace, "a", now: at(5000)))
        #expect(take(&pace, "b", now: at(5000)))
        #expect(take(&pace, "a", now: at(10_000)))
        pace.holdAll(until: at(20_000))
        #expect(pace.readyAt("c", now: at(11_000)) == at(20_000))
        pace.holdAll(until: at(15_000))
        #expect(pace.readyAt("c", now: at(11_000)) == at(20_000))
    }

    @Test func `a refused try costs nothing`() {
        var pace = SendPace(rates: SendPace.Rates(pairBurst: 1))
        #expect(take(&pace, "a", now: at(0)))
        for time in stride(from: Int64(100), to: 5900, by: 100) { #expect(!take(&pace, "a", now: at(time))) }
        #expect(take(&pace, "a", now: at(6000)))
    }

    @Test func `what is remembered is bounded`() {
        var pace = SendPace(rates: SendPace.Rates(numberPerSecond: 1_000_000))
        for index in 0..<(CloudLimits.pacedRecipients + 200) {
            _ = pace.take(String(index), now: MonotonicInstant(nanoseconds: Int64(index) * 60_000_000))
        }
        #expect(pace.recipients <= CloudLimits.pacedRecipients)
    }

    @Test func `the window is open for 24 hours after the last message`() {
        var window = ConversationWindow(lastInboundAt: nil)
        #expect(window.permission(at: 0, hasTemplate: false) == .nothing)
        #expect(window.permission(at: 0, hasTemplate: true) == .template)
        window.noteInbound(at: 1000)
        window.noteInbound(at: 500)
        #expect(window.permission(at: 1000 + 86_399, hasTemplate: true) == .freeForm)
        #expect(window.permission(at: 1000 + 86_400, hasTemplate: true) == .template)
        #expect(window.isOpen(at: 900))
        #expect(!ConversationWindow(lastInboundAt: .min).isOpen(at: .max))
    }

    @Test func `statuses only move forward, in whatever order they come`() {
        let path: [DeliveryProgress] = [.queued, .sending, .sent, .delivered, .read]
        var generator = SplitMix(state: 3)
        for _ in 0..<200 {
            let reports = (path + path).shuffled(using: &generator)
            var state = DeliveryProgress.queued
            for report in reports {
                let next = state.advanced(by: report)
                #expect(path.firstIndex(of: next) ?? 0 >= path.firstIndex(of: state) ?? 0)
                state = next
            }
            #expect(state == .read)
        }
    }

    @Test(arguments: [
        (DeliveryProgress.sent, DeliveryProgress.failed, DeliveryProgress.failed), (.failed, .sent, .failed),
        (.failed, .delivered, .delivered), (.delivered, .failed, .delivered),
        (.unknown, .sent, .sent), (.unknown, .failed, .failed), (.read, .played, .played),
        (.played, .read, .played), (.sent, .read, .read), (.queued, .queued, .queued),
    ])
    func `failed and delivered exclude each other, delivered counts`(
        from: DeliveryProgress,
        report: DeliveryProgress,
        to: DeliveryProgress
    ) {
        #expect(from.advanced(by: report) == to)
    }
}

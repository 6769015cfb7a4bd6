import Shared
import SupervisorCore
import Testing

/// What the service manager hears and when.
struct ServicePulseTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    @Test func `a sign of life is due after a quarter of the patience, and wakes the loop after half`() {
        var pulse = ServicePulse(patience: .seconds(30), at: start)
        #expect(pulse.deadline == start + .seconds(15))
        let beats = [7499, 7500, 14_000].map { pulse.beats(at: start + .milliseconds($0)) }
        #expect(beats == [false, true, false])
        #expect(pulse.deadline == start + .milliseconds(22_500))
    }

    @Test func `a loop that turns only when it must is never silent for as long as the patience`() {
        var pulse = ServicePulse(patience: .seconds(30), at: start)
        var last = start
        for _ in 0..<100 {
            let next = pulse.deadline
            let beats = pulse.beats(at: next)
            #expect(beats)
            #expect(next - last <= pulse.patience / 2)
            last = next
        }
    }

    @Test(
        arguments: [
            ("30000000", "7", true), ("30000000", nil, true), ("30000000", "8", false), (nil, "7", false),
            ("0", nil, false), ("-1", nil, false), ("x", nil, false), ("", nil, false),
            ("99999999999999999999", nil, false), ("30000000", "x", false),
        ] as [(String?, String?, Bool)]
    )
    func `a watchdog counts when it is for us and makes sense`(time: String?, pid: String?, counts: Bool) {
        let pulse = ServicePulse(microseconds: time, watched: pid, pid: 7, at: start)
        #expect((pulse != nil) == counts)
        if counts { #expect(pulse?.patience == .seconds(30)) }
    }

    @Test func `the manager is asked to wait for the next deadline and a margin, once for each`() {
        var patience = StopPatience(at: start)
        // The seconds at which the stop's next deadline is, and the present ones.
        let requests = [(10, 0), (10, 1), (5, 1), (60, 11)].map { deadline, present in
            patience.request(until: start + .seconds(deadline), at: start + .seconds(present))
        }
        #expect(
            requests == [.seconds(10) + StopPatience.margin, nil, nil, .seconds(49) + StopPatience.margin]
        )
    }

    @Test func `where nothing is pending the manager's own time-out counts`() {
        var patience = StopPatience(at: start)
        let request = patience.request(until: nil, at: start)
        #expect(request == nil)
    }
}

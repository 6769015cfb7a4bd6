import Shared
import SupervisorCore
import Testing

struct LogNoticeTests {
    private func at(_ seconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: seconds * 1_000_000_000)
    }

    private func recovered(_ lines: Int64, _ log: String = "a.log") -> LogNotice {
        .recovered(log: log, after: .seconds(1), lines: lines, bytes: lines * 10)
    }

    @Test func `a trouble and its end are told once each`() {
        var alerts = LogAlerts()
        let trouble = LogNotice.blocked(log: "a.log", reason: "no space")
        #expect(alerts.admit(trouble, at: at(0)) == trouble)
        #expect(alerts.admit(recovered(0), at: at(1)) == recovered(0))
        // A disk on the brink: the same again and again.
        for second in 2..<30 as Range<Int64> {
            #expect(alerts.admit(trouble, at: at(2 * second)) == nil)
            #expect(alerts.admit(recovered(0), at: at(2 * second + 1)) == nil)
        }
        #expect(alerts.admit(trouble, at: at(60)) == trouble)
        #expect(alerts.admit(recovered(0), at: at(61)) == recovered(0))
    }

    @Test func `lines that were dropped in silence are counted in the next alert`() {
        var alerts = LogAlerts()
        _ = alerts.admit(.dropping(log: "a.log"), at: at(0))
        #expect(alerts.admit(recovered(5), at: at(1)) == recovered(5))
        #expect(alerts.admit(.dropping(log: "a.log"), at: at(2)) == nil)
        #expect(alerts.admit(recovered(7), at: at(3)) == nil)
        #expect(alerts.admit(recovered(1), at: at(61)) == recovered(8))
    }

    @Test func `each log is alerted for itself`() {
        var alerts = LogAlerts()
        for log in ["a.log", "b.log"] {
            #expect(alerts.admit(.blocked(log: log, reason: "x"), at: at(0)) != nil)
        }
        #expect(alerts.admit(recovered(0, "b.log"), at: at(1)) == recovered(0, "b.log"))
    }

    @Test func `a file that others change all the time is told once a minute with the number of times`() {
        var alerts = LogAlerts()
        func change(_ times: Int) -> LogNotice {
            .changedByOthers(log: "a.log", how: "truncated", times: times)
        }
        #expect(alerts.admit(change(1), at: at(0)) == change(1))
        for second in 1..<60 as Range<Int64> { #expect(alerts.admit(change(1), at: at(second)) == nil) }
        #expect(alerts.admit(change(1), at: at(60)) == change(60))
    }

    @Test func `different reasons are different alerts`() {
        var alerts = LogAlerts()
        #expect(alerts.admit(.keepingFailed(reason: "one"), at: at(0)) != nil)
        #expect(alerts.admit(.keepingFailed(reason: "two"), at: at(0)) != nil)
        #expect(alerts.admit(.keepingFailed(reason: "one"), at: at(1)) == nil)
    }

    @Test func `a notice of a log is an event of its process, for why and followers`() {
        var supervisor = Supervisor(seed: 1, firstRun: 1)
        let effects = supervisor.handle(.logNoticed(process: nil, .dropping(log: "/a.log")), at: at(1))
        guard case .publish(let notice)? = effects.first else {
            Issue.record("nothing was published")
            return
        }
        #expect(notice.kind.word == "log_dropping")
        #expect(notice.kind.isWarning)
        #expect(notice.process == nil)
        #expect(supervisor.handle(.logNoticed(process: 99, .dropping(log: "/a.log")), at: at(2)).isEmpty)
    }
}

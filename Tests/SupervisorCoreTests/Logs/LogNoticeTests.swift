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
        #expect(alerts.admit(.keepingFailed(log: nil, reason: "one"), at: at(0)) != nil)
        #expect(alerts.admit(.keepingFailed(log: nil, reason: "two"), at: at(0)) != nil)
        #expect(alerts.admit(.keepingFailed(log: nil, reason: "one"), at: at(1)) == nil)
        #expect(alerts.admit(.blocked(log: "a.log", reason: "full"), at: at(0)) != nil)
        #expect(alerts.admit(.blocked(log: "a.log", reason: "fails"), at: at(1)) != nil)
        #expect(alerts.admit(.blocked(log: "a.log", reason: "full"), at: at(2)) == nil)
    }

    @Test func `what the guard deleted in silence is counted in the next alert`() {
        var alerts = LogAlerts()
        func guarded(_ files: Int, isStillShort: Bool = false) -> LogNotice {
            .diskGuarded(
                folder: "/l",
                percent: 5,
                files: files,
                bytes: Int64(files) * 10,
                isStillShort: isStillShort
            )
        }
        #expect(alerts.admit(guarded(2), at: at(0)) == guarded(2))
        #expect(alerts.admit(guarded(3), at: at(10)) == nil)
        #expect(alerts.admit(guarded(4), at: at(20)) == nil)
        // That nothing is left is another matter, and is told once only.
        #expect(alerts.admit(guarded(1, isStillShort: true), at: at(30)) == guarded(1, isStillShort: true))
        #expect(alerts.admit(guarded(1), at: at(60)) == guarded(8))
        #expect(alerts.admit(guarded(1), at: at(120)) == guarded(1))
    }

    @Test(arguments: [
        (0, true, "no rotated log is there that could be deleted"),
        (1, false, "the oldest rotated log of 61802 bytes was deleted"),
        (4, false, "the 4 oldest rotated logs, 61802 bytes in all, were deleted"),
        (
            4, true,
            "the 4 oldest rotated logs, 61802 bytes in all, were deleted; it is still short, and nothing is left to delete"
        ),
    ])
    func `the guard says what it did`(_ files: Int, _ isStillShort: Bool, _ text: String) {
        let notice = LogNotice.diskGuarded(
            folder: "/l",
            percent: 5,
            files: files,
            bytes: files == 0 ? 0 : 61802,
            isStillShort: isStillShort
        )
        #expect(notice.message == "less than 5 % of the disk of /l are free: " + text)
    }

    @Test func `the end of a derived log's trouble is told like its beginning`() {
        var alerts = LogAlerts()
        let trouble = LogNotice.derivingFailed(log: "a.log", reason: "no space")
        #expect(alerts.admit(trouble, at: at(0)) == trouble)
        #expect(alerts.admit(recovered(0), at: at(1)) == recovered(0))
        #expect(alerts.admit(recovered(0), at: at(2)) == nil)
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

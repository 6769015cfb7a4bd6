import Shared
import SupervisorCore
import Testing

@Suite struct RestartPolicyTests {
    /// One row: a policy, an end, and what must follow.
    struct Row: Sendable, CustomTestStringConvertible {
        var rule: String
        var policy = RestartPolicy()
        var exit = ProcessExit.exited(code: 1)
        var uptime: Duration = .milliseconds(10)
        /// Unstable runs before this one.
        var earlier = 0
        var decision: RestartDecision

        init(_ rule: String, _ decision: RestartDecision, _ change: (inout Row) -> Void = { _ in }) {
            self.rule = rule
            self.decision = decision
            change(&self)
        }

        var testDescription: String { rule }
    }

    static let rows: [Row] = [
        Row("a stable run restarts at once", .restart(after: .zero)) { $0.uptime = .seconds(1) },
        Row("a stable run restarts at once after failures, too", .restart(after: .zero)) {
            $0.uptime = .seconds(5)
            $0.earlier = 15
        },
        Row("the first short run waits 100 ms", .restart(after: .milliseconds(100))),
        Row("the fifth waits 1.6 s", .restart(after: .milliseconds(1600))) { $0.earlier = 4 },
        Row("the ninth waits the maximum", .restart(after: .seconds(15))) { $0.earlier = 8 },
        Row("the sixteenth is the last", .giveUp) { $0.earlier = 15 },
        Row("a stable run is not given up, whatever was before", .restart(after: .zero)) {
            $0.earlier = 40
            $0.uptime = .seconds(2)
        },
        Row("no limit never gives up", .restart(after: .seconds(15))) {
            $0.policy.maximumUnstableRuns = nil
            $0.earlier = 500
        },
        Row("a limit of 0 gives up at the first short run", .giveUp) { $0.policy.maximumUnstableRuns = 0 },
        Row("a fixed delay replaces the backoff", .restart(after: .seconds(3))) {
            $0.policy.fixedDelay = .seconds(3)
            $0.earlier = 5
        },
        Row("a fixed delay holds for stable runs", .restart(after: .seconds(3))) {
            $0.policy.fixedDelay = .seconds(3)
            $0.uptime = .seconds(60)
        },
        Row("restart_delay 0 means no wait at all", .restart(after: .zero)) {
            $0.policy.fixedDelay = .zero
            $0.earlier = 5
        },
        Row("a fixed delay still gives up", .giveUp) {
            $0.policy.fixedDelay = .zero
            $0.earlier = 15
        },
        Row("autorestart off leaves it stopped", .leaveStopped(.ended(.exited(code: 1)))) {
            $0.policy.isEnabled = false
        },
        Row("a stop exit code leaves it stopped", .leaveStopped(.stopExitCode(7))) {
            $0.policy.stopExitCodes = [0, 7]
            $0.exit = .exited(code: 7)
        },
        Row("another exit code does not", .restart(after: .milliseconds(100))) {
            $0.policy.stopExitCodes = [0, 7]
        },
        Row("a signal is not exit code 0", .restart(after: .milliseconds(100))) {
            $0.policy.stopExitCodes = [0]
            $0.exit = .signaled(.kill, coreDumped: false)
        },
        Row("a signal is not the exit code of its number", .restart(after: .milliseconds(100))) {
            $0.policy.stopExitCodes = [9]
            $0.exit = .signaled(.kill, coreDumped: false)
        },
        Row("an unknown exit is no stop exit code", .restart(after: .milliseconds(100))) {
            $0.policy.stopExitCodes = [0]
            $0.exit = .unknown
        },
        Row("exit code 0 restarts as any other", .restart(after: .milliseconds(100))) {
            $0.exit = .exited(code: 0)
        },
    ]

    @Test(arguments: rows)
    func `what follows an end`(row: Row) {
        var history = RestartHistory()
        for _ in 0..<row.earlier {
            history.recordExit(uptime: .zero, policy: row.policy, at: .zero)
        }
        history.recordExit(uptime: row.uptime, policy: row.policy, at: .zero)
        let decision = row.policy.decision(after: row.exit, uptime: row.uptime, history: history, jitter: 0)
        #expect(decision == row.decision)
    }

    @Test(arguments: [
        (1, 100), (2, 200), (3, 400), (4, 800), (5, 1600), (6, 3200), (7, 6400), (8, 12800), (9, 15000),
        (10, 15000), (1_000_000, 15000),
    ])
    func `the backoff doubles up to 15 s`(failures: Int, milliseconds: Int) {
        #expect(Backoff().delay(afterFailures: failures, jitter: 0) == .milliseconds(milliseconds))
    }

    @Test(arguments: [0.0, 0.25, 0.5, 0.999])
    func `jitter shortens a wait by a tenth at the most`(draw: Double) {
        let wait = Backoff().delay(afterFailures: 20, jitter: draw)
        #expect(wait <= .seconds(15))
        #expect(wait > .milliseconds(13_500))
    }

    @Test func `a factor of 1 keeps the wait, and a huge one ends at the maximum`() {
        var backoff = Backoff()
        backoff.factor = 1
        #expect(backoff.delay(afterFailures: 50, jitter: 0) == .milliseconds(100))
        backoff.factor = .greatestFiniteMagnitude
        #expect(backoff.delay(afterFailures: 50, jitter: 0) == .seconds(15))
    }

    @Test func `a maximum beyond the clock does not trap`() {
        var backoff = Backoff()
        backoff.maximum = .seconds(Int64.max)
        #expect(backoff.delay(afterFailures: 500, jitter: 0) > .seconds(1_000_000))
    }
}

@Suite struct RestartHistoryTests {
    private let policy = RestartPolicy()

    @Test func `short runs older than the window no longer count`() {
        var history = RestartHistory()
        history.recordExit(uptime: .zero, policy: policy, at: .zero)
        history.recordExit(uptime: .zero, policy: policy, at: .zero + .seconds(600))
        #expect(history.unstableRuns == 2)
        history.recordExit(uptime: .zero, policy: policy, at: .zero + .seconds(601))
        #expect(history.unstableRuns == 2)
    }

    @Test func `a run of 30 s ends the row, one of 29 s does not`() {
        var history = RestartHistory()
        history.recordExit(uptime: .zero, policy: policy, at: .zero)
        history.recordExit(uptime: .seconds(29), policy: policy, at: .zero)
        #expect(history.consecutiveFailures == 1)
        history.recordExit(uptime: .seconds(30), policy: policy, at: .zero)
        #expect(history.consecutiveFailures == 0)
    }

    @Test func `the list of short runs is bounded`() {
        var history = RestartHistory()
        for _ in 0..<(RestartHistory.maximumEntries + 50) {
            history.recordExit(uptime: .zero, policy: policy, at: .zero)
        }
        #expect(history.unstableRuns == RestartHistory.maximumEntries)
    }

    @Test func `memory restarts count for an hour and are not forgiven`() {
        var history = RestartHistory()
        history.recordMemoryRestart(at: .zero)
        history.forgive()
        #expect(history.memoryRestarts(inTheHourBefore: .zero + .seconds(3599)) == 1)
        #expect(history.memoryRestarts(inTheHourBefore: .zero + .seconds(3600)) == 0)
    }

    @Test func `forgiving forgets short runs and the row`() {
        var history = RestartHistory()
        history.recordExit(uptime: .zero, policy: policy, at: .zero)
        history.forgive()
        #expect(history.unstableRuns == 0)
        #expect(history.consecutiveFailures == 0)
    }
}

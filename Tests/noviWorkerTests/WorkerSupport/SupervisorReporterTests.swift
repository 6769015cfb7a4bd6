import Dispatch
import Synchronization
import Testing

@testable import WorkerSupport

/// What a reporter sent.
final class SentReports: Sendable {
    private let state = Mutex<[String]>([])

    var all: [String] { state.withLock { $0 } }

    func add(_ text: String) { state.withLock { $0.append(text) } }
}

@Suite struct SupervisorReporterTests {
    @Test func `without a supervisor nothing is sent`() async {
        let sent = SentReports()
        let reporter = SupervisorReporter(isSupervised: false, watchdogInterval: nil) { sent.add($0) }
        reporter.ready(status: "here")
        reporter.stopping()
        await reporter.flush()
        #expect(sent.all.isEmpty)
    }

    @Test func `readiness comes with status and memory in one datagram`() async {
        let sent = SentReports()
        let reporter = SupervisorReporter(isSupervised: true, watchdogInterval: nil) { sent.add($0) }
        reporter.ready(status: "all well")
        await reporter.flush()
        let fields = sent.all.joined(separator: "\n").split(separator: "\n").map {
            $0.split(separator: "=")[0]
        }
        #expect(fields == ["READY", "STATUS", "X_NOVI_HEAP_USED", "X_NOVI_HEAP_TOTAL", "X_NOVI_EXTERNAL"])
    }

    @Test func `what is kept is said at once when it is new, and again with memory`() async throws {
        let sent = SentReports()
        let reporter = SupervisorReporter(
            isSupervised: true,
            watchdogInterval: nil,
            memoryInterval: .milliseconds(5)
        ) { sent.add($0) }
        reporter.keep("X_NOVI_WHATSAPP", "ready")
        reporter.keep("X_NOVI_WHATSAPP", "ready")
        await reporter.flush()
        #expect(sent.all == ["X_NOVI_WHATSAPP=ready"])
        let running = Task { await reporter.run() }
        try await eventually("it comes with memory") {
            sent.all.contains { $0.hasPrefix("X_NOVI_HEAP_USED=") && $0.hasSuffix("\nX_NOVI_WHATSAPP=ready") }
        }
        running.cancel()
        await running.value
    }

    @Test func `while the supervisor does not read, nobody waits and newer values replace older ones`()
        async throws
    {
        let sent = SentReports()
        let gate = DispatchSemaphore(value: 0)
        let reporter = SupervisorReporter(isSupervised: true, watchdogInterval: nil) {
            sent.add($0)
            gate.wait()
        }
        reporter.status("first")
        try await eventually("the first is being sent") { !sent.all.isEmpty }
        let begin = ContinuousClock.now
        for number in 0..<1000 { reporter.status("status \(number)") }
        reporter.stopping()
        #expect(ContinuousClock.now - begin < .seconds(2))
        gate.signal()
        gate.signal()
        try await eventually("the last is sent") { sent.all.count == 2 }
        #expect(sent.all == ["STATUS=first", "STATUS=status 999\nSTOPPING=1"])
    }

    @Test func `a flush ends although the supervisor does not read`() async {
        let gate = DispatchSemaphore(value: 0)
        let reporter = SupervisorReporter(isSupervised: true, watchdogInterval: nil) { _ in gate.wait() }
        reporter.stopping()
        await reporter.flush()
        gate.signal()
    }

    @Test func `a worker that hangs does not feed the watchdog`() async throws {
        let sent = SentReports()
        let reporter = SupervisorReporter(
            isSupervised: true,
            watchdogInterval: .milliseconds(5),
            memoryInterval: .milliseconds(5)
        ) { sent.add($0) }
        let hangs = Mutex(false)
        reporter.addProbe {
            while hangs.withLock({ $0 }), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(1)) }
        }
        let running = Task { await reporter.run() }
        try await eventually("heartbeats") { sent.all.contains { $0.contains("WATCHDOG=1") } }
        hangs.withLock { $0 = true }
        // At most one heartbeat passed its probe already; memory reports show that time goes on.
        try await eventually("the last heartbeat") { sent.all.last?.contains("WATCHDOG=1") == false }
        let count = sent.all.count
        try await eventually("more reports") { sent.all.count > count + 10 }
        let late = sent.all.suffix(8)
        #expect(!late.contains { $0.contains("WATCHDOG=1") })
        running.cancel()
        await running.value
    }

    @Test(arguments: [
        (["WATCHDOG_USEC": "3000000"], Duration.microseconds(1_500_000)),
        (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "42"], .microseconds(1_500_000)),
        (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "43"], nil), (["WATCHDOG_USEC": "x"], nil),
        (["WATCHDOG_USEC": "-4"], nil), ([:], nil),
    ])
    func `the watchdog is for the named process only`(variables: [String: String], interval: Duration?) {
        #expect(SupervisorReporter.watchdogInterval(variables, process: 42) == interval)
    }

    @Test func `a status is one line of bounded length`() {
        #expect(SupervisorReporter.line("a\nREADY=1\u{0}b") == "a READY=1 b")
        #expect(SupervisorReporter.line(String(repeating: "é", count: 5000)).utf8.count <= 512)
    }
}

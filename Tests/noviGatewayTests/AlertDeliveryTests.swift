import Foundation
import Observation
import Shared
import Synchronization
import Testing

@testable import WorkerSupport
@testable import noviGateway

@Suite struct AlertDeliveryTests {
    private static let log = WorkerLog(app: "test", deployment: .production)

    private static func record(_ severity: Severity = .p1, _ id: Int = 7) -> AlertRecord {
        let alert = Alert(
            id: id,
            type: .appDown,
            subject: "api",
            severity: severity,
            message: "api ended\nBcc: everybody@shop.example",
            raisedAt: 1000,
            toldAt: 1000
        )
        let change = AlertChange(kind: .raised, alert: alert, length: 0, consequences: 2, isSilent: false)
        return AlertRecord(change: change, time: 1_000_000_000_000)
    }

    @Test func `what fails is tried again, and given up`() async throws {
        let tries = Atomic<Int>(0)
        let delivery = AlertDelivery(
            "test",
            timeout: .seconds(30),
            pauses: [.milliseconds(1), .milliseconds(1)],
            log: Self.log
        ) { record in
            let number = tries.add(1, ordering: .relaxed).newValue
            if record.change.alert.id == 1, number < 3 { throw AlertFailure("not yet") }
            if record.change.alert.id == 2 { throw AlertFailure("never") }
        }
        let running = Task { await delivery.run() }
        delivery.take(Self.record(.p1, 1))
        delivery.take(Self.record(.p1, 2))
        try await eventually("both are done") { delivery.figures == (1, 1, 0) }
        #expect(tries.load(ordering: .relaxed) == 6)
        running.cancel()
    }

    @Test func `one that hangs costs its time-out and no more, and what waits is bounded`() async throws {
        let delivery = AlertDelivery("hung", timeout: .milliseconds(10), pauses: [], log: Self.log) { _ in
            try await Task.sleep(for: .seconds(600))
        }
        let running = Task { await delivery.run() }
        delivery.take(Self.record())
        try await eventually("it is given up") { delivery.figures.failed == 1 }
        running.cancel()
        let idle = AlertDelivery("idle", timeout: .seconds(1), log: Self.log) { _ in }
        for _ in 0..<AlertDelivery.capacity + 5 { idle.take(Self.record()) }
        #expect(idle.figures.dropped == 5)
    }

    @Test func `a sink is told only what is bad enough`() async throws {
        let told = Mutex<[Severity]>([])
        let delivery = AlertDelivery("few", severity: .p2, timeout: .seconds(5), log: Self.log) { record in
            told.withLock { $0.append(record.change.alert.severity) }
        }
        let running = Task { await delivery.run() }
        for severity in [Severity.p4, .p3, .p2, .p1] { delivery.take(Self.record(severity)) }
        try await eventually("two are told") { told.withLock { $0.count } == 2 }
        #expect(told.withLock { $0 } == [.p2, .p1])
        running.cancel()
    }

    @Test func `a record has what row A11 asks for, and a mail's subject is one line`() {
        let record = Self.record()
        #expect(record.json["system"] == "Novi Platform" && record.json["type"] == "app_down")
        #expect(
            record.json["severity"] == "P1"
                && record.json["timestamp"]?.stringValue?.hasPrefix("1970-01-01T00:16:40") == true
        )
        #expect(record.line.hasSuffix("(and 2 more because of it)"))
        let mail = record.mail(["ops@shop.example"], "novi")
        let head = mail.prefix(upTo: mail.range(of: "\n\n")?.lowerBound ?? mail.endIndex)
        #expect(!head.contains("Bcc") && head.contains("To: ops@shop.example\n"))
        #expect(record.body(.slack)["text"]?.stringValue?.contains("P1 api ended") == true)
    }

    @Test func `a program gets the record, nothing of ours, and is ended when it takes too long`()
        async throws
    {
        let scratch = try ScratchFolder()
        let told = "\(scratch.path)/told"
        let script = "cat > \(told); ls /proc/$$/fd >> \(told); env >> \(told)"
        let program = try SinkProgram(["/bin/sh", "-c", script], input: Self.record().jsonLine)
        #expect(await program.end() == 0)
        let text = try String(contentsOfFile: told, encoding: .utf8)
        #expect(text.hasPrefix("{\"system\":\"Novi Platform\""))
        #expect(!text.contains("HOME="))
        let slow = try SinkProgram(["/bin/sleep", "600"], input: "")
        slow.kill()
        #expect(await slow.end() == 128 + SIGKILL)
        #expect(throws: (any Error).self) { try SinkProgram(["page"], input: "") }
        #expect(throws: (any Error).self) { try SinkProgram(["/nonexistent/page"], input: "") }
    }
}

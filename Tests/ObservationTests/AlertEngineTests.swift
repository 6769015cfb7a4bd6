import Shared
import Testing

@testable import Observation

@Suite struct AlertEngineTests {
    /// An engine that is looked at each second.
    private final class Watch {
        var engine = AlertEngine()

        /// Has the engine look each second of a time.
        func look(_ seconds: Range<Int64>, _ signals: (Int64) -> [AlertSignal]) -> [AlertChange] {
            seconds.flatMap { engine.take(signals($0), at: AlertEngineTests.start + $0) }
        }

        func acknowledge(_ id: Int) -> Bool {
            engine.acknowledge(id, by: "amara", at: AlertEngineTests.start + 7300)
        }

        func endSilence(_ id: Int) -> Bool { engine.endSilence(id) }
    }

    private static let start: Int64 = 1_795_670_400
    private let watch = Watch()

    private func cpu(_ value: Double) -> AlertSignal {
        AlertSignal(.hostCPU, value: value, text: "cpu \(value) %")
    }

    @Test func `a value is told when it stays, and over when it stays away`() {
        #expect(watch.look(0..<60) { _ in [cpu(85)] }.isEmpty)
        let raised = watch.look(60..<61) { _ in [cpu(85)] }
        #expect(raised.map(\.kind) == [.raised])
        #expect(raised.first?.alert.severity == .p3 && raised.first?.alert.message == "cpu 85.0 %")
        // Between the two limits it is neither.
        #expect(watch.look(61..<500) { _ in [cpu(77)] }.isEmpty)
        #expect(watch.look(500..<560) { _ in [cpu(70)] }.isEmpty)
        let resolved = watch.look(560..<561) { _ in [cpu(70)] }
        #expect(resolved.map(\.kind) == [.resolved] && resolved.first?.length == 500)
        #expect(watch.engine.alerts.isEmpty)
    }

    @Test func `a value that comes and goes does not ring`() {
        #expect(watch.look(0..<600) { second in [cpu(second % 30 < 25 ? 99 : 50)] }.isEmpty)
    }

    @Test func `too few requests say nothing`() {
        func rate(_ samples: Int) -> [AlertSignal] {
            [AlertSignal(.errorRate, subject: "api", value: 50, samples: samples, text: "50 % of \(samples)")]
        }
        #expect(watch.look(0..<120) { _ in rate(19) }.isEmpty)
        #expect(watch.look(120..<151) { _ in rate(20) }.map(\.kind) == [.raised])
    }

    @Test func `a consequence is counted with its cause, and told when it outlives it`() {
        let database = AlertSignal(.databaseDown, subject: "api", value: 1, text: "the database is away")
        let errors = AlertSignal(
            .errorRate,
            subject: "api",
            value: 100,
            samples: 50,
            text: "all requests fail"
        )
        var changes = watch.look(0..<100) { _ in [errors, database] }
        #expect(changes.map(\.alert.type) == [.databaseDown, .errorRate])
        #expect(changes.map(\.isSilent) == [false, true])
        let gone = AlertSignal(.databaseDown, subject: "api", value: 0, text: "")
        changes = watch.look(100..<111) { _ in [errors, gone] }
        #expect(changes.map(\.kind) == [.resolved] && changes.first?.consequences == 1)
        // Whoever was told that all is well must learn that it is not.
        changes = watch.look(111..<3700) { _ in [errors, gone] }
        #expect(changes.map(\.kind) == [.reminder] && changes.first?.alert.type == .errorRate)
        #expect(changes.first?.isSilent == false)
    }

    @Test func `there is one reminder an hour, until somebody takes it on`() {
        let down = AlertSignal(.appDown, subject: "api", value: 99, text: "api is errored")
        var changes = watch.look(0..<7300) { _ in [down] }
        #expect(changes.map(\.kind) == [.raised, .reminder, .reminder])
        #expect(watch.acknowledge(changes[0].alert.id))
        #expect(!watch.acknowledge(999))
        changes = watch.look(7300..<20_000) { _ in [down] }
        #expect(changes.isEmpty)
        #expect(watch.engine.alerts.first?.acknowledged?.name == "amara")
    }

    @Test func `in a silence nobody is told, and everything is noted`() {
        let silence = watch.engine.silence(
            .appDown,
            subject: "api",
            until: Self.start + 100,
            reason: "maintenance"
        )
        func down(_ app: String) -> AlertSignal {
            AlertSignal(.appDown, subject: app, value: 99, text: "down")
        }
        let changes = watch.look(0..<20) { _ in [down("api"), down("web")] }
        #expect(Set(changes.filter(\.isSilent).map(\.alert.subject)) == ["api"])
        #expect(Set(changes.filter { !$0.isSilent }.map(\.alert.subject)) == ["web"])
        #expect(watch.engine.activeSilences.map(\.id) == [silence.id])
        _ = watch.look(20..<101) { _ in [] }
        #expect(watch.engine.activeSilences.isEmpty && !watch.endSilence(silence.id))
    }

    @Test func `what nobody speaks of any more is over`() {
        let high = AlertSignal(.heapCritical, subject: "api", value: 900 * 1_048_576, text: "900 MiB")
        #expect(watch.look(0..<20) { _ in [high] }.map(\.kind) == [.raised])
        #expect(watch.look(20..<139) { _ in [] }.isEmpty)
        #expect(watch.look(139..<141) { _ in [] }.map(\.kind) == [.resolved])
    }

    @Test func `a restart tells nothing twice`() throws {
        let down = AlertSignal(.appDown, subject: "api", value: 99, text: "api is errored")
        #expect(watch.look(0..<20) { _ in [down] }.count == 1)
        _ = watch.engine.silence(nil, subject: nil, until: Self.start + 10_000, reason: "night")
        let text = JSONValue.object(watch.engine.state).serialized()
        watch.engine = AlertEngine(rules: AlertRule.standard, restoring: try JSONValue(parsing: text))
        #expect(watch.look(20..<600) { _ in [down] }.isEmpty)
        #expect(watch.engine.activeSilences.count == 1)
        let up = AlertSignal(.appDown, subject: "api", value: 0, text: "")
        let changes = watch.look(600..<620) { _ in [up] }
        #expect(changes.map(\.kind) == [.resolved] && changes.first?.isSilent == true)
        #expect(changes.first?.length == 610)
        #expect(AlertEngine(rules: [], restoring: "nonsense").alerts.isEmpty)
    }

    @Test func `alerts are bounded, and a rule that is off says nothing`() {
        var rules = AlertRule.standard
        for index in rules.indices where rules[index].type == .restarts { rules[index].isOn = false }
        watch.engine = AlertEngine(rules: rules)
        let many = (0..<1500).map { AlertSignal(.messagesGivenUp, subject: "app\($0)", value: 5, text: "") }
        _ = watch.engine.take(
            many + [AlertSignal(.restarts, subject: "a", value: 99, text: "")],
            at: Self.start
        )
        #expect(watch.engine.alerts.count == AlertEngine.maximumAlerts)
        #expect(watch.engine.alerts.allSatisfy { $0.type == .messagesGivenUp })
        let nonsense = watch.engine.take([AlertSignal(.hostCPU, value: .nan, text: "")], at: Self.start)
        #expect(nonsense.isEmpty)
    }

    @Test func `an app that is given up explains its own ends and no other app's`() {
        let down = AlertSignal(.appDown, subject: "api", value: 99, text: "api gave up")
        func end(_ app: String) -> AlertSignal {
            AlertSignal(.appEnded, subject: app, value: 1, text: "\(app) ended")
        }
        let changes = watch.look(0..<1) { _ in [end("api"), end("web"), down] }
        #expect(Set(changes.filter { !$0.isSilent }.map(\.alert.message)) == ["api gave up", "web ended"])
        #expect(changes.filter(\.isSilent).map(\.alert.message) == ["api ended"])
    }
}

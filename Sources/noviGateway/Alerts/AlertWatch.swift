import LinuxSystem
import Logging
import Observation
import ServiceLifecycle
import Shared
import WorkerSupport

/// Has every look judged, keeps what is open over restarts, and has everybody told who asked to be.
actor AlertWatch: Service {
    private let collector: Collector
    private let deliveries: [AlertDelivery]
    private let statePath: String?
    private let log: WorkerLog

    private var engine: AlertEngine
    private var reader = SignalReader()
    private var ended: [ShownAlert] = []

    /// The most alerts that are over and still shown.
    private static let endedAlerts = 50
    private static let stateBytes = 4 << 20

    /// Makes a watch that goes on where the last one was.
    ///
    /// - Parameters:
    ///   - configuration: Rules and sinks.
    ///   - collector: Whose looks are judged.
    ///   - deliveries: Who is told.
    ///   - folder: Where what is open is kept; `nil` to forget it at the end.
    ///   - log: The log.
    init(
        _ configuration: AlertConfiguration,
        collector: Collector,
        deliveries: [AlertDelivery],
        folder: String?,
        log: WorkerLog
    ) {
        self.collector = collector
        self.deliveries = deliveries
        self.log = log
        statePath = folder.map { "\($0)/alerts.json" }
        engine = AlertEngine(rules: configuration.rules, restoring: Self.read(statePath))
    }

    private static func read(_ path: String?) -> JSONValue {
        guard let path, let bytes = try? FileContents.read(path, limit: stateBytes) else { return .null }
        return (try? JSONValue(parsing: bytes)) ?? .null
    }

    /// Tells whoever is to be told, until the service group stops.
    func run() async {
        await collector.onObservation { [weak self] look in await self?.take(look) }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for delivery in self.deliveries { group.addTask { await delivery.run() } }
            }
        }
    }

    private func take(_ look: Look) async {
        let events = await collector.events.events
        let now = look.time / 1_000_000_000
        let changes = engine.take(reader.signals(look, events: events, at: now), at: now)
        for change in changes {
            let record = AlertRecord(change: change, time: look.time)
            log.operations.info(
                "alert \(change.kind.rawValue)\(change.isSilent ? ", told nobody" : ""): \(record.line)"
            )
            if change.kind == .resolved { noteEnd(change.alert, look.time) }
            guard !change.isSilent else { continue }
            for delivery in deliveries { delivery.take(record) }
        }
        if !changes.isEmpty { keep() }
        await show()
    }

    private func noteEnd(_ alert: Alert, _ time: Int64) {
        var shown = ShownAlert(alert)
        shown.ended = Clocks.timestamp(of: time)
        ended.insert(shown, at: 0)
        if ended.count > Self.endedAlerts { ended.removeLast() }
    }

    private func show() async {
        await collector.setAlerts(engine.alerts.map { ShownAlert($0) } + ended)
    }

    private func keep() {
        guard let statePath else { return }
        do {
            try AtomicFile.replace(statePath, JSONValue.object(engine.state).serialized(), mode: 0o640)
        } catch {
            log.operations.warning("alerts: what is open cannot be kept over a restart: \(error)")
        }
    }

    // MARK: - What people do

    /// The alerts that are there, the silences, and how the sinks are doing.
    var json: JSONObject {
        [
            "alerts": .array(engine.alerts.map { .object($0.json) }),
            "silences": .array(engine.activeSilences.map { .object($0.json) }),
            "sinks": .array(
                deliveries.map { delivery in
                    let figures = delivery.figures
                    return [
                        "name": .string(delivery.name), "sent": .integer(Int64(figures.sent)),
                        "failed": .integer(Int64(figures.failed)),
                        "dropped": .integer(Int64(figures.dropped)),
                    ]
                }
            ),
        ]
    }

    /// Somebody takes an alert on.
    func acknowledge(_ id: Int, by name: String) async -> Bool {
        guard engine.acknowledge(id, by: name, at: Self.now()) else { return false }
        keep()
        await show()
        return true
    }

    /// Nobody is told for a while.
    func silence(_ type: AlertType?, app: String?, for seconds: Int64, reason: String) -> Silence {
        defer { keep() }
        return engine.silence(type, subject: app, until: Self.now() + seconds, reason: reason)
    }

    /// A silence ends.
    func endSilence(_ id: Int) -> Bool {
        defer { keep() }
        return engine.endSilence(id)
    }

    /// Tells one sink something, now.
    ///
    /// - Returns: Why it failed; `nil` when it did not.
    /// - Throws: ``AlertFailure`` when there is no such sink.
    func test(_ name: String) async throws -> String? {
        guard let delivery = deliveries.first(where: { $0.name == name }) else {
            throw AlertFailure(
                "there is no sink \(name); there are \(deliveries.map(\.name).joined(separator: ", "))"
            )
        }
        let now = Self.now()
        let alert = Alert(
            id: 0,
            type: .appDown,
            subject: "",
            severity: .p4,
            message: "this is a test; nothing is wrong",
            raisedAt: now,
            toldAt: now
        )
        let change = AlertChange(kind: .raised, alert: alert, length: 0, consequences: 0, isSilent: false)
        do {
            try await delivery.attempt(AlertRecord(change: change, time: Clocks.realtimeNanoseconds()))
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static func now() -> Int64 { Clocks.realtimeNanoseconds() / 1_000_000_000 }
}

extension ShownAlert {
    /// As the page shows it.
    init(_ alert: Alert) {
        self.init(
            id: "\(alert.id)",
            type: alert.type.rawValue,
            message: alert.message,
            severity: alert.severity,
            since: Clocks.timestamp(of: alert.raisedAt * 1_000_000_000),
            app: alert.subject.isEmpty ? nil : alert.subject
        )
    }
}

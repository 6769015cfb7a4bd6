import Logging
import Observation
import Synchronization
import WorkerSupport

/// One sink with a queue and a time-out of its own: whatever hangs there holds up nobody else.
final class AlertDelivery: Sendable {
    /// Delivers one record; what it throws is why it could not.
    typealias Send = @Sendable (AlertRecord) async throws -> Void

    /// The sink's name.
    let name: String

    private let severity: Severity
    private let timeout: Duration
    private let pauses: [Duration]
    private let send: Send
    private let log: WorkerLog
    private let queue: AsyncStream<AlertRecord>
    private let input: AsyncStream<AlertRecord>.Continuation
    private let counts = Mutex((sent: 0, failed: 0, dropped: 0))

    /// The most records that wait; the oldest go first.
    static let capacity = 100
    /// The pauses before a delivery is tried again.
    static let usualPauses: [Duration] = [.seconds(2), .seconds(10), .seconds(60)]

    /// Makes a delivery; it works once it runs.
    ///
    /// - Parameters:
    ///   - name: The sink's name.
    ///   - severity: Only records as bad as this or worse.
    ///   - timeout: How long one try may take.
    ///   - pauses: The pauses before further tries; as many as there are.
    ///   - log: Where failures are told.
    ///   - send: Delivers one record.
    init(
        _ name: String,
        severity: Severity = .p4,
        timeout: Duration,
        pauses: [Duration] = AlertDelivery.usualPauses,
        log: WorkerLog,
        send: @escaping Send
    ) {
        self.name = name
        self.severity = severity
        self.timeout = timeout
        self.pauses = pauses
        self.log = log
        self.send = send
        (queue, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.capacity))
    }

    /// Has a record delivered, some time.
    func take(_ record: AlertRecord) {
        guard record.change.alert.severity <= severity else { return }
        if case .dropped = input.yield(record) { counts.withLock { $0.dropped += 1 } }
    }

    /// Delivers what comes, until it is cancelled.
    func run() async {
        for await record in queue {
            await deliver(record)
            if Task.isCancelled { return }
        }
    }

    /// Tries once, now.
    ///
    /// - Throws: Why it failed.
    func attempt(_ record: AlertRecord) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.send(record) }
            group.addTask {
                try await Task.sleep(for: self.timeout)
                throw AlertFailure("no answer within \(self.timeout)")
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func deliver(_ record: AlertRecord) async {
        for pause in pauses + [nil] as [Duration?] {
            do {
                try await attempt(record)
                counts.withLock { $0.sent += 1 }
                return
            } catch {
                if Task.isCancelled { return }
                let consequence = pause.map { "trying again in \($0)" } ?? "it is given up"
                log.operations.warning("alerts: \(name) cannot be told, \(consequence): \(error)")
                guard let pause else { break }
                try? await Task.sleep(for: pause)
            }
        }
        counts.withLock { $0.failed += 1 }
    }

    /// How many records were delivered, given up, or never tried because too many waited.
    var figures: (sent: Int, failed: Int, dropped: Int) { counts.withLock { $0 } }
}

/// Why an alert could not be told.
struct AlertFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

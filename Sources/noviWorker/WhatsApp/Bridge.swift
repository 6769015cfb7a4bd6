import Dispatch
import Logging
import OrderMessages
import Postgres
import ServiceLifecycle
import Shared
import WorkerSupport

/// Keeps the link to WhatsApp and everything that needs it: only one bridge of a provider does so at a time.
///
/// Under the lease (``BridgeLease``) the provider is opened, messages from the inbox are processed and the outbox is sent. When the
/// lease is lost all of it ends, and is begun anew with the next one. Messages are stored with and without the lease.
actor Bridge: Service {
    /// What reaches the machine.
    private enum Input: Sendable {
        case link(ConnectionMachine.Event)
        case timer(ConnectionMachine.Timer)
    }

    /// What a bridge works with.
    struct Parts: Sendable {
        let provider: any WhatsAppProvider
        let database: DatabasePool
        /// Whether the database can be worked with.
        let databaseStates: AsyncStream<DatabaseReadiness.State>
        let timing: ConnectionMachine.Timing
        let sending: OutboxSender.Timing
        /// Who it is, for other bridges' people.
        let holder: String
        /// Which failures of a delivery may be tried again, by the provider's code.
        let isTemporary: @Sendable (Int64) -> Bool
        /// Hears that something new is in the inbox.
        let news: Wakeup
        let board: WorkerStatusBoard
        /// Gets the state's word for the supervisor.
        let reporter: SupervisorReporter
        let metrics: BridgeMetrics
        let log: WorkerLog
    }

    private let parts: Parts
    private let sender: OutboxSender
    private let inputs: AsyncStream<Input>
    private let input: AsyncStream<Input>.Continuation
    private var log: WorkerLog { parts.log }

    private var machine: ConnectionMachine
    private var generator = SystemRandomNumberGenerator()
    private var timers: [ConnectionMachine.Timer: Task<Void, Never>] = [:]
    private var nextRetry: String?
    private var since = Timestamp.now()
    private var alerts = RecentItems<String>(capacity: Limits.alerts)
    private var databaseProblem: String? = "the database is not connected yet"
    private var hasLease = false
    private var waitsForLease = false
    private var wait: Task<Void, any Error>?
    private var isStopping = false

    /// Makes a bridge; it starts once it runs.
    init(_ parts: Parts) {
        self.parts = parts
        machine = ConnectionMachine(timing: parts.timing)
        let (inputs, input) = AsyncStream.makeStream(of: Input.self)
        self.inputs = inputs
        self.input = input
        sender = OutboxSender(
            provider: parts.provider,
            database: parts.database,
            timing: parts.sending,
            log: parts.log,
            isTemporary: parts.isTemporary,
            metrics: parts.metrics
        ) { reason, text in
            parts.log.operations.critical("\(text)")
            if let reason { input.yield(.link(.disconnected(reason))) }
        }
    }

    /// Runs until the service group stops.
    func run() async throws {
        let provider = parts.provider
        await withDiscardingTaskGroup { group in
            group.addTask { [input] in
                for await event in provider.events { input.yield(.link(event)) }
            }
            group.addTask { for await next in self.inputs { await self.take(next) } }
            group.addTask { for await state in self.parts.databaseStates { await self.note(state) } }
            await withTaskCancellationOrGracefulShutdownHandler {
                await self.work()
                // Drained, it goes on answering.
                try? await gracefulShutdown()
            } onCancelOrGracefulShutdown: {
                Task { await self.stop() }
            }
            group.cancelAll()
        }
        await take(.stopRequested)
    }

    /// Ends the link; the bridge goes on answering.
    func drain() async {
        await stop()
    }

    private func stop() async {
        isStopping = true
        // Whoever waits for another bridge's end has nothing in hand.
        if !hasLease { wait?.cancel() }
        parts.news.raise()
        await sender.stop()
    }

    // MARK: - The lease

    /// Takes the lease again and again.
    private func work() async {
        var wait = Duration.milliseconds(100)
        while !isStopping {
            guard databaseProblem == nil else {
                await parts.news.wait(atMost: .seconds(5))
                continue
            }
            do {
                try await workWithLease()
                wait = .milliseconds(100)
            } catch {
                if error is CancellationError, isStopping || Task.isCancelled { break }
                if hasLease { log.operations.error("the right to send is lost: \(error)") }
                await loseLease()
                if !isStopping { try? await Task.sleep(for: wait) }
                wait = min(wait * 2, .seconds(5))
            }
        }
        await loseLease()
    }

    private func workWithLease() async throws {
        let task = Task { [parts] in
            try await BridgeLease.hold(
                parts.provider.kind,
                as: parts.holder,
                on: parts.database,
                onWait: { Task { await self.noteWait() } },
                { lease in try await self.work(under: lease) }
            )
        }
        wait = task
        defer { wait = nil }
        try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func noteWait() {
        guard !hasLease else { return }
        waitsForLease = true
        log.operations.warning("another bridge of this provider is at work; waiting for its end")
        publish()
    }

    private func work(under lease: BridgeLease) async throws {
        hasLease = true
        waitsForLease = false
        log.operations.info("the bridge has the right to send, fence \(lease.fence)")
        await take(.startRequested)
        publish()
        let sender = sender
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sender.run(lease) }
            group.addTask { await self.process() }
            // The lease is lost, or the bridge stops and one of them is done.
            try await group.next()
            if isStopping {
                group.addTask {
                    try await Task.sleep(for: Limits.providerStopTime)
                    throw CancellationError()
                }
                try await group.next()
            }
            group.cancelAll()
        }
    }

    private func loseLease() async {
        guard hasLease else { return }
        hasLease = false
        await sender.setLinked(false)
        await take(.stopRequested)
        publish()
    }

    /// Processes what is in the inbox, one message after the other.
    private func process() async {
        let processing = MessageProcessing(
            provider: parts.provider.kind,
            database: parts.database,
            linkStatus: { await self.machine.state.word },
            onReplies: { [sender] in sender.wake() },
            log: log,
            metrics: parts.metrics
        )
        var told = ""
        var nextExpiry = ContinuousClock.now
        while !isStopping, !Task.isCancelled {
            do {
                if nextExpiry <= .now {
                    try await Drafts.expire(parts.database)
                    nextExpiry = .now + OrderDraft.lifetime
                }
                while try await processing.processNext(), !isStopping, !Task.isCancelled {}
                told = ""
                // What another process stored, such as a replay, is found without being told of.
                await parts.news.wait(atMost: .seconds(10))
            } catch {
                if told != "\(error)", !isStopping {
                    told = "\(error)"
                    log.operations.error("cannot process messages, trying again: \(error)")
                }
                await parts.news.wait(atMost: .seconds(1))
            }
        }
    }

    private func note(_ state: DatabaseReadiness.State) {
        switch state {
        case .ready: databaseProblem = nil
        case .waiting(let reason): databaseProblem = reason
        }
        parts.news.raise()
        // A claim tells whether the lease survived.
        sender.wake()
        publish()
    }

    // MARK: - The link

    private func take(_ next: Input) async {
        switch next {
        case .link(let event): await take(event)
        case .timer(let timer): await take(.timerFired(timer))
        }
    }

    private func take(_ event: ConnectionMachine.Event) async {
        // Without the lease the provider is not ours to open.
        guard hasLease || event == .stopRequested else { return }
        let before = machine.state
        let actions = machine.handle(event, at: Self.now(), using: &generator)
        if machine.state != before { tell() }
        for action in actions { await perform(action) }
        guard machine.state != before else { return }
        since = Timestamp.now()
        await sender.setLinked(machine.state == .ready)
        publish()
        await writeState()
    }

    private func perform(_ action: ConnectionMachine.Action) async {
        switch action {
        case .openProvider:
            do {
                try await parts.provider.start()
            } catch {
                input.yield(.link(.disconnected(.transient("cannot start the provider: \(error)"))))
            }
        case .closeProvider:
            await parts.provider.stop()
        case .arm(let timer, let instant):
            timers[timer]?.cancel()
            let wait = instant - Self.now()
            let input = input
            timers[timer] = Task {
                try? await Task.sleep(for: wait)
                if !Task.isCancelled { input.yield(.timer(timer)) }
            }
        case .disarm(let timer):
            timers.removeValue(forKey: timer)?.cancel()
        case .alert(let alert):
            let text = alert.text
            alerts.append("\(Timestamp.now()) \(text)")
            if case .recovered = alert {
                log.operations.notice("\(text)")
            } else {
                log.operations.critical("\(text)")
            }
        }
    }

    private func tell() {
        let reason = machine.lastReason.map { ": \($0)" } ?? ""
        switch machine.state {
        case .reconnecting(let attempt, let instant):
            let wait = instant - Self.now()
            nextRetry = Timestamp.now(after: wait)
            log.operations.error(
                "whatsapp disconnected\(reason); try \(attempt) in \(wait.wholeMilliseconds / 1000) s"
            )
        case .loggedOut, .blocked, .failed:
            nextRetry = nil
            log.operations.error("whatsapp \(machine.state.word)\(reason)")
        case .stopped, .starting, .qr, .authenticating, .syncing, .ready:
            nextRetry = nil
            log.operations.info("whatsapp \(machine.state.word)")
        }
    }

    private func publish() {
        parts.reporter.keep("X_NOVI_WHATSAPP", machine.state.word)
        if let databaseProblem {
            return parts.board.update(state: "degraded", isReady: false, text: databaseProblem)
        }
        if waitsForLease, !hasLease {
            return parts.board.update(
                state: "waiting",
                isReady: false,
                text: "another bridge of this provider is at work; waiting for its end"
            )
        }
        let word = machine.state.word
        var text = "\(word) · since \(since)"
        if let nextRetry { text += " · next try at \(nextRetry)" }
        if let reason = machine.lastReason { text += " · \(reason)" }
        // A bridge that reconnects is alive: readiness tells whether it takes orders, not whether the link is up.
        parts.board.update(state: word, isReady: hasLease && machine.state != .stopped, text: text)
    }

    /// For whoever looks at the database; the worker's socket tells the same.
    private func writeState() async {
        do {
            try await parts.database.query(
                """
                INSERT INTO wa_state AS present (provider, state, detail, changed_at, qr_issued_at)
                VALUES (\(parts.provider.kind.rawValue), \(machine.state.word), \(machine.lastReason), now(),
                    CASE WHEN \(machine.state == .qr) THEN now() END)
                ON CONFLICT (provider) DO UPDATE SET state = EXCLUDED.state, detail = EXCLUDED.detail, changed_at = now(),
                    qr_issued_at = coalesce(EXCLUDED.qr_issued_at, present.qr_issued_at),
                    reconnects = present.reconnects + CASE WHEN EXCLUDED.state = 'reconnecting' THEN 1 ELSE 0 END
                """
            )
        } catch {
            log.worker.warning("cannot write the link's state down: \(error)")
        }
    }

    // MARK: - What is told

    /// Tries to connect now.
    func reconnect() {
        input.yield(.link(.startRequested))
    }

    /// What there is to tell about the link itself.
    var link: (state: String, since: String, reason: String?, nextAttempt: String?, qr: String?) {
        let qr = machine.state == .qr ? parts.provider.qrCode : nil
        return (machine.state.word, since, machine.lastReason, nextRetry, qr)
    }

    /// Has it look whether something waits to be sent.
    func lookForWork() {
        sender.wake()
    }

    /// What `GetStatus` tells beyond the common fields.
    func details() async -> JSONObject {
        var details: JSONObject = [
            "provider": .string(parts.provider.kind.rawValue),
            "capabilities": .array(
                parts.provider.capabilities.map(\.rawValue).sorted().map(JSONValue.string)
            ),
            "failed_attempts": .integer(Int64(machine.failedAttempts)),
            "last_reason": machine.lastReason.map(JSONValue.string) ?? .null,
            "next_attempt_at": nextRetry.map(JSONValue.string) ?? .null,
            "has_lease": .bool(hasLease),
            "alerts": .array(alerts.items.map(JSONValue.string)),
        ]
        for (name, value) in parts.provider.details { details[name] = value }
        for (name, value) in await depth()?.json ?? [:] { details[name] = value }
        return details
    }

    /// What is counted, in Prometheus's text format.
    func metricsText() async -> String {
        let state = machine.state.word
        return parts.metrics.text(state: state, depth: await depth())
    }

    private func depth() async -> QueueDepth? {
        guard databaseProblem == nil else { return nil }
        return try? await QueueDepth(parts.provider.kind, in: parts.database)
    }

    private static func now() -> MonotonicInstant {
        MonotonicInstant(nanoseconds: Int64(clamping: DispatchTime.now().uptimeNanoseconds))
    }
}

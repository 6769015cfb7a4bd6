import Dispatch
import Logging
import ServiceLifecycle
import Shared
import WorkerSupport

/// Keeps the link to WhatsApp: events of the provider and timers go into the machine, its actions come out.
///
/// Received messages are counted and the newest kept; what they say is read elsewhere.
actor Bridge: Service {
    /// What reaches the machine.
    private enum Input: Sendable {
        case link(ConnectionMachine.Event)
        case timer(ConnectionMachine.Timer)
    }

    private let provider: any WhatsAppProvider
    private let board: WorkerStatusBoard
    private let log: WorkerLog
    private let inputs: AsyncStream<Input>
    private let input: AsyncStream<Input>.Continuation

    private var machine: ConnectionMachine
    private var generator = SystemRandomNumberGenerator()
    private var timers: [ConnectionMachine.Timer: Task<Void, Never>] = [:]
    private var messages = RecentItems<InboundMessage>(capacity: Limits.messages)
    private var messageCount: Int64 = 0
    private var lastInbound: String?
    private var nextRetry: String?
    private var alerts = RecentItems<String>(capacity: Limits.alerts)
    private var hasStarted = false

    /// Makes a bridge; it starts once it runs.
    init(
        provider: any WhatsAppProvider,
        timing: ConnectionMachine.Timing,
        board: WorkerStatusBoard,
        log: WorkerLog
    ) {
        self.provider = provider
        self.board = board
        self.log = log
        machine = ConnectionMachine(timing: timing)
        (inputs, input) = AsyncStream.makeStream(
            of: Input.self,
            bufferingPolicy: .bufferingOldest(Limits.messages)
        )
    }

    /// Runs the link until the service group stops.
    func run() async throws {
        let input = input
        let events = provider.events
        let feed = Task {
            for await event in events { input.yield(.provider(event)) }
        }
        defer { feed.cancel() }
        await take(.startRequested)
        hasStarted = true
        publish()
        await withTaskCancellationOrGracefulShutdownHandler {
            for await next in inputs { await take(next) }
        } onCancelOrGracefulShutdown: {
            input.finish()
        }
        await take(.stopRequested)
    }

    /// Forgets all but the newest 100 messages (row A81).
    func forgetOldMessages() {
        messages.keepNewest(Limits.messagesAfterCleanup)
    }

    /// Ends the link; the bridge goes on answering.
    func drain() {
        input.yield(.request(.stopRequested))
    }

    /// What `GetStatus` tells beyond the common fields.
    func details() -> JSONObject {
        [
            "provider": .string(provider.name),
            "capabilities": .array(provider.capabilities.map(\.rawValue).sorted().map(JSONValue.string)),
            "failed_attempts": .integer(Int64(machine.failedAttempts)),
            "last_reason": machine.lastReason.map(JSONValue.string) ?? .null,
            "next_attempt_at": nextRetry.map(JSONValue.string) ?? .null,
            "received_messages": .integer(messageCount),
            "remembered_messages": .integer(Int64(messages.count)),
            "last_inbound_at": lastInbound.map(JSONValue.string) ?? .null,
            "alerts": .array(alerts.items.map(JSONValue.string)),
        ]
    }

    private func take(_ next: Input) async {
        switch next {
        case .provider(.connection(let event)), .request(let event): await take(event)
        case .timer(let timer): await take(.timerFired(timer))
        case .provider(.message(let message)): receive(message)
        }
    }

    private func take(_ event: ConnectionMachine.Event) async {
        let before = machine.state
        let actions = machine.handle(event, at: Self.now(), using: &generator)
        if machine.state != before { tell(from: before) }
        for action in actions { await perform(action) }
        if machine.state != before { publish() }
    }

    private func perform(_ action: ConnectionMachine.Action) async {
        switch action {
        case .openProvider:
            do {
                try await provider.start()
            } catch {
                input.yield(.request(.disconnected(.transient("cannot start the provider: \(error)"))))
            }
        case .closeProvider:
            await provider.stop()
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

    private func receive(_ message: InboundMessage) {
        guard machine.state != .stopped else { return }
        messages.append(message)
        messageCount += 1
        lastInbound = Timestamp.now()
        // What people write stays out of the log.
        log.worker.debug("message \(message.externalID) received, \(message.text.utf8.count) bytes")
    }

    private func tell(from before: ConnectionMachine.State) {
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
        guard hasStarted else { return }
        let word = machine.state.word
        var text = "\(word) · since \(Timestamp.now())"
        if let nextRetry { text += " · next try at \(nextRetry)" }
        if let reason = machine.lastReason { text += " · \(reason)" }
        // A bridge that reconnects is alive: readiness tells whether it takes orders, not whether the link is up.
        board.update(state: word, isReady: machine.state != .stopped, text: text)
    }

    private static func now() -> MonotonicInstant {
        MonotonicInstant(nanoseconds: Int64(clamping: DispatchTime.now().uptimeNanoseconds))
    }
}

extension ConnectionMachine.Alert {
    /// The alert as a sentence.
    var text: String {
        switch self {
        case .loggedOut(let reason):
            "whatsapp_logged_out: the session is void (\(reason)); scan a new code or set a token"
        case .blocked(let reason):
            "whatsapp_blocked: WhatsApp refuses the account (\(reason)); nothing is tried by itself"
        case .twoClients(let reason):
            "whatsapp_conflict: another program uses the same number (\(reason)); stop one"
        case .outdated(let reason):
            "whatsapp_outdated: the provider's program is too old (\(reason)); update it"
        case .down(let time): "whatsapp_down: not ready for \(time.wholeMilliseconds / 1000) s"
        case .recovered(let time): "whatsapp_recovered: ready again after \(time.wholeMilliseconds / 1000) s"
        }
    }
}

import Logging
import Postgres
import Shared
import WorkerSupport

/// Sends what waits in the outbox: each chat in its order and one at a time, several chats at once.
///
/// A message is claimed over the connection that holds the lease, with the lease's fence; what became of it is written down when the
/// provider answered. A bridge that dies in between leaves a claimed message, of which nobody knows whether it went out: its successor
/// waits for what the provider tells of it before it sends it again.
actor OutboxSender {
    /// How the sender waits.
    struct Timing: Sendable {
        /// How long a message that may have gone out waits for word of it.
        var unknownWait: Duration = .seconds(120)
        /// The first wait before a message is tried again, doubled for each further one.
        var firstRetry: Duration = .seconds(10)
        /// The longest.
        var longestRetry: Duration = .seconds(300)
        /// How often the lease is used at least.
        var leaseCheck: Duration = .seconds(10)
    }

    /// A message that was claimed.
    private struct Claimed: Sendable {
        let message: OutgoingMessage
        let attempts: Int
        let fence: Int64
    }

    /// What a look at the outbox brought.
    private struct Look {
        var claimed: [Claimed] = []
        /// How long until something else is due.
        var rest: Duration?
    }

    private let provider: any WhatsAppProvider
    private let database: DatabasePool
    private let timing: Timing
    private let log: WorkerLog
    private let isTemporary: @Sendable (Int64) -> Bool
    private let metrics: BridgeMetrics
    private let onProblem: @Sendable (DisconnectReason?, String) -> Void

    private let news = Wakeup()
    private var isLinked = false
    private var isStopping = false
    private var inFlight = 0
    private var heldUntil: ContinuousClock.Instant?
    /// What was sent and is being written down, which goes on when the lease is lost: what is known must not be sent again.
    private var settling: [String: Task<Void, Never>] = [:]
    private var nextExpiry = ContinuousClock.now

    /// The most chats that are written to at once.
    private static let maximumInFlight = 16
    /// How often messages that are too old are looked for.
    private static let expiryInterval = Duration.seconds(60)

    /// Makes a sender; it sends nothing before ``run(_:)``.
    ///
    /// - Parameters:
    ///   - provider: What carries the messages.
    ///   - database: Where they wait.
    ///   - timing: How it waits.
    ///   - log: The log.
    ///   - isTemporary: Which failures of a delivery may be tried again, by the provider's code.
    ///   - metrics: Where outcomes are counted.
    ///   - onProblem: Is told what ends the link, and what people should know.
    init(
        provider: any WhatsAppProvider,
        database: DatabasePool,
        timing: Timing,
        log: WorkerLog,
        isTemporary: @escaping @Sendable (Int64) -> Bool,
        metrics: BridgeMetrics = BridgeMetrics(),
        onProblem: @escaping @Sendable (DisconnectReason?, String) -> Void
    ) {
        self.provider = provider
        self.database = database
        self.timing = timing
        self.log = log
        self.isTemporary = isTemporary
        self.metrics = metrics
        self.onProblem = onProblem
    }

    /// Has it look whether something waits.
    nonisolated func wake() { news.raise() }

    /// Tells whether the provider can send.
    func setLinked(_ isLinked: Bool) {
        self.isLinked = isLinked
        if isLinked { heldUntil = nil }
        wake()
    }

    /// Claims nothing more; ``run(_:)`` returns when what is in hand is done.
    func stop() {
        isStopping = true
        wake()
    }

    /// Sends until it is stopped.
    ///
    /// - Parameter lease: The right to.
    /// - Throws: When the lease is lost.
    func run(_ lease: BridgeLease) async throws {
        await settled()
        try await takeOver(lease)
        try await withThrowingDiscardingTaskGroup { group in
            while !isStopping, !Task.isCancelled {
                let look = try await look(lease)
                for message in look.claimed {
                    inFlight += 1
                    group.addTask { await self.deliver(message) }
                }
                await news.wait(atMost: min(look.rest ?? timing.leaseCheck, timing.leaseCheck))
            }
        }
        await settled()
    }

    /// Waits until everything that was sent is written down.
    private func settled() async {
        for task in settling.values { await task.value }
    }

    // MARK: - Claiming

    /// What an earlier bridge claimed and did not finish may have gone out.
    private func takeOver(_ lease: BridgeLease) async throws {
        let found = try await lease.connection.query(
            """
            UPDATE outbound_messages SET state = 'unknown', next_attempt_at = now() + \(Self.interval(timing.unknownWait))::interval
            WHERE provider = \(lease.provider.rawValue) AND state = 'sending'
            """
        ).affectedCount
        if found > 0 {
            log.operations.warning(
                "messages that the bridge before this one was sending when it ended: \(found); waiting for word of them"
            )
        }
    }

    /// Claims the heads of chats that are due, and asks in one with it whether the lease is there still and when to come back.
    private func look(_ lease: BridgeLease) async throws -> Look {
        let room = Self.maximumInFlight - inFlight
        let held = heldUntil.map { $0 - .now }.flatMap { $0 > .zero ? $0 : nil }
        if nextExpiry <= .now {
            try await expire(lease)
            nextExpiry = .now + Self.expiryInterval
        }
        let rows = try await lease.connection.query(
            """
            WITH heads AS (
                SELECT DISTINCT ON (chat_ref) id, place, state, next_attempt_at FROM outbound_messages
                WHERE provider = \(lease.provider.rawValue) AND state IN ('queued', 'sending', 'unknown', 'failed')
                ORDER BY chat_ref, place
            ), claimed AS (
                UPDATE outbound_messages o SET state = 'sending', fence = \(lease.fence), attempts = attempts + 1
                FROM (
                    SELECT id FROM heads WHERE state <> 'sending' AND next_attempt_at <= now()
                    ORDER BY place LIMIT \(isLinked && held == nil ? room : 0)
                ) due WHERE o.id = due.id
                RETURNING o.id, o.chat_ref, o.body, o.template, o.reply_to_external_id, o.attempts,
                    coalesce((SELECT max(received_at) FROM inbound_messages i WHERE i.chat_ref = o.chat_ref
                        AND i.provider = o.provider) > now() - interval '24 hours', false) AS is_within_window
            )
            SELECT rest.milliseconds, claimed.* FROM (
                SELECT ceil(extract(epoch FROM min(next_attempt_at) - now()) * 1000)::bigint AS milliseconds
                FROM outbound_messages
                WHERE provider = \(lease.provider.rawValue) AND state IN ('queued', 'failed', 'unknown') AND next_attempt_at > now()
            ) rest LEFT JOIN claimed ON true
            """
        )
        var look = Look()
        for row in rows {
            let milliseconds: Int64? = try row["milliseconds"]
            look.rest = [milliseconds.map { .milliseconds($0) }, held].compactMap { $0 }.min()
            guard let id: String = try row["id"] else { continue }
            let message = OutgoingMessage(
                id: id,
                chat: try row["chat_ref"],
                text: try row["body"],
                template: try row["template"],
                replyTo: try row["reply_to_external_id"],
                isWithinWindow: try row["is_within_window"]
            )
            look.claimed.append(Claimed(message: message, attempts: try row["attempts"], fence: lease.fence))
        }
        return look
    }

    /// Gives up what is too old.
    private func expire(_ lease: BridgeLease) async throws {
        try await lease.connection.query(
            """
            UPDATE outbound_messages SET state = 'dead', error_detail = 'not sent within 24 hours: ' || coalesce(error_detail, 'no link')
            WHERE provider = \(lease.provider.rawValue) AND state IN ('queued', 'failed', 'unknown') AND expires_at < now()
            """
        )
    }

    // MARK: - Sending

    private func deliver(_ claimed: Claimed) async {
        CrashPoint.claimed.pass()
        let outcome = await provider.send(claimed.message)
        CrashPoint.sent.pass()
        metrics.countSent(outcome)
        note(outcome)
        settling[claimed.message.id] = Task { await self.writeDown(claimed, outcome) }
    }

    /// The database may be away for a while: what was sent must be written down before anything else of this chat goes out.
    private func writeDown(_ claimed: Claimed, _ outcome: SendOutcome) async {
        var wait = Duration.milliseconds(100)
        while true {
            do {
                try await settle(claimed, outcome)
                break
            } catch {
                let isPassing = (error as? DatabaseError).map { $0.isUnavailable || $0.isRetryable } ?? false
                log.operations.error(
                    "cannot write down what became of message \(claimed.message.id)\(isPassing ? ", trying again" : ""): \(error)"
                )
                guard isPassing else {
                    // Nothing that waiting mends: told with the message, which people may send again.
                    let problem = SendProblem(detail: "what became of it could not be written down: \(error)")
                    try? await fail(claimed, "dead", problem, after: .zero)
                    break
                }
                if isStopping { break }
                try? await Task.sleep(for: wait)
                wait = min(wait * 2, .seconds(5))
            }
        }
        CrashPoint.settled.pass()
        settling[claimed.message.id] = nil
        inFlight -= 1
        wake()
    }

    /// What is more than the one message's matter.
    private func note(_ outcome: SendOutcome) {
        switch outcome {
        case .accepted, .unknown: break
        case .retry(let problem, .account):
            heldUntil = .now + (problem.wait ?? timing.firstRetry)
            if problem.needsAttention { onProblem(nil, problem.text) }
        case .retry(let problem, .chat), .dead(let problem):
            if problem.needsAttention { onProblem(nil, problem.text) }
        case .unlinked(let reason, let problem):
            isLinked = false
            onProblem(reason, problem.text)
        }
    }

    private func settle(_ claimed: Claimed, _ outcome: SendOutcome) async throws {
        let retry = min(timing.longestRetry, timing.firstRetry * (1 << min(10, max(0, claimed.attempts - 1))))
        switch outcome {
        case .accepted(let externalID): try await accept(claimed.message.id, externalID)
        case .retry(let problem, _):
            try await fail(claimed, "failed", problem, after: problem.wait ?? retry)
        case .dead(let problem): try await fail(claimed, "dead", problem, after: .zero)
        case .unknown(let problem): try await fail(claimed, "unknown", problem, after: timing.unknownWait)
        case .unlinked(_, let problem): try await fail(claimed, "failed", problem, after: .zero)
        }
    }

    /// Writes a failure down, unless the message is another bridge's by now.
    private func fail(
        _ claimed: Claimed,
        _ state: String,
        _ problem: SendProblem,
        after wait: Duration
    ) async throws {
        try await database.query(
            """
            UPDATE outbound_messages SET state = \(state), attempts = attempts - \(problem.isOutOfTurn ? 1 : 0), error_code = \(problem.code)::bigint::integer,
                error_detail = \(String(problem.detail.prefix(500))),
                next_attempt_at = now() + \(Self.interval(wait))::interval
            WHERE id = \(claimed.message.id)::uuid AND state = 'sending' AND fence = \(claimed.fence)
            """
        )
    }

    /// Writes down that the provider has it, which is true whoever claimed it since.
    private func accept(_ id: String, _ externalID: String) async throws {
        let kind = provider.kind.rawValue
        let early = try await database.query(
            """
            WITH sent AS (
                UPDATE outbound_messages SET state = 'sent', external_id = \(externalID), sent_at = now(), error_code = NULL,
                    error_detail = NULL
                WHERE id = \(id)::uuid AND state IN ('sending', 'unknown', 'failed')
            ), told AS (
                UPDATE wa_state SET last_outbound_at = now()
                WHERE provider = \(kind) AND coalesce(last_outbound_at < now() - interval '1 second', true)
            )
            SELECT FROM delivery_statuses WHERE provider = \(kind) AND external_id = \(externalID)
            """
        )
        if !early.isEmpty { try await moveByEarly(id, externalID) }
    }

    /// What the provider told before its own id was known.
    private func moveByEarly(_ id: String, _ externalID: String) async throws {
        let kind = provider.kind.rawValue
        let isTemporary = isTemporary
        try await database.withTransaction(attempts: 3) { transaction in
            let early = try await transaction.query(
                """
                DELETE FROM delivery_statuses WHERE provider = \(kind) AND external_id = \(externalID)
                RETURNING status, at, error_code, error_detail
                """
            )
            for row in early {
                let word: String = try row["status"]
                guard let progress = MessageStatus.Progress(rawValue: word) else { continue }
                let status = MessageStatus(
                    externalID: externalID,
                    progress: progress,
                    at: try row["at"],
                    errorCode: try row["error_code"],
                    errorDetail: try row["error_detail"]
                )
                try await Inbox.move(id, by: status, isTemporary, transaction)
            }
        }
    }

    /// A duration as the database reads it.
    private static func interval(_ duration: Duration) -> String {
        "\(duration.wholeMilliseconds) milliseconds"
    }
}

extension SendProblem {
    /// The problem as a sentence.
    fileprivate var text: String { "message not sent: \(code.map { "\($0): " } ?? "")\(detail)" }
}

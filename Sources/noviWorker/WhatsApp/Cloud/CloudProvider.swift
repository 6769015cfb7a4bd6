import Dispatch
import Logging
import Shared
import Synchronization
import WhatsAppCloud
import WorkerSupport

/// Meta's Cloud API (spec E3): sends by HTTP, receives by webhooks that another worker hands on.
///
/// The link is up as long as Meta answers for our number. That it takes messages shows only when one is sent.
final class CloudProvider: WhatsAppProvider {
    /// Notes that a person has another phone or id from now on; what it throws has Meta tell it again.
    typealias PersonChange = @Sendable (_ from: CloudPerson, _ to: CloudPerson) async throws -> Void

    let kind = ProviderKind.cloud

    /// Nothing of it: groups that people made cannot be joined, replies bring an id only, the 24 hours count, and there is a
    /// token instead of a code.
    let capabilities: Set<ProviderCapability> = []

    let events: AsyncStream<ConnectionMachine.Event>

    let settings: CloudSettings
    let intake: any MessageIntake
    let log: WorkerLog
    let signature: WebhookSignature
    let personChanged: PersonChange?

    private let continuation: AsyncStream<ConnectionMachine.Event>.Continuation
    private let state: Mutex<State>

    private struct State {
        var client: CloudClient?
        var watch: Task<Void, Never>?
        var pace: SendPace
        var setbacks = CloudSetbacks()
        var number: CloudNumber?
    }

    /// Makes a provider; it does nothing before ``start()``, but takes webhooks.
    ///
    /// - Parameters:
    ///   - settings: Our number at Meta.
    ///   - intake: Stores what webhooks bring.
    ///   - log: Where accidents are told.
    ///   - personChanged: Notes new phones and ids of people.
    init(
        settings: CloudSettings,
        intake: any MessageIntake,
        log: WorkerLog,
        personChanged: PersonChange? = nil
    ) {
        self.settings = settings
        self.intake = intake
        self.log = log
        self.personChanged = personChanged
        signature = WebhookSignature(appSecret: settings.appSecret.text)
        state = Mutex(State(pace: SendPace(rates: settings.rates)))
        (events, continuation) = AsyncStream.makeStream(
            of: ConnectionMachine.Event.self,
            bufferingPolicy: .bufferingNewest(Limits.messages)
        )
    }

    deinit {
        // The client insists on being closed.
        guard let client = state.withLock({ $0.client }) else { return }
        Task { await client.close() }
    }

    /// What Meta told of our number last; `nil` before the first answer.
    var number: CloudNumber? { state.withLock { $0.number } }

    var phone: String? { number?.phone }

    var details: JSONObject {
        guard let number else { return [:] }
        return [
            "verified_name": number.verifiedName.map(JSONValue.string) ?? .null,
            "quality": number.qualityRating.map(JSONValue.string) ?? .null,
        ]
    }

    func check() async -> [ProviderFinding] { await CloudCheck(settings).findings() }

    func start() async throws {
        await stop()
        let client = CloudClient(settings)
        let watch = Task { await self.watch(client) }
        state.withLock { state in
            state.client = client
            state.watch = watch
        }
    }

    func stop() async {
        let (client, watch) = state.withLock { state in
            defer { (state.client, state.watch) = (nil, nil) }
            return (state.client, state.watch)
        }
        watch?.cancel()
        await watch?.value
        await client?.close()
    }

    /// Tells what happened to the link.
    func tell(_ event: ConnectionMachine.Event) {
        continuation.yield(event)
    }

    // MARK: - Watching

    /// Asks for our number, now and then; two silences in a row are an end.
    private func watch(_ client: CloudClient) async {
        var wasReady = false
        var silences = 0
        while !Task.isCancelled {
            let end = await lookUp(client)
            if Task.isCancelled { return }
            switch end {
            case nil:
                if !wasReady { tell(.ready) }
                wasReady = true
                silences = 0
            case .transient(let reason) where wasReady && silences == 0:
                silences += 1
                log.operations.warning("whatsapp: Meta does not answer for our number: \(reason)")
            case .some(let reason):
                return tell(.disconnected(reason))
            }
            try? await Task.sleep(for: silences == 0 ? settings.pingInterval : settings.pingInterval / 4)
        }
    }

    /// Why the link is none; `nil` when Meta answers as it should.
    private func lookUp(_ client: CloudClient) async -> DisconnectReason? {
        let answer: CloudClient.Answer
        do {
            answer = try await client.number()
        } catch {
            switch error {
            case .notSent(let reason): return .transient("cannot reach \(settings.baseURL): \(reason)")
            case .unclear(let reason): return .transient(reason)
            }
        }
        // Of an answer that is good, the reader of answers says "unclear": it has no message's id.
        if case .refused(let errorClass, let error) = CloudAnswer(
            httpStatus: answer.status,
            body: answer.body
        ) {
            return Self.reason(errorClass, error, status: answer.status)
        }
        guard let number = CloudNumber(answer.body) else {
            return .transient("the answer for our number is no JSON object")
        }
        state.withLock { $0.number = number }
        return nil
    }

    private static func reason(
        _ errorClass: CloudErrorClass,
        _ error: CloudError?,
        status: Int
    ) -> DisconnectReason {
        let word = error.map { "\($0.code) \($0.title.prefix(200))" } ?? "HTTP \(status)"
        return switch errorClass {
        // A number or version that is not there is as much for a person to mend as a token.
        case .loggedOut, .notPermitted, .badRequest: .loggedOut(word)
        case .blocked: .blocked(word)
        case .badTemplate, .rateLimited, .pairLimited, .heldBack, .outsideWindow, .undeliverable, .temporary:
            .transient(word)
        }
    }

    // MARK: - Sending

    func send(_ message: OutgoingMessage) async -> SendOutcome {
        guard let client = state.withLock({ $0.client }) else {
            let reason = "the link is closed"
            return .unlinked(.transient(reason), SendProblem(detail: reason))
        }
        switch request(message) {
        case .failure(let problem): return .dead(problem)
        case .success(let request):
            if let early = await waitForTurn(message.chat) { return early }
            var outcome = await attempt(request, message, client)
            if case .dead(let problem) = outcome, problem.code == Self.outsideWindow, case .text = request,
                let template = template(message)
            {
                outcome = await attempt(template, message, client)
            }
            return outcome
        }
    }

    private static let outsideWindow: Int64 = 131_047

    /// How long a message waits here for its turn, at most; after that it is given back.
    private static let turnWait: Duration = .seconds(1)

    private func request(_ message: OutgoingMessage) -> Result<CloudRequest, SendProblem> {
        if message.isWithinWindow, let text = message.text {
            guard !text.isEmpty, text.unicodeScalars.count <= CloudLimits.textScalars else {
                let detail = "a text must have 1 to \(CloudLimits.textScalars) characters"
                return .failure(SendProblem(detail: detail, needsAttention: true))
            }
            return .success(
                .text(
                    text,
                    to: CloudRequest.Recipient(chat: message.chat),
                    replyTo: message.replyTo,
                    opaqueData: Self.opaqueData(message)
                )
            )
        }
        if let request = template(message) { return .success(request) }
        return .failure(
            SendProblem(
                code: Self.outsideWindow,
                detail: "nobody of this chat wrote within 24 hours, and there is no template for it",
                needsAttention: true
            )
        )
    }

    /// The message's own template, or the one of the settings with its text.
    private func template(_ message: OutgoingMessage) -> CloudRequest? {
        let own = message.template.flatMap { CloudTemplate($0) }
        let fallback = settings.fallbackTemplate.flatMap { template in
            message.text.flatMap { CloudTemplate(template, text: $0) }
        }
        guard let template = own ?? fallback else { return nil }
        return .template(
            name: template.name,
            language: template.language,
            parameters: template.parameters,
            to: CloudRequest.Recipient(chat: message.chat),
            opaqueData: Self.opaqueData(message)
        )
    }

    private static func opaqueData(_ message: OutgoingMessage) -> String {
        CloudReceipt.opaquePrefix + message.id
    }

    /// Waits until a message to a chat may go out; an outcome when that takes too long.
    private func waitForTurn(_ chat: String) async -> SendOutcome? {
        let begin = Self.now()
        while true {
            let now = Self.now()
            let (isTaken, ready, numberReady) = state.withLock { state in
                // Nobody writes to "": its turn is the number's.
                (
                    state.pace.take(chat, now: now), state.pace.readyAt(chat, now: now),
                    state.pace.readyAt("", now: now)
                )
            }
            if isTaken { return nil }
            if ready - begin > Self.turnWait || Task.isCancelled {
                let isPair = ready > numberReady
                let problem = SendProblem(
                    detail: isPair ? "the pace to one person" : "the pace of our number",
                    wait: ready - now,
                    isOutOfTurn: true
                )
                return .retry(problem, hold: isPair ? .chat : .account)
            }
            try? await Task.sleep(for: ready - now)
        }
    }

    private func attempt(
        _ request: CloudRequest,
        _ message: OutgoingMessage,
        _ client: CloudClient
    ) async -> SendOutcome {
        let answer: CloudClient.Answer
        do {
            answer = try await client.send(request)
        } catch {
            switch error {
            case .unclear(let reason): return .unknown(SendProblem(detail: reason))
            case .notSent(let reason):
                let reason = "cannot reach \(settings.baseURL): \(reason)"
                tell(.disconnected(.transient(reason)))
                return .unlinked(.transient(reason), SendProblem(detail: reason))
            }
        }
        switch CloudAnswer(httpStatus: answer.status, body: answer.body) {
        case .accepted(let id):
            state.withLock { $0.setbacks.noteAccepted(chat: message.chat) }
            return .accepted(externalID: id)
        case .unclear:
            return .unknown(SendProblem(detail: "HTTP \(answer.status) without a message's id"))
        case .refused(let errorClass, let error):
            return outcome(errorClass, error, answer, message)
        }
    }

    private func outcome(
        _ errorClass: CloudErrorClass,
        _ error: CloudError?,
        _ answer: CloudClient.Answer,
        _ message: OutgoingMessage
    ) -> SendOutcome {
        let now = Self.now()
        let (grown, isHeldBackOften) = state.withLock { state in
            let wait = state.setbacks.note(errorClass, chat: message.chat)
            let whole = wait.map { max($0, answer.retryAfter ?? .zero) }
            if let whole, errorClass.hold == .everything { state.pace.holdAll(until: now + whole) }
            if let whole, errorClass.hold == .recipient {
                state.pace.hold(message.chat, until: now + whole, now: now)
            }
            return (whole, state.setbacks.isHeldBackOften)
        }
        var problem = SendProblem(
            code: error?.code,
            detail: error.map(Self.detail) ?? "HTTP \(answer.status)",
            wait: grown,
            needsAttention: errorClass.isAlarming
        )
        switch errorClass {
        case .loggedOut, .notPermitted, .blocked:
            let reason = Self.reason(errorClass, error, status: answer.status)
            tell(.disconnected(reason))
            return .unlinked(reason, problem)
        case .badRequest, .badTemplate, .undeliverable:
            return .dead(problem)
        case .outsideWindow:
            problem.needsAttention = true
            return .dead(problem)
        case .rateLimited:
            return .retry(problem, hold: .account)
        case .heldBack:
            problem.needsAttention = isHeldBackOften
            return .retry(problem, hold: .chat)
        case .pairLimited, .temporary:
            return .retry(problem, hold: .chat)
        }
    }

    private static func detail(_ error: CloudError) -> String {
        let details = error.details.map { ": \($0)" } ?? ""
        return String("\(error.title)\(details)".prefix(500))
    }

    private static func now() -> MonotonicInstant {
        MonotonicInstant(nanoseconds: Int64(clamping: DispatchTime.now().uptimeNanoseconds))
    }
}

extension SendProblem: Error {}

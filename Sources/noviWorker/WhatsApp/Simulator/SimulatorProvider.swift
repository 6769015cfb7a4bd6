import Postgres
import Shared
import Synchronization
import WhatsAppCloud

/// A provider without a phone: ready at once by itself, and whatever else by script or by its interface.
///
/// It keeps what it sent, as a phone does, and tells it again when it is started: a bridge that was killed between sending and writing
/// down learns from it what went out.
final class SimulatorProvider: WhatsAppProvider {
    private struct State {
        var tasks: [Task<Void, Never>] = []
        var hasPlayedScript = false
        var messages = 0
        var behaviour = SimulatorBehaviour()
    }

    let kind = ProviderKind.simulator
    let capabilities = Set(ProviderCapability.allCases)
    let events: AsyncStream<ConnectionMachine.Event>

    private let continuation: AsyncStream<ConnectionMachine.Event>.Continuation
    private let script: SimulatorScript?
    private let intake: any MessageIntake
    private let phone: SimulatedPhone
    private let state = Mutex(State())
    /// Tells messages of one life of the simulator from those of another.
    private let life = UInt32.random(in: 0 ... .max)

    /// Who writes when nobody is named.
    static let usualSender = "2340000000001@c.us"

    /// Makes a simulator.
    ///
    /// - Parameters:
    ///   - script: What the first attempt does; `nil` to become ready within 50 ms, as later attempts do.
    ///   - intake: Takes what is received.
    ///   - phone: Keeps what is sent.
    init(script: SimulatorScript? = nil, intake: any MessageIntake, phone: SimulatedPhone) {
        self.script = script
        self.intake = intake
        self.phone = phone
        (events, continuation) = AsyncStream.makeStream(
            of: ConnectionMachine.Event.self,
            bufferingPolicy: .bufferingOldest(Limits.messages)
        )
    }

    func start() async throws {
        let isFirst = state.withLock { state in
            defer { state.hasPlayedScript = true }
            return !state.hasPlayedScript
        }
        let usual: [SimulatorScript.Step] = [
            SimulatorScript.Step(after: .milliseconds(10), event: .connection(.authenticated)),
            SimulatorScript.Step(after: .milliseconds(25), event: .connection(.syncing)),
            SimulatorScript.Step(after: .milliseconds(40), event: .connection(.ready)),
        ]
        // What a phone still has of an earlier link is told before anything new.
        let earlier = phone.sent.map { message in
            MessageStatus(
                externalID: message.externalID,
                outboxID: message.outboxID,
                progress: .sent,
                at: .now()
            )
        }
        if isFirst, !earlier.isEmpty { try await intake.take([], earlier) }
        // A script goes on over later attempts, so that it can tell what happens in between; the usual start does not.
        if isFirst, let script {
            play(script.steps, endsWithAttempt: false)
        } else {
            play(usual, endsWithAttempt: true)
        }
    }

    func stop() async {
        let tasks = state.withLock { state in
            defer { state.tasks = [] }
            return state.tasks
        }
        for task in tasks { task.cancel() }
    }

    // MARK: - Sending

    func send(_ message: OutgoingMessage) async -> SendOutcome {
        if let code = takeRefusal() { return Self.refusal(code) }
        let number = state.withLock { state in
            state.messages += 1
            return state.messages
        }
        let externalID = "sim-out-\(life)-\(number)"
        phone.note(
            SimulatedPhone.Sent(
                outboxID: message.id,
                externalID: externalID,
                chat: message.chat,
                text: message.text ?? ""
            )
        )
        receipts(of: externalID)
        return .accepted(externalID: externalID)
    }

    /// Changes how the phone answers.
    func behave(_ change: (inout SimulatorBehaviour) -> Void) {
        state.withLock { change(&$0.behaviour) }
    }

    private func takeRefusal() -> Int64? {
        state.withLock { state in
            guard let refusal = state.behaviour.refusal, refusal.count > 0 else { return nil }
            state.behaviour.refusal?.count -= 1
            return refusal.code
        }
    }

    private static func refusal(_ code: Int64) -> SendOutcome {
        let problem = SendProblem(code: code, detail: "refused by the simulator")
        return switch CloudErrorClass(code: code) {
        case .loggedOut, .notPermitted: .unlinked(.loggedOut("\(code)"), problem)
        case .blocked: .unlinked(.blocked("\(code)"), problem)
        case .rateLimited: .retry(problem, hold: .account)
        case .pairLimited, .temporary, .heldBack: .retry(problem, hold: .chat)
        case .badRequest, .badTemplate, .outsideWindow, .undeliverable: .dead(problem)
        }
    }

    private func receipts(of externalID: String) {
        let behaviour = state.withLock { $0.behaviour }
        var progress: [MessageStatus.Progress] = [.sent, .delivered, .read]
        switch behaviour.receipts {
        case .none: return
        case .ordered: break
        case .reversed: progress.reverse()
        case .duplicated: progress = progress.flatMap { [$0, $0] }
        }
        let statuses = progress.map { MessageStatus(externalID: externalID, progress: $0, at: .now()) }
        let task = Task { [intake] in
            try? await Task.sleep(for: behaviour.receiptDelay)
            for status in statuses where !Task.isCancelled { try? await intake.take([], [status]) }
        }
        state.withLock { state in
            state.tasks.removeAll { $0.isCancelled }
            if state.tasks.count < Limits.messages { state.tasks.append(task) }
        }
    }

    // MARK: - Receiving

    /// Lets something happen to the link now; returns `false` when the reader is so far behind that it was lost.
    @discardableResult
    func perform(_ event: ConnectionMachine.Event) -> Bool {
        if case .enqueued = continuation.yield(event) { return true }
        return false
    }

    /// Receives a message as if somebody had written it.
    ///
    /// - Returns: The provider's id of it.
    /// - Throws: When it could not be stored.
    @discardableResult
    func receive(_ message: SimulatorMessage) async throws -> String {
        let number = state.withLock { state in
            state.messages += 1
            return state.messages
        }
        let sender = message.from ?? Self.usualSender
        let externalID = message.externalID ?? "simulated-\(life)-\(number)"
        try await intake.take(
            [
                InboundMessage(
                    externalID: externalID,
                    chat: message.chat ?? sender,
                    sender: sender,
                    text: message.text,
                    quotedID: message.quotedID,
                    quotedText: message.quotedText,
                    sentAt: .now()
                )
            ],
            []
        )
        return externalID
    }

    private func play(_ steps: [SimulatorScript.Step], endsWithAttempt: Bool) {
        let begin = ContinuousClock.now
        let task = Task {
            for step in steps {
                try? await Task.sleep(until: begin + step.after)
                if Task.isCancelled { return }
                switch step.event {
                case .connection(let event): perform(event)
                case .message(let message): await keepTrying(message)
                case .behaviour(let behaviour): behave { $0 = behaviour }
                }
            }
        }
        if endsWithAttempt { state.withLock { $0.tasks.append(task) } }
    }

    /// A phone delivers a message until it is taken.
    private func keepTrying(_ message: SimulatorMessage) async {
        while !Task.isCancelled {
            if (try? await receive(message)) != nil { return }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }
}

/// A message that somebody writes to the simulated phone.
struct SimulatorMessage: Equatable, Sendable {
    var text: String
    var from: String?
    var chat: String?
    /// The provider's id; the same one again is the same message again.
    var externalID: String?
    var quotedID: String?
    var quotedText: String?
}

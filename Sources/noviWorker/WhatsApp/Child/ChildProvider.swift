import Logging
import Shared
import Synchronization
import WorkerSupport

/// A library of any language in a child process (spec E4); each attempt is a new child.
///
/// The protocol is in `packaging/whatsapp-web/README.md`.
final class ChildProvider: WhatsAppProvider {
    let kind = ProviderKind.child
    let capabilities = Set(ProviderCapability.allCases)
    let events: AsyncStream<ConnectionMachine.Event>

    private struct Attempt {
        var link: ChildLink
        var run: Task<Void, Never>
    }

    private let settings: ChildSettings
    private let intake: any MessageIntake
    private let log: WorkerLog
    private let continuation: AsyncStream<ConnectionMachine.Event>.Continuation
    private let attempt = Mutex<Attempt?>(nil)

    /// Makes a provider; ``start()`` starts a child.
    init(settings: ChildSettings, intake: any MessageIntake, log: WorkerLog) {
        self.settings = settings
        self.intake = intake
        self.log = log
        (events, continuation) = AsyncStream.makeStream(
            of: ConnectionMachine.Event.self,
            bufferingPolicy: .bufferingNewest(Limits.messages)
        )
    }

    /// What `GetStatus` tells of the child: process, adapter, memory.
    var details: JSONObject { attempt.withLock { $0?.link.details } ?? [:] }

    /// The code that waits to be scanned, which belongs in no log; `nil` when there is none.
    var qrCode: String? { attempt.withLock { $0?.link.qr } ?? nil }

    func start() async throws {
        await stop()
        let continuation = continuation
        let link = ChildLink(settings: settings, intake: intake, log: log) { continuation.yield($0) }
        let run = Task { await link.run() }
        attempt.withLock { $0 = Attempt(link: link, run: run) }
    }

    func stop() async {
        let present = attempt.withLock { attempt in
            defer { attempt = nil }
            return attempt
        }
        guard let present else { return }
        await present.link.stop()
        // What cannot be stored now is not waited for.
        present.run.cancel()
        await present.run.value
    }

    func send(_ message: OutgoingMessage) async -> SendOutcome {
        guard let link = attempt.withLock({ $0?.link }) else {
            let reason = "there is no child"
            return .unlinked(.transient(reason), SendProblem(detail: reason))
        }
        guard message.text?.isEmpty == false else {
            return .dead(SendProblem(detail: "only texts can be sent", needsAttention: true))
        }
        return await link.send(message)
    }

    /// Ends the session with WhatsApp; what comes of it the child tells.
    func logout() async {
        attempt.withLock { $0?.link }?.give(.logout)
    }
}

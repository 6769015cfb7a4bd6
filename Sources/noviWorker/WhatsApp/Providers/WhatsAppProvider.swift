import Shared

/// What carries messages to and from WhatsApp: one account, one link at a time (spec E5).
///
/// What comes in is not an event: a provider gives it to the ``MessageIntake`` that it was made with, and confirms it to
/// whoever it got it from only when that returned.
protocol WhatsAppProvider: Sendable {
    /// Which provider it is.
    var kind: ProviderKind { get }

    /// What it can do.
    var capabilities: Set<ProviderCapability> { get }

    /// What happens to the link, over all attempts; read by one reader.
    var events: AsyncStream<ConnectionMachine.Event> { get }

    /// Begins an attempt to connect; how it goes comes by ``events``.
    func start() async throws

    /// Ends the link and whatever runs for it.
    func stop() async

    /// Sends a message; called for one message of a chat at a time, and only while the link is ready.
    ///
    /// Returns when the provider answered, or when it is not to be expected any more (``SendOutcome/unknown(_:)``).
    func send(_ message: OutgoingMessage) async -> SendOutcome

    /// What is to be drawn for the phone while the link is in the state `qr`; whoever scans it has the account.
    var qrCode: String? { get }

    /// Our own phone in international form, where the provider knows it.
    var phone: String? { get }

    /// What there is to tell of the provider itself.
    var details: JSONObject { get }

    /// Looks whether everything outside that the provider needs is in order; takes some seconds at most.
    func check() async -> [ProviderFinding]

    /// Ends the session with WhatsApp, so that the phone has to be paired anew.
    func logout() async
}

extension WhatsAppProvider {
    /// Nothing to scan.
    var qrCode: String? { nil }

    /// Not known.
    var phone: String? { nil }

    /// Nothing.
    var details: JSONObject { [:] }

    /// Nothing outside.
    func check() async -> [ProviderFinding] { [] }

    /// There is no session to end.
    func logout() async {}
}

/// The providers that there are, by the word that is in the database.
enum ProviderKind: String, CaseIterable, Sendable {
    /// Without a phone, by script.
    case simulator
    /// Meta's Cloud API.
    case cloud
    /// A library of any language in a child process.
    case child
}

/// What providers differ in.
enum ProviderCapability: String, CaseIterable, Sendable {
    /// Takes part in groups that people made.
    case groups
    /// Brings the text that a reply quotes.
    case quotedText = "quoted_text"
    /// May write at any time, not only within 24 hours of a message.
    case freeFormAlways = "free_form_always"
    /// Is paired by a QR code.
    case qrLogin = "qr_login"
}

/// Takes what a provider received.
protocol MessageIntake: Sendable {
    /// Stores messages and what became of sent ones; all of it is committed when this returns.
    ///
    /// Messages that are there already change nothing.
    ///
    /// - Throws: When it could not be stored; the provider shall have it delivered again, or keep it and try again.
    func take(_ messages: [InboundMessage], _ statuses: [MessageStatus]) async throws
}

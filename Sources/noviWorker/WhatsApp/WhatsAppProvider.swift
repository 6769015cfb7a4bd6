import Shared

/// What carries messages to and from WhatsApp: one account, one link at a time (spec E5).
protocol WhatsAppProvider: Sendable {
    /// Its name, such as `simulator`.
    var name: String { get }

    /// What it can do.
    var capabilities: Set<ProviderCapability> { get }

    /// Everything that happens, over all attempts; read by one reader.
    var events: AsyncStream<ProviderEvent> { get }

    /// Begins an attempt to connect; how it goes comes by ``events``.
    func start() async throws

    /// Ends the link and whatever runs for it.
    func stop() async
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

/// What a provider tells.
enum ProviderEvent: Equatable, Sendable {
    /// The link's progress or end.
    case connection(ConnectionMachine.Event)
    /// A message for us.
    case message(InboundMessage)
}

/// A message that came in.
struct InboundMessage: Equatable, Sendable {
    /// The provider's id; the same message twice has the same one.
    let externalID: String

    /// The chat, as the provider names it.
    let chat: String

    /// Who wrote it, as the provider names them.
    let sender: String

    /// The text.
    let text: String
}

public import Shared

/// A message that came in by webhook: one value for every shape.
public struct CloudMessage: Hashable, Sendable {
    /// What it is.
    public enum Kind: Hashable, Sendable {
        case text
        case image
        case audio
        case video
        case document
        case sticker
        case location
        case contacts
        /// A button of a template was pressed.
        case button
        /// A button or a list entry of an interactive message was chosen.
        case interactive
        /// Products of a catalogue were ordered.
        case order
        case reaction
        case system
        case unsupported
        /// A type that came after this was written.
        case unknown(String)

        init(_ word: String) {
            switch word {
            case "text": self = .text
            case "image": self = .image
            case "audio": self = .audio
            case "video": self = .video
            case "document": self = .document
            case "sticker": self = .sticker
            case "location": self = .location
            case "contacts": self = .contacts
            case "button": self = .button
            case "interactive": self = .interactive
            case "order": self = .order
            case "reaction": self = .reaction
            case "system": self = .system
            case "unsupported": self = .unsupported
            default: self = .unknown(word)
            }
        }

        /// Meta's word.
        public var word: String {
            switch self {
            case .unknown(let word): word
            case .text: "text"
            case .image: "image"
            case .audio: "audio"
            case .video: "video"
            case .document: "document"
            case .sticker: "sticker"
            case .location: "location"
            case .contacts: "contacts"
            case .button: "button"
            case .interactive: "interactive"
            case .order: "order"
            case .reaction: "reaction"
            case .system: "system"
            case .unsupported: "unsupported"
            }
        }
    }

    /// Meta's id (`wamid.…`); the same message twice has the same one.
    public var id: String

    /// The number of ours that it went to, by Meta's id.
    public var numberID: String

    /// Who wrote it.
    public var sender: CloudPerson

    /// The name in the sender's profile.
    public var senderName: String?

    /// The sender's username, where there is one.
    public var senderUsername: String?

    /// The group that it was written in; `nil` for a direct chat.
    public var groupID: String?

    /// When it was sent, in seconds since 1970.
    public var sentAt: Int64

    /// What it is.
    public var kind: Kind

    /// What is written: the text, the caption of a picture, the label of a button.
    public var text: String?

    /// The message that it answers, by Meta's id; its text is not told.
    public var repliedID: String?

    /// The whole message as Meta delivered it, where there is no text to keep; `nil` beyond ``CloudLimits/rawMessageBytes``.
    public var raw: JSONValue?

    /// The chat that an answer goes to: the group, the phone, or the id.
    public var chat: String { groupID ?? sender.phone ?? sender.userID ?? "" }

    /// Whether it deserves the answer that only text can be read.
    public var asksForText: Bool {
        switch kind {
        case .image, .audio, .video, .document, .sticker, .location, .contacts, .order: text == nil
        case .text, .button, .interactive, .reaction, .system, .unsupported, .unknown: false
        }
    }
}

/// Why a WhatsApp link ended, as far as it decides what to do (spec E2).
enum DisconnectReason: Equatable, Sendable {
    /// The network or the provider: try again, waiting longer each time.
    case transient(String)
    /// Somebody else uses the number: try once more.
    case conflict(String)
    /// The session is void: wait for a person with a QR code or a token.
    case loggedOut(String)
    /// WhatsApp refuses the account: never try by ourselves.
    case blocked(String)
    /// The provider's program is too old: trying again changes nothing.
    case outdated(String)

    /// The provider's own word.
    var word: String {
        switch self {
        case .transient(let word), .conflict(let word), .loggedOut(let word), .blocked(let word),
            .outdated(let word):
            word
        }
    }

    /// Sorts a provider's word: names of WhatsApp Web, HTTP status codes and codes of Meta's API.
    ///
    ///     LOGOUT, UNPAIRED, UNPAIRED_IDLE, 401, 190       logged out
    ///     TOS_BLOCK, SMB_TOS_BLOCK, 403, 368, 131031      blocked
    ///     CONFLICT, REPLACED, 440                         conflict
    ///     DEPRECATED_VERSION                              outdated
    ///     anything else                                   transient
    init(word: String) {
        switch word.uppercased() {
        case "LOGOUT", "UNPAIRED", "UNPAIRED_IDLE", "401", "190": self = .loggedOut(word)
        case "TOS_BLOCK", "SMB_TOS_BLOCK", "403", "368", "131031": self = .blocked(word)
        case "CONFLICT", "REPLACED", "440": self = .conflict(word)
        case "DEPRECATED_VERSION": self = .outdated(word)
        default: self = .transient(word)
        }
    }
}

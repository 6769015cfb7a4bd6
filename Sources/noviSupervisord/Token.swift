/// What a descriptor in the epoll set stands for: a kind in the upper byte and a number below.
struct Token {
    /// The kinds of descriptors that the loop watches.
    enum Kind: UInt64 {
        case listener = 1
        case connection
        case signals
        case pump
        case child
        case notify
        case straggler
        case deriver
        case keeper
        case systemJournal
        case keeperReports
        case serviceManager
        case runFolder
        case rehearsal
        case keeperStore
        case readiness
    }

    /// What epoll carries.
    let rawValue: UInt64

    private static let shift: UInt64 = 56
    private static let mask: UInt64 = (1 << 56) - 1

    /// Makes a token; numbers are run ids and connection numbers, which stay below 2⁵⁶.
    init(_ kind: Kind, _ number: UInt64) {
        rawValue = kind.rawValue << Self.shift | (number & Self.mask)
    }

    /// Reads a token that epoll returned; `nil` for a kind that does not exist.
    init?(rawValue: UInt64) {
        guard Kind(rawValue: rawValue >> Self.shift) != nil else { return nil }
        self.rawValue = rawValue
    }

    /// The kind.
    var kind: Kind? { Kind(rawValue: rawValue >> Self.shift) }
    /// The number.
    var number: UInt64 { rawValue & Self.mask }
}

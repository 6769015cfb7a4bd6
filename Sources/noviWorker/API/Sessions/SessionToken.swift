import Crypto

/// What a signed-in client shows: 32 random bytes, opaque.
///
/// The database keeps only their SHA-256.
struct SessionToken: Equatable, Sendable {
    private let bytes: [UInt8]

    private static let byteCount = 32

    /// A new token.
    init() {
        bytes = .random(count: Self.byteCount)
    }

    /// Reads a token that a client shows; `nil` when it is none.
    init?(_ text: some StringProtocol) {
        guard text.utf8.count == 43, let bytes = [UInt8](base64URL: text), bytes.count == Self.byteCount
        else {
            return nil
        }
        self.bytes = bytes
    }

    /// For the client, never for a log.
    var text: String { bytes.base64URL }

    /// For the database.
    var hash: [UInt8] { Array(SHA256.hash(data: bytes)) }
}

/// The name of an app: one entry in `ecosystem.json`.
///
/// A name is 1 to 64 bytes long and holds letters, digits, `.`, `_` and `-`, and starts with a letter or digit, so that
/// it can be part of a file name, of a journal identifier and of a selection without quoting.
public struct AppName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The name as text.
    public let rawValue: String

    /// The longest name accepted, in bytes.
    public static let maximumLength = 64

    /// Checks `text` and makes a name of it, or returns `nil` when it breaks a rule.
    public init?(_ text: String) {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= Self.maximumLength, Self.isAlphanumeric(first) else {
            return nil
        }
        guard bytes.allSatisfy({ Self.isAlphanumeric($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D }) else {
            return nil
        }
        rawValue = text
    }

    /// The name as text.
    public var description: String { rawValue }

    /// Orders names by their bytes.
    public static func < (left: AppName, right: AppName) -> Bool { left.rawValue < right.rawValue }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}

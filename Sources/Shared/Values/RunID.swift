/// The identity of one spawn of a process.
///
/// Given out once per spawn and never again, also not by a later daemon: a late timer, a second exit or a report of an
/// earlier run cannot touch the present one. It is in the child's environment as `NOVI_RUN`.
public struct RunID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number.
    public let rawValue: UInt64

    /// Makes an identity of its number.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Sixteen hexadecimal digits.
    public var description: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// Reads sixteen hexadecimal digits; returns `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 16, text.utf8.first != 0x2B, let number = UInt64(text, radix: 16) else {
            return nil
        }
        rawValue = number
    }

    /// Orders by age: the lower was given out first.
    public static func < (left: RunID, right: RunID) -> Bool { left.rawValue < right.rawValue }
}

import OrderMessages
import Postgres
import Shared

/// Shapes that several routes share.
extension Schema {
    /// A UUID (RFC 9562).
    static let uuid = Schema.text(
        TextRule(length: 36...36, format: "uuid", pattern: UUIDText.pattern) {
            UUIDText.isValid($0) ? nil : "must be a UUID"
        }
    )

    /// A point in time: RFC 3339, UTC, with milliseconds.
    static let timestamp = Schema.text(TextRule(length: 20...30, format: "date-time"))

    /// A day.
    static let date = Schema.text(
        TextRule(length: 10...10, format: "date", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$") {
            CalendarDate($0) == nil ? "must be a day such as 2026-06-24" : nil
        }
    )

    /// An e-mail address.
    static let email = Schema.text(
        TextRule(length: 3...255, format: "email") { text in
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            let isPlain = text.unicodeScalars.allSatisfy {
                !$0.properties.isWhitespace && $0 != "<" && $0 != ">" && $0 != ","
            }
            return isPlain && parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
                ? nil : "must be an e-mail address"
        }
    )

    /// A phone number as people write it: digits, spaces and dashes, with a plus sign if they like (row A56).
    static let phone = Schema.text(
        TextRule(length: 7...30, pattern: "^\\+?[0-9 -]+$") { text in
            let isPlain = text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || [0x20, 0x2B, 0x2D].contains($0)
            }
            guard isPlain, PhoneNumber(text) != nil else {
                return
                    "must be a phone number: digits, spaces, dashes, and a + in front of other countries than Nigeria"
            }
            return nil
        }
    )

    /// A new password.
    static let newPassword = Schema.text(
        TextRule(length: PasswordRules.length, format: "password") { text in
            let problems = PasswordRules.problems(of: text)
            return problems.isEmpty ? nil : problems.joined(separator: "; ")
        }
    )

    /// A password that may be wrong.
    static let password = Schema.text(TextRule(length: 1...256, format: "password"))

    /// A time zone's name in the tz database.
    static let timeZone = Schema.text(
        TextRule(length: 1...50, pattern: "^[A-Za-z]+(/[A-Za-z0-9_+-]+)*$") { text in
            TimeZoneName.isWellFormed(text) ? nil : "must be the name of a time zone, such as Africa/Lagos"
        }
    )

    /// A currency code (ISO 4217).
    static let currency = Schema.text(
        TextRule(length: 3...3, pattern: "^[A-Z]{3}$") { text in
            text.utf8.allSatisfy { (0x41...0x5A).contains($0) }
                ? nil : "must be three upper case letters, such as NGN"
        }
    )
}

/// The text of a UUID.
enum UUIDText {
    static let pattern = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"

    /// Whether a text is one.
    static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return false }
        return bytes.enumerated().allSatisfy { index, byte in
            [8, 13, 18, 23].contains(index) ? byte == 0x2D : isHexDigit(byte)
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}

/// The name of a time zone; whether it exists is known to the database.
enum TimeZoneName {
    /// Whether a text could be one.
    ///
    /// PostgreSQL would also take POSIX rules such as `ABC+5`, which turn the sign around; those are none.
    static func isWellFormed(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, !first.isEmpty, first.utf8.allSatisfy(isLetter) else { return false }
        return parts.dropFirst().allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy {
                    isLetter($0) || (0x30...0x39).contains($0) || [0x5F, 0x2B, 0x2D].contains($0)
                }
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

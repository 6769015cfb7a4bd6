import Shared

/// What Meta tells of our number.
struct CloudNumber: Equatable, Sendable {
    /// The phone as Meta writes it, such as `+234 800 000 0001`.
    var displayPhone: String?
    /// The name that people see.
    var verifiedName: String?
    /// How people take to our messages: GREEN, YELLOW, RED, UNKNOWN.
    var qualityRating: String?

    /// Reads Meta's answer; `nil` when it is no object.
    init?(_ body: [UInt8]) {
        guard let value = try? JSONValue(parsing: body), value.objectValue != nil else { return nil }
        displayPhone = value["display_phone_number"]?.stringValue
        verifiedName = value["verified_name"]?.stringValue
        qualityRating = value["quality_rating"]?.stringValue
    }

    /// The phone in international form, where Meta tells it.
    var phone: String? {
        guard let digits = displayPhone?.filter({ $0.isASCII && $0.isNumber }),
            (5...15).contains(digits.count)
        else { return nil }
        return "+\(digits)"
    }
}

/// A person on WhatsApp, by phone, by business-scoped id, or by both.
///
/// People with a username may have no phone for us; the id is new when they change their number.
public struct CloudPerson: Hashable, Sendable {
    /// The phone in international form without `+`; `nil` when Meta does not tell it.
    public var phone: String?

    /// The business-scoped id, such as `NG.1000…`.
    public var userID: String?

    /// Makes a person.
    public init(phone: String? = nil, userID: String? = nil) {
        self.phone = phone
        self.userID = userID
    }
}

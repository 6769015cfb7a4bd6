/// The fields of an order as far as messages told them.
public struct OrderForm: Hashable, Sendable {
    /// Who gets it.
    public var customerName: String?

    /// The customer's phone.
    public var customerPhone: PhoneNumber?

    /// Further numbers, in E.164, in the order of the message.
    public var alternativePhones: [String] = []

    /// Where it goes; lines joined with ", ".
    public var address: String?

    /// What is ordered; never empty.
    public var items: [OrderItem]?

    /// When it is wanted, in the business's zone.
    public var deliveryDate: CivilDate?

    /// What was written about the date, understood or not.
    public var deliveryDateText: String?

    /// The total that the message tells.
    public var totalAmount: Amount?

    /// Everything else that was said about it.
    public var notes: String?

    /// Makes an empty form.
    public init() {}

    /// A field that an order asks for.
    public enum Field: String, Hashable, CaseIterable, Sendable {
        case customerName = "customer_name"
        case customerPhone = "customer_phone"
        case address
        case items
    }

    /// The required fields that are missing; without them there is no order.
    public var missing: [Field] {
        var missing: [Field] = []
        if customerName == nil { missing.append(.customerName) }
        if customerPhone == nil { missing.append(.customerPhone) }
        if address == nil { missing.append(.address) }
        return missing
    }

    /// Whether the delivery date lies before a day.
    public func isPast(_ today: CivilDate) -> Bool { deliveryDate.map { $0 < today } ?? false }

    /// What was written about the date, where no day was understood.
    public var unreadDate: String? { deliveryDate == nil ? deliveryDateText : nil }

    /// Adds a note on a line of its own.
    mutating func addNote(_ text: String) {
        guard !text.isEmpty else { return }
        let joined = notes.map { "\($0)\n\(text)" } ?? text
        notes = joined.prefixOfScalars(OrderMessageLimits.notesScalars)
    }

    /// Keeps numbers: the first is the customer's unless there is one.
    mutating func addPhones(_ numbers: [PhoneNumber]) {
        for number in numbers {
            guard let first = customerPhone else {
                customerPhone = number
                continue
            }
            guard number.e164 != first.e164, !alternativePhones.contains(number.e164),
                alternativePhones.count < OrderMessageLimits.alternativePhones
            else { continue }
            alternativePhones.append(number.e164)
        }
    }
}

extension String {
    /// At most so many scalars from the start.
    func prefixOfScalars(_ count: Int) -> String {
        guard unicodeScalars.count > count else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.prefix(count)))
    }
}

public import Shared

extension OrderForm {
    /// The form as it is kept in the database (`parse_drafts.partial`); ``init(stored:)`` reads it again.
    public var stored: JSONValue {
        var object = JSONObject()
        append(to: &object)
        if let raw = customerPhone?.raw { object.append("phone_raw", .string(raw)) }
        if let deliveryDateText { object.append("delivery_date_text", .string(deliveryDateText)) }
        return .object(object)
    }

    /// Reads what ``stored`` wrote; what it does not know is left out.
    public init(stored value: JSONValue) {
        self.init()
        customerName = value["customer_name"]?.stringValue
        if let e164 = value["customer_phone"]?.stringValue {
            customerPhone = PhoneNumber(e164: e164, raw: value["phone_raw"]?.stringValue ?? e164)
        }
        alternativePhones = value["alternative_phones"]?.arrayValue?.compactMap(\.stringValue) ?? []
        address = value["address"]?.stringValue
        let stored = value["items"]?.arrayValue?.compactMap(OrderItem.init(stored:)) ?? []
        items = stored.isEmpty ? nil : stored
        deliveryDate = value["delivery_date"]?.stringValue.flatMap { CivilDate($0) }
        deliveryDateText = value["delivery_date_text"]?.stringValue
        totalAmount = value["total_amount"].flatMap(Amount.init(stored:))
        notes = value["notes"]?.stringValue
    }
}

extension OrderItem {
    /// Reads what ``json`` wrote.
    init?(stored value: JSONValue) {
        guard let name = value["name"]?.stringValue, !name.isEmpty,
            let quantity = value["quantity"]?.integerValue,
            (1...Int64(OrderMessageLimits.quantity)).contains(quantity)
        else { return nil }
        self.init(
            name: name,
            quantity: Int(quantity),
            unitPrice: value["unit_price"].flatMap(Amount.init(stored:)),
            linePrice: value["line_price"].flatMap(Amount.init(stored:))
        )
    }
}

extension Amount {
    /// Reads a number of whole units with at most two decimals.
    init?(stored value: JSONValue) {
        guard let number = value.numberValue, number > 0,
            number * 100 <= Double(OrderMessageLimits.amountHundredths)
        else {
            return nil
        }
        self.init(hundredths: Int64((number * 100).rounded()))
    }
}

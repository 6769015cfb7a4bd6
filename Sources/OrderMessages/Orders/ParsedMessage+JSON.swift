public import Shared

extension ParsedMessage {
    /// The result as `noviWorker parse run` prints it and as `order_cases.json` expects it.
    ///
    /// A date before `today`, the day in the business's zone, needs clarification.
    public func json(today: CivilDate) -> JSONValue {
        var object = JSONObject()
        switch reading {
        case .orders(let forms):
            object.append("outcome", "order")
            append(forms, today, to: &object) { form, object in
                if form.items == nil || form.isPast(today) { object.append("needs_clarification", true) }
            }
        case .incomplete(let forms):
            object.append("outcome", "incomplete")
            append(forms, today, to: &object) { form, object in
                object.append("missing", .array(form.missing.map { .string($0.rawValue) }))
            }
        case .command(let command):
            object.append("outcome", "command")
            append(command, to: &object)
        case .ignored(let reason):
            object.append("outcome", "ignored")
            object.append("reason", .string(reason.rawValue))
        }
        if isCut { object.append("cut", true) }
        return .object(object)
    }

    /// One order's fields stand beside the outcome, those of several in `orders`.
    private func append(
        _ forms: [OrderForm],
        _ today: CivilDate,
        to object: inout JSONObject,
        _ rest: (OrderForm, inout JSONObject) -> Void
    ) {
        guard forms.count != 1, let first = forms.first else {
            forms.first?.append(to: &object)
            if let first = forms.first { rest(first, &object) }
            return
        }
        _ = first
        let orders = forms.map { form in
            var fields = JSONObject()
            form.append(to: &fields)
            rest(form, &fields)
            return JSONValue.object(fields)
        }
        object.append("orders", .array(orders))
    }

    private func append(_ command: Command, to object: inout JSONObject) {
        object.append("command", .string(command.word))
        switch command {
        case .done(let id, let note):
            if let id { object.append("order_id", .string(id.description)) }
            if let note { object.append("argument", .string(note)) }
        case .cancel(let id, let reason):
            if let id { object.append("order_id", .string(id.description)) }
            if let reason { object.append("argument", .string(reason)) }
        case .setup(let identifier):
            if let identifier { object.append("argument", .string(identifier)) }
        case .unknown(let word): object.append("argument", .string(word))
        case .pending, .daily, .weekly, .monthly, .help, .status: break
        }
    }
}

extension OrderForm {
    /// Adds the fields; those that every order has are null where they are missing, others are left out.
    func append(to object: inout JSONObject) {
        object.append("customer_name", text(customerName))
        object.append("customer_phone", text(customerPhone?.e164))
        object.append("address", text(address))
        object.append("items", items.map { .array($0.map(\.json)) } ?? .null)
        object.append("delivery_date", text(deliveryDate?.description))
        if let unreadDate { object.append("delivery_date_raw", .string(unreadDate)) }
        if !alternativePhones.isEmpty {
            object.append("alternative_phones", .array(alternativePhones.map(JSONValue.string)))
        }
        if let totalAmount { object.append("total_amount", totalAmount.json) }
        if let notes { object.append("notes", .string(notes)) }
    }

    private func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }
}

extension OrderItem {
    /// Name, quantity and the price where there is one.
    var json: JSONValue {
        var object = JSONObject()
        object.append("name", .string(name))
        object.append("quantity", .integer(Int64(quantity)))
        if let unitPrice { object.append("unit_price", unitPrice.json) }
        if let linePrice { object.append("line_price", linePrice.json) }
        return .object(object)
    }
}

extension Amount {
    /// A whole number where it is one.
    var json: JSONValue {
        hundredths % 100 == 0 ? .integer(hundredths / 100) : .number(Double(hundredths) / 100)
    }
}

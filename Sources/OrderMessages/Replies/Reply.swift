/// What is answered to a message that made no order, or one with open questions.
public enum Reply {
    /// The form, for somebody who only said that they want to order.
    public static let form = """
        To order, please send this in one message:
        Name: 
        Phone: 
        Address: 
        Items: 
        Date: 
        """

    /// Names exactly what is missing in the orders of a message; those that lack nothing are not mentioned.
    public static func missing(in forms: [OrderForm]) -> String {
        if forms.count == 1, let form = forms.first {
            guard form != OrderForm() else { return Self.form }
            let greeting = form.customerName.map { "Thank you, \(oneLine($0)). " } ?? ""
            return
                "\(greeting)For your order I still need \(list(form)). Please send just that within 10 minutes."
        }
        let open = forms.enumerated().filter { !$1.missing.isEmpty }
        let lines = open.map { index, form in "Order \(index + 1)\(name(form)): \(list(form))" }
        return
            "I found \(forms.count) orders and still need:\n\(lines.joined(separator: "\n"))\nPlease send them again, complete."
    }

    /// Asks for what an order that was taken leaves open; `nil` when it leaves nothing open.
    public static func question(about form: OrderForm, id: OrderID, today: CivilDate) -> String? {
        var questions: [String] = []
        if form.items == nil {
            questions.append("What would you like to order? For example: 2 cakes, 1 pie.")
        }
        if form.isPast(today), let day = form.deliveryDate {
            questions.append("The delivery date \(day.longText) is past. Which day shall it be?")
        }
        guard !questions.isEmpty else { return nil }
        return "Order \(id): \(questions.joined(separator: " "))"
    }

    /// For `done` and `cancel` without an id.
    public static let whichOrder = """
        Which one? Reply to the order's message, or send for example: done #ABC-20260610-001
        """

    /// For `/setup` without an identifier.
    public static let whichBusiness = """
        Which one? Send /setup and the business's identifier, for example: /setup bigcakes-ABC123
        """

    /// For `done #…` with something that is no id.
    public static let malformedID = """
        I did not understand the order id. It looks like ABC-20260610-001; reply to the order's message instead, if you like.
        """

    /// For a message that is no text.
    public static let textOnly = "I can read text only. Please write your order."

    /// For a message that was more than five minutes old.
    public static let late = "Your message reached us late; we have it now."

    /// For a message that was longer than what is read.
    public static let cut =
        "Your message was very long; only its first 4096 characters were read. Please check the order."

    /// What can be typed.
    public static let help = """
        /pending: orders that are not delivered
        /daily, /weekly, /monthly: reports
        done #ID: an order is delivered
        cancel #ID reason: an order is cancelled
        (or reply done or cancel to an order's message)
        /status: how the bot is
        /help: this text
        """

    /// For another word behind a slash.
    public static func unknown(_ word: String) -> String {
        "I do not know /\(word.prefixOfScalars(40)).\n\(help)"
    }

    /// The answer to a command that cannot be carried out as it stands; `nil` for those that can.
    public static func answer(to command: Command) -> String? {
        switch command {
        case .done(nil, _), .cancel(nil, _): whichOrder
        case .setup(nil): whichBusiness
        case .help: help
        case .unknown(let word): unknown(word)
        case .done, .cancel, .setup, .pending, .daily, .weekly, .monthly, .status: nil
        }
    }

    private static func list(_ form: OrderForm) -> String {
        let names = form.missing.map { field in
            switch field {
            case .customerName: "the customer's name"
            case .customerPhone: "a phone number (for example 0803 000 1122)"
            case .address: "the delivery address"
            case .items: "the items"
            }
        }
        guard let last = names.last, names.count > 1 else { return names.first ?? "nothing" }
        return "\(names.dropLast().joined(separator: ", ")) and \(last)"
    }

    private static func name(_ form: OrderForm) -> String {
        form.customerName.map { " (\(oneLine($0)))" } ?? ""
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

import OrderMessages
import Shared
import Testing

@Suite struct DraftTests {
    private func draft(_ text: String) throws -> OrderDraft { OrderDraft(try form(text)) }

    private func answer(_ text: String, to draft: OrderDraft) -> MessageReading {
        MessageParser(today: wednesday).parse(ReceivedMessage(text: text), completing: draft).reading
    }

    private let full = [
        "Name: Ada Obi", "Phone: 08031112222", "Address: 12 Allen Avenue, Ikeja", "Items: 2 cakes",
    ]

    /// The order without one of its lines, and with it.
    private func without(_ index: Int) -> String {
        full.enumerated().filter { $0.offset != index }.map(\.element).joined(separator: "\n")
    }

    @Test(arguments: [
        (0, "Ada Obi"), (0, "ada obi"), (0, "Ada"), (0, "My name is Ada Obi"), (0, "Name: Ada Obi"),
        (0, "the name is Ada Obi"), (1, "08031112222"),
        (1, "0803 111 2222"), (1, "my number is 08031112222"), (1, "Phone: 08031112222"),
        (1, "it's 08031112222 please"), (2, "12 Allen Avenue, Ikeja"),
        (2, "Address: 12 Allen Avenue, Ikeja"), (2, "My address is 12 Allen Avenue, Ikeja"),
        (2, "5 Adeola Odeku, VI"), (2, "Ikeja"), (2, "opposite the bank"),
        (2, "Flat 2\n12 Allen Avenue, Ikeja"), (2, "Palms, gate 3"),
    ])
    func `the missing line alone completes an order`(missing: Int, line: String) throws {
        let draft = try draft(without(missing))
        #expect(draft.form.missing.count == 1)
        guard case .orders(let forms) = answer(line, to: draft), let form = forms.first else {
            Issue.record("\(line): \(answer(line, to: draft))")
            return
        }
        #expect(form.missing.isEmpty)
        #expect(written(form.items) == ["2 cakes"])
        if missing == 0 { #expect(form.customerName?.lowercased().hasPrefix("ada") == true) }
        if missing == 1 { #expect(form.customerPhone?.e164 == "+2348031112222") }
        if missing == 2 {
            #expect(line.hasSuffix(form.address ?? "?") || form.address == "Flat 2, 12 Allen Avenue, Ikeja")
        }
    }

    @Test(arguments: [
        (0, "It's Ada Obi", "Ada Obi"), (0, "I am Ada Obi", "Ada Obi"), (0, "This is Ada Obi", "Ada Obi"),
        (0, "Ada Obi please", "Ada Obi"), (0, "name Ada Obi", "Ada Obi"), (0, "My name na Ada", "Ada"),
        (0, "Sunday Okafor", "Sunday Okafor"), (0, "Gift", "Gift"), (0, "Mrs Ada Obi", "Mrs Ada Obi"),
        (0, "Receiver: Ada Obi", "Ada Obi"), (0, "Ada Obi\nThank you", "Ada Obi"),
        (1, "Ok 08031112222", "+2348031112222"), (1, "Call 08031112222", "+2348031112222"),
        (1, "here is my number: 08031112222", "+2348031112222"),
        (1, "Number 0803 111 2222 sir", "+2348031112222"),
        (2, "Deliver to 12 Allen Avenue, Ikeja", "12 Allen Avenue, Ikeja"),
        (2, "I live at 12 Allen Avenue, Ikeja", "12 Allen Avenue, Ikeja"),
        (2, "It is 12 Allen Avenue, Ikeja", "12 Allen Avenue, Ikeja"),
        (2, "Bring it to 12 Allen Avenue, Ikeja", "12 Allen Avenue, Ikeja"),
        (2, "address 12 Allen Avenue, Ikeja", "12 Allen Avenue, Ikeja"),
        (2, "12 Allen Avenue\nIkeja", "12 Allen Avenue, Ikeja"), (2, "Umuoji", "Umuoji"),
        (2, "No 5 Umuoji", "No 5 Umuoji"), (2, "25 Bode Thomas", "25 Bode Thomas"),
        (2, "Lekki", "Lekki"), (2, "Behind NNPC filling station", "Behind NNPC filling station"),
    ])
    func `an answer in a sentence gives what it tells and nothing else`(
        missing: Int,
        line: String,
        value: String
    ) throws {
        guard case .orders(let forms) = answer(line, to: try draft(without(missing))) else {
            Issue.record("\(line): \(answer(line, to: try draft(without(missing))))")
            return
        }
        let told = [forms[0].customerName, forms[0].customerPhone?.e164, forms[0].address]
        #expect(told[missing] == value)
        #expect(forms[0].notes == nil)
        #expect(written(forms[0].items) == ["2 cakes"])
    }

    @Test(arguments: [
        "hold on", "wait", "one minute", "5 minutes", "sorry", "am coming", "coming", "never mind",
        "cancel it",
        "forget it", "Don't bother", "Just a moment", "give me a minute", "let me check",
        "I will send it later",
        "not again", "I don't understand", "It's okay", "I am busy", "no", "👍", "Are you there?",
        "Opay 8031112222", "0803111222",
    ])
    func `chatter is neither name nor address`(line: String) throws {
        for missing in 0...2 {
            let draft = try draft(without(missing))
            #expect(answer(line, to: draft) == read(line), "\(missing)")
        }
    }

    @Test(arguments: ["and 1 pie", "plus 1 pie", "Add 1 pie", "+ 1 pie"])
    func `further items are added`(line: String) throws {
        guard case .incomplete(let forms) = answer(line, to: try draft(without(2))) else {
            Issue.record("no change")
            return
        }
        #expect(written(forms[0].items) == ["2 cakes", "1 pie"])
        #expect(forms[0].address == nil)
    }

    @Test func `lines that come one by one add up`() throws {
        var draft = OrderDraft(OrderForm())
        for (line, missing) in [("08031112222", 2), ("Ada Obi", 1), ("tomorrow", 1)] {
            guard case .incomplete(let forms) = answer(line, to: draft) else {
                Issue.record("\(line): \(answer(line, to: draft))")
                return
            }
            #expect(forms[0].missing.count == missing)
            draft = OrderDraft(forms[0])
        }
        guard case .orders(let forms) = answer("12 Allen Avenue, Ikeja", to: draft) else {
            Issue.record("incomplete")
            return
        }
        #expect(forms[0].deliveryDate == date("2026-06-11"))
    }

    @Test(arguments: [
        "ok", "yes", "thanks", "Hello", "how much?", "when will it come?", "I am coming", "wait", "/pending",
        "done", "🙏",
    ])
    func `what completes nothing means what it means without a draft`(text: String) throws {
        let draft = try draft(without(0))
        #expect(answer(text, to: draft) == read(text))
    }

    @Test func `a complete order of its own is a new order`() throws {
        let draft = try draft(without(1))
        #expect(answer(order(items: "5 pies"), to: draft) == read(order(items: "5 pies")))
    }

    @Test func `a number that is not missing is an alternative and a labelled one replaces`() throws {
        let draft = try draft(without(2))
        guard case .incomplete(let forms) = answer("08099998888", to: draft) else {
            Issue.record("no change")
            return
        }
        #expect(forms[0].alternativePhones == ["+2348099998888"])
        guard case .incomplete(let replaced) = answer("Phone: 08099998888\nDate: Friday", to: draft) else {
            Issue.record("no change")
            return
        }
        #expect(replaced[0].customerPhone?.e164 == "+2348099998888")
        #expect(replaced[0].deliveryDate == date("2026-06-12"))
    }

    @Test(arguments: ["2 cakes", "Items: 2 cakes", "I want 2 cakes", "x2 cakes"])
    func `items that were asked for complete an order that was taken`(line: String) throws {
        let draft = try draft(without(3))
        #expect(draft.form.missing.isEmpty)
        guard case .orders(let forms) = answer(line, to: draft) else {
            Issue.record("\(line): \(answer(line, to: draft))")
            return
        }
        #expect(written(forms[0].items) == ["2 cakes"])
    }

    @Test func `a draft is stored and read again without loss`() throws {
        for text in [
            without(1),
            order(
                items: "2 cakes @ ₦500, 3 pies for ₦12.50",
                "Date: whenever\nTotal: 25k\nNotes: a\nPhone: 08099998888"
            ),
            order("Date: tomorrow"), "I want to order",
        ] {
            let form = try form(text)
            let bytes = form.stored.serialized()
            #expect(OrderForm(stored: try JSONValue(parsing: bytes)) == form)
        }
    }

    @Test func `a stored draft that is damaged gives what can be read`() {
        for value: JSONValue in [
            .null, [1],
            [
                "items": [["name": "x", "quantity": 0], 5, ["name": 1]], "delivery_date": "x",
                "total_amount": -1,
            ],
        ] {
            #expect(OrderForm(stored: value) == OrderForm())
        }
    }
}

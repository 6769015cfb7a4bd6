import OrderMessages
import Testing

@Suite struct ReplyTests {
    private let id = OrderID("QWE-20260610-001") ?? OrderID(code: "AAA", day: wednesday, serial: 1)

    @Test(arguments: [
        (
            "Name: Ada Obi\nPhone: 12345\nAddress: 12 Allen Avenue\nItems: 1 cake", ["phone number"],
            ["name", "address"]
        ),
        (
            "Name: Ada Obi\nAddress: 12 Allen Avenue\nItems: 1 cake", ["phone number"],
            ["customer's name", "delivery address"]
        ),
        (
            "Phone: 08031112222\nItems: 1 cake\nI want to order", ["customer's name", "delivery address"],
            ["phone number"]
        ),
    ])
    func `exactly what is missing is named`(text: String, named: [String], unnamed: [String]) throws {
        let reply = Reply.missing(in: [try form(text)])
        for word in named { #expect(reply.contains(word)) }
        for word in unnamed { #expect(!reply.lowercased().contains(word)) }
    }

    @Test func `a bare wish gets the form, which can be filled and sent back`() throws {
        #expect(Reply.missing(in: forms("I want to order")) == Reply.form)
        let filled = Reply.form.split(separator: "\n").dropFirst().map { line in
            switch line {
            case "Name: ": "\(line)Ada Obi"
            case "Phone: ": "\(line)08031112222"
            case "Address: ": "\(line)12 Allen Avenue"
            case "Items: ": "\(line)2 cakes"
            default: "\(line)tomorrow"
            }
        }
        let form = try form(filled.joined(separator: "\n"))
        #expect(form.missing.isEmpty)
        #expect(form.deliveryDate == date("2026-06-11"))
        #expect(outcome(Reply.form) == "not_an_order")
    }

    @Test func `of several orders those that lack something are named`() {
        let text =
            "Name: A One\nPhone: 08031112221\nAddress: 1 Ring Road\nItems: 1 cake\nName: B Two\nItems: 2 pies"
        let reply = Reply.missing(in: forms(text))
        #expect(
            reply.contains(
                "Order 2 (B Two): a phone number (for example 0803 000 1122) and the delivery address"
            )
        )
        #expect(!reply.contains("Order 1"))
    }

    @Test func `open questions of an order that was taken are asked`() throws {
        let id = try #require(id)
        let noItems = try form("Name: Ada\nPhone: 08031112222\nAddress: Garki, Abuja")
        #expect(
            Reply.question(about: noItems, id: id, today: wednesday)?.contains("What would you like") == true
        )
        let past = try form(order("Date: 01/06/2026"))
        #expect(
            Reply.question(about: past, id: id, today: wednesday)?.contains("Monday 1 June 2026 is past")
                == true
        )
        #expect(Reply.question(about: try form(order()), id: id, today: wednesday) == nil)
    }

    @Test func `commands that cannot be carried out are answered`() {
        #expect(Reply.answer(to: .done(nil, note: nil)) == Reply.whichOrder)
        #expect(Reply.answer(to: .setup(nil)) == Reply.whichBusiness)
        #expect(Reply.answer(to: .unknown("refund"))?.contains("/refund") == true)
        #expect(Reply.answer(to: .pending) == nil)
    }

    @Test func `a confirmation tells the id first, whatever the customer wrote`() throws {
        let id = try #require(id)
        let form = try form(
            "Name: ZZZ-20200101-001 Ada\nPhone: 08031112222\nAddress: 12 Allen Avenue\nItems: 1 cake\nNotes: Order ID: AAA-20200101-002"
        )
        let confirmation = Confirmation(id: id, form: form)
        for text in [confirmation.sales, confirmation.delivery] {
            #expect(OrderID(firstIn: text) == id)
            #expect(read("done", quoted: text) == .command(.done(id, note: nil)))
        }
        #expect(confirmation.delivery.contains("*Order ID:* QWE-20260610-001"))
        #expect(confirmation.delivery.contains("Reply *done*"))
    }

    @Test func `a confirmation stays below the longest message`() throws {
        let items = (0..<100).map { _ in OrderItem(name: String(repeating: "x", count: 255), quantity: 9) }
        var form = try form(order("Notes: \(String(repeating: "n", count: 3000))"))
        form.items = items
        form.address = String(repeating: "a", count: OrderMessageLimits.addressScalars)
        let confirmation = Confirmation(id: try #require(id), form: form)
        #expect(confirmation.delivery.unicodeScalars.count <= 4096 + 600)
        #expect(confirmation.sales.unicodeScalars.count <= 1000)
    }

    @Test(arguments: [
        order(),
        order(
            items: "2 cakes @ ₦12,500, jollof x 3, 1 pie for ₦500",
            "Date: 24/06/2026\nTotal: ₦25,500.50\nNotes: call at the gate"
        ),
        order("Phone: 09031112222\nDate: whenever"),
        "Tunde Bakare\n08130002233\n7 Coral Close, Lekki Phase 1, Lagos\n2 Chocolate Cakes, 1 Pizza\nTomorrow",
    ])
    func `the fields of a confirmation parse to the same order`(text: String) throws {
        let first = try form(text)
        let second = try form(Confirmation.fields(of: first).joined(separator: "\n"))
        let bold = try form(Confirmation.fields(of: first, isBold: true).joined(separator: "\n"))
        for found in [second, bold] {
            #expect(found.customerName == first.customerName)
            #expect(found.customerPhone?.e164 == first.customerPhone?.e164)
            #expect(found.alternativePhones == first.alternativePhones)
            #expect(found.address == first.address)
            #expect(found.items == first.items)
            #expect(found.deliveryDate == first.deliveryDate)
            #expect(found.unreadDate == first.unreadDate)
            #expect(found.totalAmount == first.totalAmount)
            #expect(found.notes == first.notes)
        }
    }
}

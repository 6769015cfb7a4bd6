import OrderMessages
import Testing

@Suite struct LabelTests {
    @Test(arguments: [
        "Name: Ada Obi", "NAME:Ada Obi", "name : Ada Obi", "Name = Ada Obi", "Name - Ada Obi",
        "Name- Ada Obi", "Name – Ada Obi", "*Name:* Ada Obi",
        "*Name*: Ada Obi", "_Name_: Ada Obi", "*Name: Ada Obi*", "- Name: Ada Obi", "• Name: Ada Obi",
        "1. Name: Ada Obi", "1) Name: Ada Obi",
        "1️⃣ Name: Ada Obi", "👤 Name: Ada Obi", "➡️ Name: Ada Obi", "Full name: Ada Obi", "Customer: Ada Obi",
        "Customer's name: Ada Obi",
        "Customer name(in full): Ada Obi", "Client: Ada Obi", "Receiver's name: Ada Obi",
        "Recipient: Ada Obi", "Custmer name: Ada Obi",
        "Reciever: Ada Obi", "Receiver name - Ada Obi", "Name:- Ada Obi", "Name:\nAda Obi", "𝗡𝗮𝗺𝗲: Ada Obi",
        "Ｎａｍｅ：Ada Obi",
    ])
    func `a name is known by many labels`(line: String) throws {
        let form = try form("\(line)\nPhone: 08031112222\nAddress: 12 Allen Avenue\nItems: 1 cake")
        #expect(form.customerName == "Ada Obi")
        #expect(form.notes == nil)
    }

    @Test(arguments: [
        "Phone", "Phone no", "Phone No.", "PHONE NUMBER", "Mobile", "Mobile number", "Tel", "Telephone",
        "Contact", "Contact number", "WhatsApp",
        "Whatsapp number", "Number", "Fone", "Phone (WhatsApp)", "Phome", "Phonne number", "Telephne",
        "Receiver's number", "Phone 1",
    ])
    func `a phone is known by many labels`(label: String) throws {
        let form = try form("Name: Ada Obi\n\(label): 08031112222\nAddress: 12 Allen Avenue\nItems: 1 cake")
        #expect(form.customerPhone?.e164 == "+2348031112222")
        #expect(form.notes == nil)
    }

    @Test(arguments: [
        "Address", "Delivery address", "ADDRESS(include the State)", "Location", "Deliver to", "Where",
        "Place", "Adress", "Addres", "Adderss",
        "Delivery addres", "Home address", "Drop-off", "Drop off", "Shipping address",
    ])
    func `an address is known by many labels`(label: String) throws {
        let form = try form("Name: Ada Obi\nPhone: 08031112222\n\(label): somewhere nice\nItems: 1 cake")
        #expect(form.address == "somewhere nice")
    }

    @Test(arguments: [
        "Item", "Items", "Item(s)", "Order", "Orders", "Order items", "Product", "Products", "Goods", "What",
        "Food", "Itmes", "Prodcts",
    ])
    func `items are known by many labels`(label: String) throws {
        #expect(
            written(
                try form("Name: Ada Obi\nPhone: 08031112222\nAddress: 12 Allen Avenue\n\(label): 2 cakes")
                    .items
            ) == ["2 cakes"]
        )
    }

    @Test(arguments: [
        "Date", "Delivery date", "Delivery day", "Delivery time", "Day", "When", "Delivery", "Time",
        "Delivary date",
    ])
    func `a date is known by many labels`(label: String) throws {
        #expect(try form(order("\(label): tomorrow")).deliveryDate == date("2026-06-11"))
    }

    @Test(arguments: [
        "Note", "Notes", "Special instructions", "Instruction", "Comment", "Comments", "Extra info",
        "Additional info", "Inscription", "Message",
        "Specail instructions", "Additional information",
    ])
    func `notes are known by many labels`(label: String) throws {
        #expect(try form(order("\(label): call at the gate")).notes == "call at the gate")
    }

    @Test(arguments: [
        "Peace: Ada", "Prince: Ada", "There: Ada", "Older: Ada", "Massage: Ada", "Contract: Ada",
    ])
    func `a word that is one letter from a label and means something else is none`(line: String) throws {
        #expect(try form(order(line)).notes == line)
    }

    @Test(arguments: [
        "Name: Ada Obi Phone: 08031112222 Address: 12 Allen Avenue, Ikeja Items: 2 cakes Date: tomorrow",
        "Name: Ada Obi, Phone: 08031112222, Address: 12 Allen Avenue, Ikeja, Items: 2 cakes, Date: tomorrow",
        "Name: Ada Obi; Phone: 08031112222; Address: 12 Allen Avenue, Ikeja; Items: 2 cakes; Date: tomorrow",
        "Name=Ada Obi Phone Number=08031112222 Delivery Address=12 Allen Avenue, Ikeja Items=2 cakes Delivery Date=tomorrow",
        "*Name:* Ada Obi *Phone:* 08031112222\n*Address:* 12 Allen Avenue, Ikeja *Items:* 2 cakes *Date:* tomorrow",
        "Good morning. Name: Ada Obi Phone: 08031112222\nAddress: 12 Allen Avenue, Ikeja\nItems: 2 cakes Date: tomorrow",
    ])
    func `several labels on one line are split`(text: String) throws {
        let form = try form(text)
        #expect(form.customerName == "Ada Obi")
        #expect(form.customerPhone?.e164 == "+2348031112222")
        #expect(form.address == "12 Allen Avenue, Ikeja")
        #expect(written(form.items) == ["2 cakes"])
        #expect(form.deliveryDate == date("2026-06-11"))
        #expect(form.notes == nil)
    }

    @Test func `the sender is no name and the receiver wins over the name`() throws {
        let sender = try form(
            "Sender: Bola Ade\nReceiver: Ada Obi\nPhone: 08031112222\nAddress: 12 Allen Avenue\nItems: 1 cake"
        )
        #expect(sender.customerName == "Ada Obi")
        #expect(sender.notes == "Sender: Bola Ade")
        let both = try form(
            "Name: Bola Ade\nReceiver: Ada Obi\nPhone: 08031112222\nAddress: 12 Allen Avenue\nItems: 1 cake"
        )
        #expect(both.customerName == "Ada Obi")
        #expect(both.notes == "Name: Bola Ade")
    }

    @Test func `an empty label gathers the lines up to the next label`() throws {
        let form = try form(
            "Name:\nAda Obi\nPhone:\n08031112222\nAddress:\nFlat 6, Block 2\nMarian Road\nCalabar\nItems:\n2 cakes\n1 pie\nDate:\ntomorrow\nNotes:\nblue\nno nuts"
        )
        #expect(form.customerName == "Ada Obi")
        #expect(form.customerPhone?.e164 == "+2348031112222")
        #expect(form.address == "Flat 6, Block 2, Marian Road, Calabar")
        #expect(written(form.items) == ["2 cakes", "1 pie"])
        #expect(form.deliveryDate == date("2026-06-11"))
        #expect(form.notes == "blue\nno nuts")
    }

    @Test func `an address line right after a filled address is appended`() throws {
        let form = try form(
            "Name: Ada\nPhone: 08031112222\nAddress: 12 Allen Avenue\nopposite the bank, Ikeja\nItems: 1 cake\nbehind the school"
        )
        #expect(form.address == "12 Allen Avenue, opposite the bank, Ikeja")
        #expect(form.notes == "behind the school")
    }

    @Test func `labels without values are no labels`() throws {
        #expect(outcome("Name:\nPhone:\nAddress:\nItems:") == "not_an_order")
        #expect(
            try form("Name: Ada Obi\nPhone:\nAddress: 12 Allen Avenue, Ikeja\nItems: 2 cakes").missing == [
                .customerPhone
            ]
        )
    }

    @Test func `a delivery label with a place is the address`() throws {
        #expect(
            try form("Name: Ada\nPhone: 08031112222\nDelivery: 12 Allen Avenue, Ikeja\nItems: 1 cake").address
                == "12 Allen Avenue, Ikeja"
        )
    }

    @Test func `a second filled name starts a second order`() {
        let text =
            "Name: A One\nPhone: 08031112221\nAddress: 1 Ring Road\nItems: 1 cake\n\nName: B Two\nPhone: 08031112222\nAddress: 2 Ring Road\nItems: 2 pies"
        let both = forms(text)
        #expect(both.map(\.customerName) == ["A One", "B Two"])
        #expect(both.map { $0.customerPhone?.e164 } == ["+2348031112221", "+2348031112222"])
        #expect(both.map { written($0.items) } == [["1 cake"], ["2 pies"]])
        #expect(outcome(text) == "order")
    }

    @Test func `what is repeated before a second name belongs to the second order`() {
        let text =
            "Phone: 08031112221\nName: A One\nAddress: 1 Ring Road\nItems: 1 cake\nPhone: 08031112222\nName: B Two\nAddress: 2 Ring Road\nItems: 2 pies"
        #expect(forms(text).map { $0.customerPhone?.e164 } == ["+2348031112221", "+2348031112222"])
    }

    @Test func `two orders of which one is incomplete are both asked about`() {
        let text =
            "Name: A One\nPhone: 08031112221\nAddress: 1 Ring Road\nItems: 1 cake\nName: B Two\nItems: 2 pies"
        #expect(outcome(text) == "incomplete")
        #expect(forms(text).map(\.missing) == [[], [.customerPhone, .address]])
    }

    @Test(arguments: [
        "name Ada Obi\nphone 08031112222\naddress 12 Allen Avenue, Ikeja\nitems 2 cakes\ndate tomorrow",
        "Hello\nMy name is Ada Obi\nMy number is 08031112222\nMy address is 12 Allen Avenue, Ikeja\nI want 2 cakes\ntomorrow",
        "The name is Ada Obi\nphone number is 08031112222\nThe address is 12 Allen Avenue, Ikeja\n2 cakes\nThursday 11th",
    ])
    func `labels without a separator are known among several lines`(text: String) throws {
        let form = try form(text)
        #expect(form.customerName == "Ada Obi")
        #expect(form.customerPhone?.e164 == "+2348031112222")
        #expect(form.address == "12 Allen Avenue, Ikeja")
        #expect(written(form.items) == ["2 cakes"])
        #expect(form.deliveryDate == date("2026-06-11"))
        #expect(form.notes == nil)
    }

    @Test func `what is labelled with words that are none of ours is a note where items are labelled`() throws
    {
        let form = try form(order("Colour: red\nSize: 10 inches\nDelivery fee: 2,000"))
        #expect(written(form.items) == ["1 cake"])
        #expect(form.notes == "Colour: red\nSize: 10 inches\nDelivery fee: 2,000")
    }

    @Test func `who an order is for is the name`() throws {
        let form = try form(
            "Order for Mr Tunde Bello\n08031112222\n5 Adeola Odeku Street VI\n3 packs of rice"
        )
        #expect(form.customerName == "Mr Tunde Bello")
        #expect(written(form.items) == ["3 packs of rice"])
    }
}

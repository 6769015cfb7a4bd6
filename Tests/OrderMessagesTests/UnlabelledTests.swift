import OrderMessages
import Testing

@Suite struct UnlabelledTests {
    @Test(arguments: [
        ["Ada Obi", "08031112222", "12 Allen Avenue, Ikeja", "2 cakes", "tomorrow"],
        ["tomorrow", "2 cakes", "12 Allen Avenue, Ikeja", "08031112222", "Ada Obi"],
        ["2 cakes", "Ada Obi", "12 Allen Avenue, Ikeja", "tomorrow", "08031112222"],
        ["Good morning", "Ada Obi", "08031112222", "12 Allen Avenue, Ikeja", "2 cakes", "tomorrow"],
        [
            "Ẹ káàárọ̀ ma", "I want to order", "2 cakes", "Ada Obi", "08031112222", "12 Allen Avenue, Ikeja",
            "tomorrow", "Thank you",
        ],
        ["Ina kwana", "I want 2 cakes for tomorrow", "Ada Obi", "08031112222", "12 Allen Avenue, Ikeja"],
        ["- Ada Obi", "- 08031112222", "- 12 Allen Avenue, Ikeja", "- 2 cakes", "- tomorrow"],
        [
            "1. Ada Obi", "2. 08031112222", "3. 12 Allen Avenue, Ikeja", "4. 2 cakes",
            "5. to be delivered tomorrow",
        ],
        ["🎂🎂🎂", "Ada Obi", "08031112222", "-----", "12 Allen Avenue, Ikeja", "2 cakes", "tomorrow"],
        ["*Ada Obi*", "_08031112222_", "12 Allen Avenue, Ikeja", "*2 cakes*", "tomorrow by 4pm"],
    ])
    func `lines without labels are told apart in any order`(lines: [String]) throws {
        let form = try form(lines.joined(separator: "\n"))
        #expect(form.customerName == "Ada Obi")
        #expect(form.customerPhone?.e164 == "+2348031112222")
        #expect(form.address == "12 Allen Avenue, Ikeja")
        #expect(written(form.items) == ["2 cakes"])
        #expect(form.deliveryDate == date("2026-06-11"))
        #expect(form.notes == nil)
    }

    @Test(arguments: [
        ("Monday morning", "2026-06-15"), ("this evening", "2026-06-10"), ("Sunday", "2026-06-14"),
        ("next week", "2026-06-17"),
    ])
    func `a time of day that greets elsewhere is a date here`(line: String, day: String) throws {
        let form = try form("Ada Obi\n08031112222\n12 Allen Avenue, Ikeja\n2 cakes\n\(line)")
        #expect(form.deliveryDate == date(day))
    }

    @Test(arguments: [
        "Behind the central market, Ajah", "Plot 9, Block C, Phase 2, Heron Estate, Sangotedo",
        "8, Ofuma crescent, harbour estate okota, Lagos",
        "No 7 Awolowo Way, opposite Zenith Bank, Ikeja", "Suite 4, Unity Plaza, Wuse 2, Abuja",
        "Km 14 Lekki Epe Expressway", "Shop 12 Computer Village",
        "opp. First Gate, Festac", "15b Admiralty Way Lekki", "Ikeja", "University of Lagos, Akoka",
        "3rd floor, Heritage Place, Ikoyi",
        "near Shoprite Surulere", "House 5, Road 3, Ikota Villa Estate", "FUTA south gate",
        "23 Ring Rd, Ibadan", "Block 4 Flat 2 Jakande",
    ])
    func `an address is known by streets, landmarks, cities and numbers`(address: String) throws {
        let form = try form("Ada Obi\n08031112222\n\(address)\n2 cakes")
        #expect(form.address == address)
        #expect(form.customerName == "Ada Obi")
        #expect(written(form.items) == ["2 cakes"])
    }

    @Test(arguments: [
        "2 Lagos buns", "3 garden salads", "1 house wine", "2 street burgers", "4 Ofada rice and park fish",
    ])
    func `a quantity of something with a place in its name is an item`(item: String) throws {
        let form = try form("Ada Obi\n08031112222\n12 Allen Avenue, Ikeja\n\(item)")
        #expect(form.address == "12 Allen Avenue, Ikeja")
        #expect(form.items?.count == 1)
    }

    @Test func `address lines side by side are joined`() throws {
        let form = try form(
            "Chinedu Eze\n08031112222\nFlat 6, Block 2\nMarian Road, Calabar\n20 meat pies\n10 samosas"
        )
        #expect(form.address == "Flat 6, Block 2, Marian Road, Calabar")
        #expect(written(form.items) == ["20 meat pies", "10 samosas"])
    }

    @Test(arguments: [
        "Ada Obi", "Mrs Adebayo", "Chief Dr. Ade Bello", "A. B. Cole", "Ngozi Okafor-Eze", "Adé Ọlá",
        "tunde bakare", "HALIMA SULE", "Oluwaseun Adebayo Ige Martins",
        "D'Souza Mary", "Uche", "Dr Grace", "Alhaji Musa",
    ])
    func `two to four words of letters are a name, one word when it stands alone`(name: String) throws {
        let form = try form("\(name)\n08031112222\n12 Allen Avenue, Ikeja\n2 cakes")
        #expect(form.customerName == name)
        #expect(written(form.items) == ["2 cakes"])
    }

    @Test(arguments: ["Chocolate cake", "jollof rice", "Meat pie", "small chops"])
    func `goods are no name`(item: String) throws {
        let form = try form("\(item)\n08031112222\n12 Allen Avenue, Ikeja\nAmaka Obi")
        #expect(form.customerName == "Amaka Obi")
        #expect(written(form.items) == ["1 \(item)"])
        let nameless = try self.nameless(item)
        #expect(nameless.missing == [.customerName])
        #expect(written(nameless.items) == ["1 \(item)"])
    }

    private func nameless(_ item: String) throws -> OrderForm {
        try form("I want to order\n\(item)\n08031112222\n12 Allen Avenue, Ikeja")
    }

    @Test(arguments: [
        "Please call at the gate", "Kindly deliver before noon", "Don't add pepper",
        "He will pay on delivery", "call me when you arrive",
    ])
    func `instructions are notes`(line: String) throws {
        let form = try form("Ada Obi\n08031112222\n12 Allen Avenue, Ikeja\n2 cakes\n\(line)")
        #expect(form.notes == line)
        #expect(written(form.items) == ["2 cakes"])
    }

    @Test func `a page's address is a note`() throws {
        #expect(
            try form("Ada Obi\n08031112222\n12 Allen Avenue, Ikeja\n2 cakes\nhttps://maps.app.goo.gl/x1")
                .notes == "https://maps.app.goo.gl/x1"
        )
    }

    @Test func `where items are labelled a line with a quantity is an item and one without a note`() throws {
        let form = try form(
            "Name: Ada\nPhone: 08031112222\nAddress: Garki, Abuja\nItems: 1 cake\n2 pies\nblue ribbon"
        )
        #expect(written(form.items) == ["1 cake", "2 pies"])
        #expect(form.notes == "blue ribbon")
    }

    @Test(arguments: [
        "Joy Thomas; 08090002828; 16 Stadium Road, Port Harcourt; 2 pizzas; tomorrow",
        "Joy Thomas | 08090002828 | 16 Stadium Road, Port Harcourt | 2 pizzas | tomorrow",
    ])
    func `one line with semicolons or bars is several`(text: String) throws {
        let form = try form(text)
        #expect(form.customerName == "Joy Thomas")
        #expect(form.address == "16 Stadium Road, Port Harcourt")
        #expect(written(form.items) == ["2 pizzas"])
        #expect(form.missing.isEmpty)
    }

    @Test(arguments: [
        "Good morning, I want to order 2 chocolate cakes for tomorrow",
        "Joy Thomas, 08090002828, 16 Stadium Road, 2 pizzas",
        "please I need 2 packs of rice delivered to 12 Allen Avenue, my number is 08090002828",
    ])
    func `a sentence is never forced into fields but for its phone`(text: String) throws {
        let form = try form(text)
        #expect(form.customerName == nil)
        #expect(form.address == nil)
        #expect(form.items == nil)
        #expect((form.customerPhone != nil) == text.contains("0809"))
        #expect(outcome(text) == "incomplete")
    }
}

import OrderMessages
import Testing

@Suite struct PhoneTests {
    @Test(arguments: [
        "08030001122", "8030001122", "+2348030001122", "2348030001122", "+23408030001122", "23408030001122",
        "002348030001122",
        "080 3000 1122", "0803-000-1122", "0803.000.1122", "(0803) 000 1122", "+234 (0) 803 000 1122",
        "+234-803-000-1122",
    ])
    func `Nigerian numbers have many spellings and one form`(text: String) {
        #expect(PhoneNumber(text)?.e164 == "+2348030001122")
        #expect(PhoneNumber(text)?.raw == text)
    }

    @Test(arguments: [
        ("+447911123456", "+447911123456"), ("+1 (202) 555-0123", "+12025550123"),
        ("+233 24 123 4567", "+233241234567"),
    ])
    func `numbers of other countries need a plus`(text: String, e164: String) {
        #expect(PhoneNumber(text)?.e164 == e164)
    }

    @Test(arguments: [
        "", "12345", "0123456789", "447911123456", "00447911123456", "06030001122", "08230001122",
        "0803000112", "080300011223",
        "+234123456789", "+0447911123456", "+1234567", "+1234567890123456", "0803x001122", "--", "+",
    ])
    func `anything else is no phone`(text: String) {
        #expect(PhoneNumber(text) == nil)
    }

    @Test func `logs get the number masked`() {
        #expect(PhoneNumber("08030001122")?.masked == "+234803***1122")
    }

    @Test(arguments: [
        ("08020001212 / 09080001313", ["+2348020001212", "+2349080001313"]),
        ("08020001212 09080001313", ["+2348020001212", "+2349080001313"]),
        ("08020001212,09080001313 or 070 1000 1414", ["+2348020001212", "+2349080001313", "+2347010001414"]),
        ("0802 000 1212 2 cakes", ["+2348020001212"]),
        ("call 08020001212.", ["+2348020001212"]),
        ("+44 7911 123456 2 cakes", ["+447911123456"]),
        ("08020001212 08020001212 +2348020001212", ["+2348020001212"]),
    ])
    func `the first number of a message is the phone, others are alternatives`(
        line: String,
        numbers: [String]
    ) throws {
        let form = try form("Ada Obi\n\(line)\n3 Marina Road, Lagos Island\n1 fruit cake")
        #expect([form.customerPhone?.e164].compactMap(\.self) + form.alternativePhones == numbers)
    }

    @Test(arguments: [
        "Please pay into 0123456789 GTB, Novi Foods", "Account: 8031112222 Opay", "Send to Kuda 8031112222",
        "Palmpay 8031112222 Ada Obi",
        "bank transfer 08031112222",
    ])
    func `numbers beside words of payment are accounts`(text: String) {
        #expect(outcome(text) == "not_an_order")
        #expect(forms("I want to order 2 cakes\n\(text)").first?.customerPhone == nil)
    }

    @Test func `pay on delivery names no account`() throws {
        #expect(
            try form("Ada Obi\nPay on delivery 08031112222\n12 Allen Avenue, Ikeja\n2 cakes").customerPhone
                != nil
        )
    }

    @Test func `a labelled number counts whatever stands beside it`() throws {
        #expect(
            try form("Name: Ada\nPhone: 08031112222 (Opay)\nAddress: 12 Allen Avenue\nItems: 1 cake")
                .customerPhone?.e164 == "+2348031112222"
        )
    }

    @Test func `two phone labels give a phone and an alternative`() throws {
        let form = try form(
            "Name: Ada\nWhatsapp: 09031112222\nPhone: 08031112222\nAddress: 12 Allen Avenue\nItems: 1 cake"
        )
        #expect(form.customerPhone?.e164 == "+2349031112222")
        #expect(form.alternativePhones == ["+2348031112222"])
    }

    @Test func `a phone never spans two lines; stray digits are notes`() throws {
        let form = try form("Name: Ada Obi\nPhone: 0803000\n1122\nAddress: 12 Allen Avenue\nItems: 2 cakes")
        #expect(form.customerPhone == nil)
        #expect(form.notes == "1122")
        #expect(form.missing == [.customerPhone])
    }

    @Test(arguments: [
        ("Name: Ada Obi 08031112222\nAddress: 12 Allen Avenue, Ikeja", "Ada Obi", "12 Allen Avenue, Ikeja"),
        ("Name: Ada Obi\nAddress: 12 Allen Avenue, Ikeja. 08031112222", "Ada Obi", "12 Allen Avenue, Ikeja"),
        ("Ada Obi 08031112222\n12 Allen Avenue, Ikeja", "Ada Obi", "12 Allen Avenue, Ikeja"),
        ("Ada Obi - 0803 111 2222\n12 Allen Avenue, Ikeja", "Ada Obi", "12 Allen Avenue, Ikeja"),
    ])
    func `a number inside another field is taken out of it`(
        text: String,
        name: String,
        address: String
    ) throws {
        let form = try form(text + "\n2 cakes")
        #expect(form.customerPhone?.e164 == "+2348031112222")
        #expect(form.customerName == name)
        #expect(form.address == address)
    }
}

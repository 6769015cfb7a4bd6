import OrderMessages
import Shared
import Testing

/// Orders made of known parts in many shapes; what comes out is counted against what went in.
@Suite struct GeneratedOrderTests {
    /// What is true of a generated message.
    struct Truth {
        var text = ""
        var name = ""
        var phone = ""
        var address = ""
        var items: [OrderItem] = []
        var date: CivilDate?

        var fields: JSONObject {
            var fields = JSONObject()
            fields.append("outcome", "order")
            fields.append("customer_name", .string(name))
            fields.append("customer_phone", .string(phone))
            fields.append("address", .string(address))
            fields.append(
                "items",
                .array(items.map { ["name": .string($0.name), "quantity": .integer(Int64($0.quantity))] })
            )
            fields.append("delivery_date", date.map { .string($0.description) } ?? .null)
            return fields
        }
    }

    private static let firstNames = [
        "Amara", "Tunde", "Halima", "Kemi", "Chidi", "Bola", "Ngozi", "Ibrahim", "Efe", "Sade", "Yusuf",
        "Grace", "Lola", "Mina", "Tari", "Uchenna", "Adé", "Ifeọma", "zainab", "BLESSING",
        "Oluwaseun", "Emeka", "Fatima", "Chiamaka", "Segun",
    ]
    private static let lastNames = [
        "Nwosu", "Bakare", "Sule", "Adeola", "Okonkwo", "Ige-Martins", "Umeh", "Garba", "Omoregie", "Coker",
        "Bello", "Effiong", "Hassan", "George", "Briggs", "Kalu", "Ọlá", "musa", "EZE",
        "Danjuma", "O'Brien", "Akpan", "Lawal", "Adewale", "Ogunleye",
    ]
    private static let streets = [
        "Palm Grove Street", "Coral Close", "Creek Road", "Allen Avenue", "Marian Road", "Awolowo Way",
        "Ofuma crescent", "Station Rd", "Adeniran Ogunsanya Street", "Marina Road",
        "Aba Road", "Sultan Bello Drive", "Ogui Road", "Bode Thomas St",
    ]
    private static let areas = [
        "Yaba, Lagos", "Lekki Phase 1", "Ikeja", "Wuse 2, Abuja", "Jos", "Port Harcourt", "Calabar",
        "Surulere", "Garki, Abuja", "Enugu", "GRA, Benin", "Kaduna",
    ]
    private static let goods = [
        "vanilla cakes", "meat pies", "Chocolate Cakes", "Pizza", "Rice and Stew", "cupcakes",
        "packs of small chops", "carton of juice", "jollof rice", "fried chicken", "bottles of zobo",
        "birthday cake", "lemon tarts", "sundae cups", "ankara purses", "jar of honey", "red velvet cakes",
        "photo frame", "fish and chips", "puff puff", "5kg bags of rice",
    ]
    private static let dates: [(String, String)] = [
        ("tomorrow", "2026-06-11"), ("Today", "2026-06-10"), ("Friday", "2026-06-12"),
        ("day after tomorrow", "2026-06-12"), ("24/06/2026", "2026-06-24"), ("24th of June", "2026-06-24"),
        ("June 24 2026", "2026-06-24"), ("the 23rd", "2026-06-23"), ("next week", "2026-06-17"),
        ("next Friday", "2026-06-19"), ("Saturday by 4pm", "2026-06-13"), ("in 3 days", "2026-06-13"),
        ("2026-07-01", "2026-07-01"), ("Monday morning", "2026-06-15"),
    ]
    private static let labels: [[String]] = [
        [
            "Name", "Customer", "Customer name", "Full name", "Receiver", "Receiver's name", "NAME",
            "Client name",
        ],
        [
            "Phone", "Phone no", "Phone number", "Tel", "Mobile", "Contact", "WhatsApp", "PHONE NO", "Phne",
            "Fone",
        ],
        [
            "Address", "Delivery address", "Location", "Adress", "Addres", "ADDRESS(include the State)",
            "Deliver to",
        ],
        ["Items", "Item", "Order", "Order items", "Products", "Itmes", "Item(s)", "ORDER"],
        ["Date", "Delivery date", "Delivery day", "When", "Delivery", "Delivry date"],
    ]

    private func pick<T>(_ values: [T], _ generator: inout SeededGenerator) -> T {
        values[Int.random(in: 0..<values.count, using: &generator)]
    }

    private func truth(
        _ generator: inout SeededGenerator
    ) -> (Truth, phone: String, items: [String], date: String?) {
        var truth = Truth()
        truth.name = "\(pick(Self.firstNames, &generator)) \(pick(Self.lastNames, &generator))"
        let national =
            "\(pick(["80", "81", "70", "90", "91"], &generator))\(Int.random(in: 10_000_000...99_999_999, using: &generator))"
        truth.phone = "+234\(national)"
        let (a, b, c) = (national.prefix(3), national.dropFirst(3).prefix(3), national.dropFirst(6))
        let phone = pick(
            [
                "0\(national)", "0\(a) \(b) \(c)", "0\(a)-\(b)-\(c)", "+234\(national)", "234\(national)",
                "+234 \(a) \(b) \(c)", "(0\(a)) \(b) \(c)", national,
            ],
            &generator
        )
        truth.address =
            "\(Int.random(in: 1...99, using: &generator)) \(pick(Self.streets, &generator)), \(pick(Self.areas, &generator))"
        let names = Self.goods.shuffled(using: &generator).prefix(Int.random(in: 1...4, using: &generator))
        var items: [String] = []
        for name in names {
            let quantity = Int.random(in: 1...60, using: &generator)
            truth.items.append(OrderItem(name: name, quantity: quantity))
            items.append(
                pick(
                    [
                        "\(quantity) \(name)", "\(quantity)x \(name)", "\(quantity) x \(name)",
                        "\(name) x\(quantity)", "\(name) x \(quantity)", "\(name) (\(quantity))",
                        "x\(quantity) \(name)",
                    ],
                    &generator
                )
            )
        }
        let date: (String, String)? = Bool.random(using: &generator) ? pick(Self.dates, &generator) : nil
        truth.date = date.flatMap { CivilDate($0.1) }
        return (truth, phone, items, date?.0)
    }

    private func labelled(_ generator: inout SeededGenerator) -> Truth {
        var (truth, phone, items, date) = truth(&generator)
        let separator = pick([": ", ":", " : ", " - ", " = ", "- ", ":- "], &generator)
        let bullet = pick(["", "", "- ", "• ", "*", "👉 "], &generator)
        let isNumbered = bullet.isEmpty && Int.random(in: 0..<5, using: &generator) == 0
        var values: [String?] = [
            truth.name, phone, truth.address,
            joined(items, &generator), date,
        ]
        if items.count > 1, Bool.random(using: &generator) {
            values[3] = "\n" + items.map { "- \($0)" }.joined(separator: "\n")
        }
        var lines: [String] = []
        for (index, value) in values.enumerated() {
            guard let value else { continue }
            let mark = bullet == "*" ? "*" : ""
            lines.append("\(bullet)\(pick(Self.labels[index], &generator))\(mark)\(separator)\(value)")
        }
        if Bool.random(using: &generator) { lines.shuffle(using: &generator) }
        if isNumbered { lines = lines.enumerated().map { "\($0 + 1). \($1)" } }
        truth.text = decorated(lines, &generator)
        return truth
    }

    private func unlabelled(_ generator: inout SeededGenerator) -> Truth {
        var (truth, phone, items, date) = truth(&generator)
        var lines = [truth.name, phone, truth.address, date].compactMap(\.self)
        lines.insert(
            contentsOf: Bool.random(using: &generator)
                ? items : [joined(items, &generator)],
            at: 3
        )
        if Int.random(in: 0..<3, using: &generator) == 0 {
            // Items keep their order among themselves.
            let first = lines.removeFirst()
            lines.append(first)
        }
        truth.text = decorated(lines, &generator)
        return truth
    }

    /// Items on one line; "and" and signs only before a quantity, as the rules ask for.
    private func joined(_ items: [String], _ generator: inout SeededGenerator) -> String {
        var text = items[0]
        let separator = pick([", ", "; ", " and ", " + ", " & ", " plus "], &generator)
        for item in items.dropFirst() {
            let hasQuantityFirst =
                item.first?.isNumber == true && !item.hasPrefix("5kg") || item.hasPrefix("x")
            text += (hasQuantityFirst ? separator : ", ") + item
        }
        return text
    }

    private func decorated(_ lines: [String], _ generator: inout SeededGenerator) -> String {
        var lines = lines
        if Bool.random(using: &generator) {
            lines.insert(
                pick(
                    ["Good morning", "Hello ma", "Ẹ káàárọ̀", "Ina kwana", "Kedu", "Good day sir,"],
                    &generator
                ),
                at: 0
            )
        }
        if Int.random(in: 0..<4, using: &generator) == 0 {
            lines.append(pick(["Thank you", "Thanks 🙏", "🙏🙏", "God bless you"], &generator))
        }
        return lines.joined(separator: pick(["\n", "\n", "\r\n", "\n\n", " \n "], &generator))
    }

    private func score(_ count: Int, seed: UInt64, _ make: (inout SeededGenerator) -> Truth) -> ParseScore {
        var generator = SeededGenerator(seed: seed)
        var score = ParseScore()
        for index in 0..<count {
            let truth = make(&generator)
            let parsed = MessageParser(today: wednesday).parse(ReceivedMessage(text: truth.text))
            score.add(
                "\(index): \(truth.text)",
                expected: truth.fields,
                found: parsed.json(today: wednesday).objectValue ?? [:]
            )
        }
        return score
    }

    private func expect(_ score: ParseScore, precision: Double, recall: Double) {
        for (name, field) in score.fields where field.expected > 0 {
            #expect(field.precision >= precision, "\(name): \(field.precision)")
            #expect(field.recall >= recall, "\(name): \(field.recall)")
        }
        let examples = score.differences.prefix(12).map { difference in
            let want = String(decoding: difference.expected.serialized(), as: UTF8.self)
            let got = String(decoding: difference.found.serialized(), as: UTF8.self)
            return "\(difference.id)\n  \(difference.field): \(want) / \(got)"
        }
        #expect(
            Double(score.rightCases) >= recall * Double(score.cases),
            "\(examples.joined(separator: "\n"))"
        )
    }

    @Test(arguments: [1, 2, 3, 4])
    func `labelled orders are read whole`(seed: UInt64) {
        expect(score(200, seed: seed) { labelled(&$0) }, precision: 0.995, recall: 0.995)
    }

    @Test(arguments: [5, 6, 7, 8])
    func `orders without labels are read nearly whole`(seed: UInt64) {
        expect(score(200, seed: seed) { unlabelled(&$0) }, precision: 0.98, recall: 0.98)
    }

    /// Talk that holds the parts of orders.
    private static let talk = [
        "%n, have you seen the rider?", "Pls call %p when you get to %a", "How much is %i?",
        "%n said the %i was nice", "I have paid ₦25,000 to Opay 8031112222", "We sold %i %d",
        "Meeting with %n %d at %a", "%i is finished", "Good morning %n", "Where is my %i",
        "Is %a far from you", "Rider is at %a", "%d is a holiday, shop is closed", "%p is not going through",
        "My account is 0123456789 GTB %n", "The %i did not come with candles", "Do you have %i %d?",
        "Thanks %n, received", "See you %d", "When will %i be ready",
    ]

    @Test(arguments: [9, 10, 11])
    func `talk makes no orders`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<150 {
            let (truth, phone, items, date) = truth(&generator)
            var text = pick(Self.talk, &generator)
            for (key, value) in [
                ("%n", truth.name), ("%p", phone), ("%a", truth.address), ("%i", items[0]),
                ("%d", date ?? "tomorrow"),
            ] {
                text = text.split(separator: key, omittingEmptySubsequences: false).joined(separator: value)
            }
            if case .orders = read(text) { Issue.record("an order: \(text)") }
            if case .incomplete = read(text) { Issue.record("an incomplete order: \(text)") }
        }
    }
}

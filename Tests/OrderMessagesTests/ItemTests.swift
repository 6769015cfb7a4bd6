import OrderMessages
import Testing

@Suite struct ItemTests {
    static let lines: [(String, [String])] = [
        ("2 cakes, 1 pie", ["2 cakes", "1 pie"]), ("2 x cakes", ["2 cakes"]), ("2x cakes", ["2 cakes"]),
        ("2x x cakes", ["2 cakes"]),
        ("x2 jollof", ["2 jollof"]), ("jollof x2", ["2 jollof"]), ("jollof x 2", ["2 jollof"]),
        ("jollof ×2", ["2 jollof"]),
        ("2× jollof", ["2 jollof"]), ("jollof (2)", ["2 jollof"]), ("jollof (x2)", ["2 jollof"]),
        ("(2) jollof", ["2 jollof"]),
        ("cakes 2", ["2 cakes"]), ("cakes - 2", ["2 cakes"]), ("cakes: 2", ["2 cakes"]),
        ("jollof 2x", ["2 jollof"]),
        ("a cake", ["1 cake"]), ("An ice cream", ["1 ice cream"]),
        ("two cakes and twelve pies", ["2 cakes", "12 pies"]),
        ("cake", ["1 cake"]), ("Rice and Stew", ["1 Rice and Stew"]),
        ("3 Rice and Stew", ["3 Rice and Stew"]),
        ("2 rice and 1 stew", ["2 rice", "1 stew"]),
        ("2 rice & 1 stew + 3 fish plus 1 coke", ["2 rice", "1 stew", "3 fish", "1 coke"]),
        ("Fish & chips", ["1 Fish & chips"]), ("1,000 cups", ["1000 cups"]),
        ("2 cakes; 1 pie", ["2 cakes", "1 pie"]),
        ("2 cakes. 1 pie.", ["2 cakes", "1 pie"]), ("2 cakes/1 pie", ["2 cakes", "1 pie"]),
        ("2 cakes + a pie", ["2 cakes", "1 pie"]),
        ("1 cake (red, with candles), 2 pies", ["1 cake (red, with candles)", "2 pies"]),
        ("2 packs of small chops", ["2 packs of small chops"]), ("1kg rice", ["1 1kg rice"]),
        ("2 x 5kg rice", ["2 5kg rice"]),
        ("2 5kg bags of rice", ["2 5kg bags of rice"]), ("1.5 litres of oil", ["1 1.5 litres of oil"]),
        ("12-inch cake", ["1 12-inch cake"]),
        ("1/2 crate of malt", ["1 1/2 crate of malt"]),
        ("2 cakes @ ₦12,500, 1 candle @ ₦500", ["2 cakes @ 12,500", "1 candle @ 500"]),
        ("2 cakes @ 5k", ["2 cakes @ 5,000"]), ("2 cakes @ 5000", ["2 cakes @ 5,000"]),
        ("2 cakes at N5,000", ["2 cakes @ 5,000"]),
        ("2 cakes ₦500 each", ["2 cakes @ 500"]), ("2 cakes ₦25,000", ["2 cakes = 25,000"]),
        ("2 cakes - ₦25,000", ["2 cakes = 25,000"]),
        ("2 cakes for N5000", ["2 cakes = 5,000"]), ("2 cakes (NGN 5,000.50)", ["2 cakes = 5,000.50"]),
        ("2 cakes 25k", ["2 cakes = 25,000"]),
        ("2 cakes - 5000", ["2 cakes = 5,000"]), ("2 cakes 2.5k", ["2 cakes = 2,500"]),
        ("jollof x2 - N3,000", ["2 jollof = 3,000"]),
        ("2 cakes 5000 naira", ["2 cakes = 5,000"]), ("2 cakes #5000", ["2 cakes = 5,000"]),
        ("2 cakes =N=5,000", ["2 cakes = 5,000"]),
        ("2 cakes, 3 Cakes", ["5 cakes"]),
        ("2 cakes @ ₦500, 1 cakes @ ₦600", ["2 cakes @ 500", "1 cakes @ 600"]),
        ("2pcs meat pie", ["2 meat pie"]), ("meat pie 2pcs", ["2 meat pie"]), ("*2 cakes*", ["2 cakes"]),
        ("iPhone 15 case x 2", ["2 iPhone 15 case"]),
        ("9999 cups", ["9999 cups"]), ("2 \"Happy Birthday\" toppers", ["2 \"Happy Birthday\" toppers"]),
    ]

    @Test(arguments: lines)
    func `quantities, prices and separators are read`(line: String, items: [String]) throws {
        #expect(written(try form(order(items: line)).items) == items)
    }

    @Test(arguments: [
        "- 2x jollof rice\n- fried chicken x 3\n- 1 bottle of zobo",
        "• 2 x jollof rice\n• 3 fried chicken\n• bottle of zobo",
        "1. jollof rice x2\n2. fried chicken x3\n3. bottle of zobo",
        "1) 2 jollof rice\n2) 3 fried chicken\n3) a bottle of zobo",
        "👉 2 jollof rice\n👉 3 fried chicken\n👉 1 bottle of zobo",
        "1️⃣ 2 jollof rice\n2️⃣ 3 fried chicken\n3️⃣ bottle of zobo",
        "*2 jollof rice*\n_3 fried chicken_\n~1 bottle of zobo~",
    ])
    func `an empty label gathers lines with any bullets`(lines: String) throws {
        let form = try form(
            "Name: Yusuf\nPhone: 07030001414\nAddress: Wuse 2, Abuja\nItems:\n\(lines)\nNotes: call"
        )
        #expect(written(form.items) == ["2 jollof rice", "3 fried chicken", "1 bottle of zobo"])
        #expect(form.notes == "call")
    }

    @Test(arguments: ["0 cakes", "20000 cakes", "99999 cups", "123456789012 cakes"])
    func `an impossible quantity is asked about, never guessed`(line: String) throws {
        let form = try form(order(items: line))
        #expect(form.items == nil)
        #expect(form.notes == line)
    }

    @Test func `at most a hundred items are taken`() throws {
        let line = (1...150).map {
            "2 thing\(String($0, radix: 26).map { digit in digit.isNumber ? "abcdefghij".map(String.init)[Int(String(digit)) ?? 0] : "z\(digit)" }.joined())"
        }
        let form = try form(order(items: line.joined(separator: ", ")))
        #expect((form.items?.count ?? 0) <= OrderMessageLimits.items)
        #expect((form.items?.count ?? 0) > 90)
    }

    @Test(arguments: [
        ("Quantity: 3\nItem: ankara bag", ["3 ankara bag"]),
        ("Product: ankara bag\nQty: 3", ["3 ankara bag"]),
        ("Items: 2 bags, 1 belt\nQty: 3", ["2 bags", "1 belt"]),
    ])
    func `a quantity label counts a single item`(lines: String, items: [String]) throws {
        #expect(
            written(try form("Name: Ada\nPhone: 08031112222\nAddress: Garki, Abuja\n\(lines)").items) == items
        )
    }

    @Test(arguments: [
        ("Total: ₦25,500", 2_550_000), ("Total - 25500", 2_550_000), ("Amount: N25.5k", 2_550_000),
        ("Total amount: 25,500.50", 2_550_050),
        ("Price: 25k", 2_500_000), ("Grand total = NGN 1,000,000", 100_000_000),
    ])
    func `the total is read with and without a sign of money`(line: String, hundredths: Int64) throws {
        #expect(try form(order("\(line)")).totalAmount?.hundredths == hundredths)
    }

    @Test func `an unlabelled total is no item`() throws {
        let form = try form("Ada Obi\n08031112222\n12 Allen Avenue, Ikeja\n2 cakes\nTotal 25k")
        #expect(form.totalAmount?.hundredths == 2_500_000)
        #expect(written(form.items) == ["2 cakes"])
    }

    @Test func `prices are not summed up to a total`() throws {
        #expect(try form(order(items: "2 cakes @ ₦500")).totalAmount == nil)
    }
}

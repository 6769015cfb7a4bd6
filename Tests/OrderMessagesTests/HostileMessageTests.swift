import OrderMessages
import Shared
import Testing

/// Messages that nobody sends by accident: the parser neither stops nor takes more time than the message is long.
@Suite struct HostileMessageTests {
    private func parse(_ text: String) -> ParsedMessage {
        let message = ReceivedMessage(text: text, quotedText: text)
        let parsed = MessageParser(today: wednesday).parse(message)
        // Whatever came out can be stored, shown and answered.
        check(parsed)
        let draft = OrderDraft(OrderForm())
        check(MessageParser(today: wednesday).parse(message, completing: draft))
        return parsed
    }

    private func check(_ parsed: ParsedMessage) {
        _ = parsed.json(today: wednesday).serialized()
        guard case .orders(let forms) = parsed.reading else {
            if case .incomplete(let forms) = parsed.reading {
                #expect(forms.contains { !$0.missing.isEmpty })
                _ = Reply.missing(in: forms)
            }
            return
        }
        for form in forms {
            #expect(form.missing.isEmpty)
            #expect(
                (1...OrderMessageLimits.nameScalars).contains(form.customerName?.unicodeScalars.count ?? 0)
            )
            #expect((1...OrderMessageLimits.addressScalars).contains(form.address?.unicodeScalars.count ?? 0))
            #expect((form.notes?.unicodeScalars.count ?? 0) <= OrderMessageLimits.notesScalars)
            #expect((form.items?.count ?? 1) <= OrderMessageLimits.items)
            for item in form.items ?? [] {
                #expect((1...OrderMessageLimits.quantity).contains(item.quantity))
                #expect((1...OrderMessageLimits.nameScalars).contains(item.name.unicodeScalars.count))
                #expect((item.unitPrice?.hundredths ?? 1) > 0)
            }
            #expect(form.alternativePhones.count <= OrderMessageLimits.alternativePhones)
            #expect(OrderForm(stored: form.stored) == form)
        }
    }

    @Test(arguments: 0..<12)
    func `random bytes are no trap`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<8 {
            let bytes = (0..<Int.random(in: 0...600, using: &generator)).map { _ in
                UInt8.random(in: 0 ... .max, using: &generator)
            }
            _ = parse(String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test(arguments: 0..<12)
    func `random scalars are no trap`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<8 {
            var view = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...400, using: &generator) {
                let range: ClosedRange<UInt32> =
                    [0...0x7F, 0x80...0x2FF, 0x1E00...0x27BF, 0xFE00...0xFFFF, 0x1D400...0x1FAFF]
                    .randomElement(using: &generator) ?? 0...0x7F
                if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) {
                    view.append(scalar)
                }
            }
            _ = parse(String(view))
        }
    }

    /// The pieces that the rules look for, in any order.
    private static let pieces = [
        "Name", "Phone", "Address", "Items", "Date", "Notes", "Total", "Receiver", ":", "=", " - ", "\n",
        "\n", "\n", " ", ",", ";", "|", "+", "&", " and ", "(", ")",
        "08031112222", "+234", "+44", "12", "999999999", "1,000,000,000", "2x", "x2", "a", "one", "₦", "#",
        "N", "k", "25k", "@", "each", "naira", "tomorrow", "Friday",
        "next", "week", "in", "days", "24/06/2026", "31/06", "2026-06-10", "the 23rd", "Allen Avenue",
        "Ikeja", "Plot", "behind", "cake", "rice", "Ada Obi", "Mrs",
        "I want to order", "please", "?", "done", "cancel", "/", "QWE-20260610-001", "*", "_", "1.", "1️⃣", "🎂",
        "\u{202E}", "\u{200B}", "\u{301}", "'", "\"", "%", ".",
        "9223372036854775807", "0.5", "0", "1/2", "http://x", "pay", "Opay", "Good morning",
    ]

    @Test(arguments: 0..<20)
    func `random pieces of orders are no trap`(seed: UInt64) {
        var generator = SeededGenerator(seed: 1000 + seed)
        for _ in 0..<10 {
            let count = Int.random(in: 1...60, using: &generator)
            let parts = (0..<count).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }
            _ = parse(parts.joined(separator: Bool.random(using: &generator) ? " " : ""))
        }
    }

    @Test(arguments: pieces)
    func `a piece repeated up to 64 KiB takes linear time`(piece: String) {
        let text = String(repeating: piece, count: (64 << 10) / max(1, piece.utf8.count))
        let clock = ContinuousClock()
        let time = clock.measure { _ = parse(text) }
        // A quadratic rule takes seconds even on an idle machine; a linear one milliseconds even on a loaded one.
        #expect(time < .seconds(20))
        _ = parse(order(items: text))
    }

    @Test(arguments: [
        "'; DROP TABLE orders; --", "<script>alert(1)</script>", "{{7*7}}", "%s%s%n", "=HYPERLINK(\"x\")",
        "\u{0}", "../../etc/passwd", "${jndi:ldap://x}",
        "👨‍👩‍👧‍👦👨‍👩‍👧‍👦", "\u{FDFD}\u{FDFD}", "Z̷̢̧̛̯̘̱̥̪̪̫̟͖̤̖͑́̓̈́͆͂̄͂̒̿͝ͅa", "\u{202E}gnp.exe\u{202C}",
    ])
    func `code and tricks are text`(text: String) throws {
        _ = parse(text)
        let form = try form(order("Notes: call \(text)"))
        #expect(form.missing.isEmpty)
        #expect(form.notes?.hasPrefix("call") == true)
        #expect(form.notes?.unicodeScalars.contains("\u{202E}") != true)
    }

    @Test func `ten megabytes are read as far as the limit`() {
        let text =
            "Name: Ada Obi\nPhone: 08031112222\nAddress: 12 Allen Avenue\nItems: 1 cake\nNotes: "
            + String(repeating: "🎂", count: 2_500_000)
        let parsed = parse(text)
        #expect(parsed.isCut)
        guard case .orders = parsed.reading else {
            Issue.record("\(parsed.reading)")
            return
        }
    }
}

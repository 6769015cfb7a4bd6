import OrderMessages
import Testing

@Suite struct CommandTests {
    private let confirmation = "✅ *Order Received*\n\n*Order ID:* ZXC-20260609-003\n*Customer:* Amara Nwosu"
    private let id = OrderID("ZXC-20260609-003")

    @Test(arguments: [
        ("/pending", Command.pending), ("/PENDING", .pending), ("  /pending.  ", .pending),
        ("*/pending*", .pending), ("/daily", .daily), ("/Weekly", .weekly),
        ("/monthly please", .monthly), ("/help", .help), ("/status", .status),
        ("/setup bigcakes-ABC123", .setup("bigcakes-ABC123")), ("/setup", .setup(nil)),
        ("/Setup  big-ABC123 now", .setup("big-ABC123")), ("/refund everything", .unknown("refund")),
        ("/start", .unknown("start")), ("/done", .done(nil, note: nil)),
        ("/cancel", .cancel(nil, reason: nil)), ("done", .done(nil, note: nil)),
        ("Done.", .done(nil, note: nil)), ("DELIVERED", .done(nil, note: nil)),
        ("cancel", .cancel(nil, reason: nil)), ("／pending", .pending),
    ])
    func `commands are read in any case`(text: String, command: Command) {
        #expect(read(text) == .command(command))
    }

    @Test(arguments: [
        "done #QWE-20260610-001", "Done #qwe-20260610-001", "delivered QWE-20260610-001",
        "/done QWE-20260610-001", "/delivered #QWE-20260610-001", "done: #QWE-20260610-001",
        "done - QWE-20260610-001", "*done* #QWE-20260610-001", "done # QWE-20260610-001",
        "done ✅ #QWE-20260610-001",
        "done #QWE‑20260610‑001", "done #QWE–20260610–001", "DONE #QWE-20260610-001!",
    ])
    func `an order is done by its id`(text: String) {
        #expect(read(text) == .command(.done(OrderID("QWE-20260610-001"), note: nil)))
    }

    @Test func `a reason is kept`() {
        let id = OrderID("QWE-20260610-001")
        #expect(
            read("cancel #QWE-20260610-001 customer not home")
                == .command(.cancel(id, reason: "customer not home"))
        )
        #expect(
            read("cancel QWE-20260610-001: no money\nthey said")
                == .command(.cancel(id, reason: "no money they said"))
        )
        #expect(
            read("done QWE-20260610-001 left with the guard")
                == .command(.done(id, note: "left with the guard"))
        )
    }

    @Test(arguments: [
        "done #123", "done #", "cancel #ABC", "cancel #QWE-2026061-001", "done #QWE-20261310-001",
        "delivered #QW-20260610-001", "done #QWE-20260610-01", "/done #1",
    ])
    func `an id that is none is told`(text: String) {
        #expect(outcome(text) == "command_malformed")
    }

    @Test(arguments: [
        "cancel my order", "done with that", "delivered to the wrong house", "Cancel it please", "is it done",
        "I am done", "cancel order for tomorrow",
    ])
    func `prose is no command`(text: String) {
        #expect(outcome(text) == "not_an_order" || outcome(text) == "question")
    }

    @Test(arguments: [
        "done", "Done", "delivered", "DONE ✅", "done thanks", "done sir", "delivered successfully", "/done",
    ])
    func `a reply takes the id of what it answers`(text: String) {
        guard case .command(.done(id, _)) = read(text, quoted: confirmation) else {
            Issue.record("\(text): \(read(text, quoted: confirmation))")
            return
        }
    }

    @Test func `a reply cancels with its reason`() {
        #expect(read("cancel", quoted: confirmation) == .command(.cancel(id, reason: nil)))
        #expect(
            read("Cancel: customer not reachable", quoted: confirmation)
                == .command(.cancel(id, reason: "customer not reachable"))
        )
    }

    @Test(arguments: [
        "done with the cake?", "delivered to the wrong person", "cancel?", "ok", "who is going",
    ])
    func `a reply that says something else is no command`(text: String) {
        if case .command = read(text, quoted: confirmation) { Issue.record("\(text)") }
    }

    @Test func `a reply to a message without an id asks which one`() {
        #expect(read("done", quoted: "see you") == .command(.done(nil, note: nil)))
    }

    @Test func `an id of its own wins over the one it answers, and the first id of a quoted text counts`() {
        #expect(
            read("done #QWE-20260610-001", quoted: confirmation)
                == .command(.done(OrderID("QWE-20260610-001"), note: nil))
        )
        #expect(
            read("done", quoted: confirmation + "\n*Notes:* QWE-20260610-001")
                == .command(.done(id, note: nil))
        )
    }

    @Test(arguments: ["/", "/ pending", "//", "/12 Allen", "/?"])
    func `a slash without a word is no command`(text: String) {
        if case .command(let command) = read(text) { #expect(command == .unknown("12")) }
    }

    @Test(arguments: [
        ("QWE-20260610-001", "QWE-20260610-001"), ("qwe-20260610-12345", "QWE-20260610-12345"),
        ("A1B-20260229-001", nil), ("QWE-20260610-000", nil),
        ("QWEX-20260610-001", nil), ("QWE-20260610-1", nil), ("ÄÖÜ-20260610-001", nil), ("", nil),
        ("QWE-20260610-0000000001", nil),
    ])
    func `order ids have a code, a day and a number`(text: String, id: String?) {
        #expect(OrderID(text)?.description == id)
    }

    @Test func `an id inside a longer one is none`() {
        #expect(OrderID(firstIn: "X-QWE-20260610-001-2") == nil)
        #expect(OrderID(firstIn: "see (qwe-20260610-001).")?.description == "QWE-20260610-001")
    }
}

import Postgres
import Shared
import Testing

@testable import noviWorker

/// What messages become, with a real database.
@Suite struct MessageProcessingTests {
    @Test func `an order is a row with items, history, a confirmation and a copy for those who deliver`()
        async throws
    {
        let talk = try await Conversation().linked()
        let answer = try await talk.say(Conversation.order())
        #expect(answer.outcome == "order")
        let id = try await talk.psql("SELECT order_id FROM orders")
        #expect(id.hasPrefix("BIG-") && id.hasSuffix("-001"))
        #expect(answer.reply.hasPrefix("✅ Order received: \(id)"))
        #expect(
            try await talk.psql(
                """
                SELECT customer_name, customer_phone, address, items_text, status, source, submitted_by, needs_clarification, currency
                FROM orders
                """
            )
                == "Amara Nwosu|+2348030001122|12 Allen Avenue, Ikeja|2 x cakes, 1 x pie|pending|simulator|2348030000001@c.us|f|NGN"
        )
        #expect(
            try await talk.psql(
                "SELECT string_agg(quantity || ' ' || name, ', ' ORDER BY position) FROM order_items"
            )
                == "2 cakes, 1 pie"
        )
        #expect(
            try await talk.psql("SELECT event, actor, actor_kind, to_status FROM order_events")
                == "created|2348030000001@c.us|chat|pending"
        )
        let copy = try await talk.psql(
            "SELECT body FROM outbound_messages WHERE kind = 'delivery' AND chat_ref = 'delivery@g.us'"
        )
        #expect(copy.contains("*Order ID:* \(id)"))
        #expect(copy.contains("*Phone:* +2348030001122"))
        #expect(
            try await talk.psql("SELECT count(*) FROM inbound_messages WHERE order_id IS NOT NULL") == "1"
        )
    }

    @Test func `money of a thousand and more is kept exactly, a price for all as the price of one`()
        async throws
    {
        let talk = try await Conversation().linked()
        let answer = try await talk.say(
            Conversation.order(items: "2 cakes @ ₦12,500, 3 pies ₦4,500, 3 rolls ₦1,000")
                + "\nTotal: ₦1,030,500.50"
        )
        #expect(answer.outcome == "order", "\(answer)")
        #expect(try await talk.psql("SELECT total_amount FROM orders") == "1030500.50")
        #expect(
            try await talk.psql("SELECT name, quantity, unit_price FROM order_items ORDER BY position")
                == "cakes|2|12500.00\npies|3|1500.00\nrolls|3|"
        )
    }

    @Test func `the same message again changes nothing`() async throws {
        let talk = try await Conversation().linked()
        for _ in 0..<3 { _ = try await talk.say(Conversation.order()) { $0.externalID = "same" } }
        #expect(try await talk.psql("SELECT count(*) FROM orders") == "1")
        #expect(
            try await talk.psql("SELECT count(*) FROM outbound_messages WHERE kind = 'confirmation'") == "1"
        )
    }

    @Test func `one more line completes a draft, of the same sender only and for ten minutes`() async throws {
        let talk = try await Conversation().linked()
        let first = try await talk.say("Name: Amara Nwosu\nAddress: 12 Allen Avenue, Ikeja\nItems: 2 cakes")
        #expect(first.outcome == "incomplete")
        #expect(first.reply.contains("a phone number"))
        #expect(!first.reply.contains("address"))
        let stranger = try await talk.say("08030001122", from: "2348030000002@c.us")
        #expect(stranger.outcome != "order")
        let second = try await talk.say("08030001122")
        #expect(second.outcome == "order")
        #expect(try await talk.psql("SELECT customer_phone FROM orders") == "+2348030001122")
        #expect(
            try await talk.psql("SELECT count(*) FROM parse_drafts WHERE sender_ref = '2348030000001@c.us'")
                == "0"
        )
        _ = try await talk.say("Name: Bola Ade\nAddress: 3 Marina Road, Lagos\nItems: 1 pie")
        try await talk.psql("UPDATE parse_drafts SET expires_at = now() - interval '1 second'")
        let late = try await talk.say("08030001133")
        #expect(late.outcome != "order")
    }

    @Test func `lines that come together are read in their order`() async throws {
        let talk = try await Conversation().linked()
        var messages = [
            InboundMessage(externalID: "first", chat: Conversation.sales, sender: Conversation.person)
        ]
        messages[0].text = "Name: Amara Nwosu\nAddress: 12 Allen Avenue, Ikeja\nItems: 2 cakes"
        messages.append(messages[0])
        messages[1].externalID = "second"
        messages[1].text = "08030001122"
        try await talk.inbox.take(messages, [])
        while try await talk.processing.processNext() {}
        #expect(try await talk.answer("first").outcome == "incomplete")
        #expect(try await talk.answer("second").outcome == "order")
    }

    @Test func `done and cancel move the order that is named or quoted, once`() async throws {
        let talk = try await Conversation().linked()
        _ = try await talk.say(Conversation.order())
        _ = try await talk.say(Conversation.order("Bola Ade"))
        let ids = try await talk.psql("SELECT order_id FROM orders ORDER BY order_id").split(separator: "\n")
            .map(String.init)
        let done = try await talk.say("done #\(ids[0])", in: Conversation.delivery)
        #expect(done.reply == "✅ \(ids[0]) is delivered.")
        #expect(try await talk.say("done #\(ids[0])").reply == "\(ids[0]) is delivered already.")
        #expect(
            try await talk.say("cancel #\(ids[0])").reply == "\(ids[0]) is delivered; it cannot be cancelled."
        )
        // A provider that brings only the id of what is quoted.
        try await talk.psql(
            "UPDATE outbound_messages SET external_id = 'out-7', state = 'sent' WHERE kind = 'delivery' AND body LIKE '%\(ids[1])%'"
        )
        let cancelled = try await talk.say("cancel customer not reachable", in: Conversation.delivery) {
            $0.quotedID = "out-7"
        }
        #expect(cancelled.reply.hasPrefix("❌ \(ids[1]) is cancelled"))
        #expect(
            try await talk.psql("SELECT cancel_reason FROM orders WHERE order_id = '\(ids[1])'")
                == "customer not reachable"
        )
        #expect(
            try await talk.psql(
                "SELECT from_status, to_status FROM order_events WHERE event = 'status' ORDER BY id"
            )
                == "pending|delivered\npending|cancelled"
        )
        #expect(try await talk.say("done").reply.hasPrefix("Which one?"))
        #expect(try await talk.say("done #BIG-20260610-9").reply.hasPrefix("I did not understand"))
        #expect(try await talk.say("done #BIG-20260610-999").reply.hasPrefix("I know no order"))
    }

    @Test func `an order that is prepared is delivered through its states`() async throws {
        let talk = try await Conversation().linked()
        _ = try await talk.say(Conversation.order())
        try await talk.psql("UPDATE orders SET status = 'processing'")
        let id = try await talk.psql("SELECT order_id FROM orders")
        #expect(try await talk.say("delivered \(id)").reply == "✅ \(id) is delivered.")
        #expect(
            try await talk.psql("SELECT status, delivery_person FROM orders")
                == "delivered|2348030000001@c.us"
        )
    }

    @Test func `pending lists ten and tells how many more there are; reports count`() async throws {
        let talk = try await Conversation().linked()
        #expect(try await talk.say("/pending").reply == "No open orders.")
        for number in 0..<12 {
            _ = try await talk.say(Conversation.order("Customer \("ABCDEFGHIJKL".map(String.init)[number])x"))
        }
        let lines = try await talk.say("/pending").reply.split(separator: "\n")
        #expect(lines.first == "12 open orders:")
        #expect(lines.count == 12)
        #expect(lines.last == "… and 2 more")
        let daily = try await talk.say("/daily").reply
        #expect(daily.hasPrefix("Today at Big Cakes:\n12 orders · 0 delivered · 12 open · 0 cancelled"))
        #expect(try await talk.say("/status").reply.hasPrefix("WhatsApp: ready\nMessages to read: 0"))
        #expect(try await talk.say("/help").reply.contains("/pending"))
        #expect(try await talk.say("/unheard").reply.hasPrefix("I do not know /unheard"))
    }

    @Test func `chats are linked by the business's identifier: sales first, then delivery, people directly`()
        async throws
    {
        let talk = try await Conversation()
        #expect(try await talk.say(Conversation.order()).reason == "unknown_chat")
        #expect(try await talk.say("/setup").reply.hasPrefix("Which one?"))
        #expect(try await talk.say("/setup nobody-XYZ999").reply.hasPrefix("I know no business"))
        _ = try await talk.linked()
        #expect(
            try await talk.psql("SELECT kind, external_id FROM chats ORDER BY created_at")
                == "sales|sales@g.us\ndelivery|delivery@g.us"
        )
        #expect(
            try await talk.say("/setup bigcakes-ABC123").reply
                == "This chat is the sales chat of Big Cakes already."
        )
        #expect(try await talk.say("/setup bigcakes-ABC123", in: "third@g.us").reply.contains("already"))
        let direct = try await talk.say("/setup bigcakes-ABC123", in: Conversation.person)
        #expect(direct.reply.hasPrefix("✅ You are linked"))
        #expect(try await talk.say(Conversation.order(), in: Conversation.person).outcome == "order")
        // Somebody who is no member may order and not look around; the owner may.
        #expect(try await talk.say("/pending", in: Conversation.person).reason == "not_an_order")
        try await talk.psql(
            "INSERT INTO chats (business_id, provider, external_id, kind) VALUES ('\(talk.business)', 'simulator', '2348030000009@c.us', 'direct')"
        )
        let owner = try await talk.say("/pending", in: "2348030000009@c.us", from: "2348030000009@c.us")
        #expect(owner.reply.hasPrefix("1 open order:"))
    }

    @Test func `what is no order is left alone, and told why`() async throws {
        let talk = try await Conversation().linked()
        for (text, reason) in [
            ("Good morning", "greeting"), ("where is my order?", "question"), ("see you", "not_an_order"),
        ] {
            let answer = try await talk.say(text)
            #expect(answer.outcome == "ignored")
            #expect(answer.reason == reason)
            #expect(answer.replies.isEmpty)
        }
        #expect(try await talk.say(Conversation.order()) { $0.isFromMe = true }.reason == "own_message")
        #expect(try await talk.say(Conversation.order(), in: Conversation.delivery).reason == "not_an_order")
        try await talk.psql("UPDATE businesses SET is_active = false")
        #expect(try await talk.say(Conversation.order()).reason == "inactive")
        #expect(try await talk.psql("SELECT count(*) FROM orders") == "0")
    }

    @Test func `an old message is stored only, a late one is answered as such, a picture asks for words`()
        async throws
    {
        let talk = try await Conversation().linked()
        let old = try await talk.say(Conversation.order()) { $0.sentAt = .now() - .seconds(86_500) }
        #expect(old.outcome == "late")
        #expect(old.replies.isEmpty)
        let late = try await talk.say(Conversation.order()) { $0.sentAt = .now() - .seconds(400) }
        #expect(late.outcome == "order")
        #expect(late.reply.hasPrefix("Your message reached us late"))
        let picture = try await talk.say(nil) {
            $0.kind = "image"
            $0.asksForText = true
        }
        #expect(picture.reply == "I can read text only. Please write your order.")
        #expect(try await talk.say(nil) { $0.kind = "reaction" }.replies.isEmpty)
    }

    @Test func `two orders in one message are both made, or both asked about`() async throws {
        let talk = try await Conversation().linked()
        let both = try await talk.say(
            Conversation.order() + "\n" + Conversation.order("Bola Ade", items: "3 pies")
        )
        #expect(both.outcome == "order")
        #expect(both.replies.count == 2)
        #expect(
            try await talk.psql("SELECT customer_name, inbound_part FROM orders ORDER BY order_id")
                == "Amara Nwosu|1\nBola Ade|2"
        )
        let one = try await talk.say(Conversation.order() + "\nName: Bola Ade\nAddress: 3 Marina Road, Lagos")
        #expect(one.outcome == "incomplete")
        #expect(one.reply.contains("Order 2"))
        #expect(try await talk.psql("SELECT count(*) FROM orders") == "2")
    }

    @Test func `an order without items is taken and asked about`() async throws {
        let talk = try await Conversation().linked()
        let answer = try await talk.say(
            "Name: Amara Nwosu\nPhone: 08030001122\nAddress: 12 Allen Avenue, Ikeja"
        )
        #expect(answer.outcome == "order")
        #expect(answer.replies.count == 2)
        #expect(answer.replies.last?.contains("What would you like to order?") == true)
        #expect(try await talk.psql("SELECT needs_clarification, items_text IS NULL FROM orders") == "t|t")
    }

    @Test func `hostile text is kept as text and bounded`() async throws {
        let talk = try await Conversation().linked()
        let hostile = [
            "Robert'); DROP TABLE orders;--", "<script>alert(1)</script>",
            "\u{202E}\u{0}\u{1B}[31m\u{7}\u{FEFF}",
            String(repeating: "👨‍👩‍👧‍👦", count: 2000), String(repeating: "a", count: 10_000_000), "\r\n\r\n\t",
            "$1 %s %n {}",
        ]
        for text in hostile {
            let answer = try await talk.say(text)
            #expect(answer.outcome == "ignored", "\(text.prefix(30))")
        }
        let named = try await talk.say(Conversation.order("Robert'); DROP TABLE orders;--"))
        #expect(named.outcome == "order" || named.outcome == "incomplete")
        #expect(try await talk.psql("SELECT max(char_length(body)) FROM inbound_messages") == "16384")
        let cut = try await talk.say(
            Conversation.order() + "\nNotes: " + String(repeating: "x ", count: 3000)
        )
        #expect(cut.outcome == "order")
        #expect(cut.reply.hasPrefix("Your message was very long"))
    }

    @Test func `a message that cannot be processed is tried again behind the others, then left aside`()
        async throws
    {
        let talk = try await Conversation().linked()
        try await talk.psql(
            """
            CREATE FUNCTION explode() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no luck'; END $$;
            CREATE TRIGGER explode BEFORE INSERT ON orders FOR EACH ROW WHEN (NEW.customer_name = 'Bad Luck')
            EXECUTE FUNCTION explode()
            """
        )
        let bad = InboundMessage(
            externalID: "bad",
            chat: Conversation.sales,
            sender: Conversation.person,
            text: Conversation.order("Bad Luck")
        )
        var good = bad
        good.externalID = "good"
        good.text = Conversation.order()
        try await talk.inbox.take([bad, good], [])
        while try await talk.processing.processNext() {}
        #expect(try await talk.answer("good").outcome == "order")
        #expect(try await talk.answer("bad").outcome == "error")
        #expect(try await talk.answer("bad").reason.contains("no luck"))
        #expect(try await talk.psql("SELECT attempts FROM inbound_messages WHERE external_id = 'bad'") == "5")
        try await talk.psql("DROP TRIGGER explode ON orders")
        #expect(try await Replay(.simulator, talk.pool).run(since: .now() - .seconds(3600)) >= 1)
        while try await talk.processing.processNext() {}
        #expect(try await talk.answer("bad").outcome == "order")
    }
}

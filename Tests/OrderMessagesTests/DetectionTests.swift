import OrderMessages
import Shared
import Testing

@Suite struct DetectionTests {
    @Test(arguments: [
        "Hi", "Hello!!", "Good morning sir", "good afternoon ma", "Thanks", "Thank you so much 🙏",
        "God bless you", "🙏🙏", "How far", "Ẹ káàárọ̀ ma", "E kaasan",
        "Ina kwana", "Sannu", "Nagode", "Kedu", "Ndewo", "Daalu", "Ututu oma", "Bawo", "Happy Sunday",
        "Good evening everyone", "Salam alaikum", "Welcome",
        "thanks a lot dear",
    ])
    func `greetings and thanks are ignored as such`(text: String) {
        #expect(outcome(text) == "greeting")
    }

    @Test(arguments: [
        "How much is your cake?", "Do you deliver to Lekki?", "where is my order",
        "Please I want to buy your cake how much", "Is the shop open today",
        "What time do you close",
        "Good morning, how much is a carton of juice", "Can I get 2 cakes tomorrow?", "abi una don close?",
        "Hello, do you have jollof rice",
        "Which flavours are there", "when will my cake come", "Have you delivered to 08031112222?",
        "Is 08031112222 your number?",
    ])
    func `questions are ignored as such`(text: String) {
        #expect(outcome(text) == "question")
    }

    @Test(arguments: [
        "The rider collected 5000 naira for fuel this morning", "Please pay into 0123456789 GTB, Novi Foods",
        "I am at Allen junction now, traffic is heavy",
        "cancel my order", "I want a refund", "I need help", "I want to know the price",
        "I need to see you tomorrow", "Ok", "noted", "yes please",
        "We sold 20 cakes yesterday", "Delivered 2 cakes to Ada Obi 08035551212 at 12 Allen Avenue Ikeja",
        "The cake was nice", "Meeting by 4pm tomorrow at the office",
        "I have paid 5000", "call me on 08031112222",
        "08031112222", "Ada Obi", "12 Allen Avenue, Ikeja", "2 cakes", "My order has not arrived",
        "order received", "See you on Friday", "",
        "FRESH CAKES AVAILABLE!!!\nCall 08031112222\n12 Allen Avenue, Ikeja",
        "Promo! Promo!\n2 pizzas for ₦5,000\nVisit us at 12 Allen Avenue, Ikeja\n08031112222",
        "Novi Foods\n12 Allen Avenue, Ikeja\nfor bookings 08031112222", "I waited 30 minutes at the gate",
        "https://example.com/2026", "done with the cakes",
        "delivered to the wrong person", "Rider 08031112222 is at Allen Avenue Ikeja",
        "Bread is finished\nBring 2 more tomorrow",
        "Name: meeting\nTime: 4pm", "Note: shop closed tomorrow", "I'm going to get my hair done",
        "We need to talk", "Let me know",
    ])
    func `talk is no order`(text: String) {
        #expect(outcome(text) == "not_an_order")
    }

    @Test(arguments: [
        "I want to order", "I want to order please", "I'd like to order", "I would like to place an order",
        "Good morning, I want to buy cakes", "I wan order",
        "abeg I need 2 plates of rice", "Hello, I want 3 cupcakes", "i need a cake for saturday",
        "we want to order small chops", "I want to get 5 meat pies",
        "Please I want to make an order", "biko I want 2 cakes", "Let me get 2 pizzas",
        "I want to order jollof rice and chicken for 20 people",
    ])
    func `a wish alone is answered with what is missing`(text: String) {
        #expect(outcome(text) == "incomplete")
        #expect(forms(text).first?.missing == [.customerName, .customerPhone, .address])
    }

    @Test func `questions in a message with phone and address do not matter`() throws {
        let form = try form(
            "Ada Obi\n08031112222\n12 Allen Avenue, Ikeja\n2 cakes\nCan you come before noon?"
        )
        #expect(form.missing.isEmpty)
        #expect(outcome(order("Do you have blue?")) == "order")
    }

    @Test func `phone and address alone are no order`() {
        #expect(outcome("08031112222\n12 Allen Avenue, Ikeja") == "not_an_order")
        #expect(outcome("Ada Obi\n08031112222\n12 Allen Avenue, Ikeja") == "order")
        #expect(outcome("2 cakes\n08031112222\n12 Allen Avenue, Ikeja") == "incomplete")
    }

    @Test func `items may be missing, to be asked for`() throws {
        let form = try form(
            "Name: Tari Briggs\nPhone: 08020002424\nAddress: 33 Trans Amadi Layout, Port Harcourt"
        )
        #expect(form.items == nil)
        #expect(form.missing.isEmpty)
    }

    @Test func `our own messages are dropped before commands are read`() {
        for text in ["/pending", "done", order(), "✅ Order received: QWE-20260610-001"] {
            let message = ReceivedMessage(text: text, isFromMe: true)
            #expect(MessageParser(today: wednesday).parse(message).reading == .ignored(.ownMessage))
        }
    }

    @Test func `a message that is too long is cut, marked and parsed`() {
        let text = order("Notes: " + String(repeating: "long ", count: 2000))
        let parsed = MessageParser(today: wednesday).parse(ReceivedMessage(text: text))
        #expect(parsed.isCut)
        guard case .orders(let forms) = parsed.reading else {
            Issue.record("no order")
            return
        }
        #expect(forms[0].customerName == "Ada Obi")
        #expect((forms[0].notes?.unicodeScalars.count ?? 0) <= OrderMessageLimits.notesScalars)
        #expect(parsed.json(today: wednesday)["cut"]?.boolValue == true)
    }
}

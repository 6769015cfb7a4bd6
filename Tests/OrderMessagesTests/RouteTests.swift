import OrderMessages
import Testing

@Suite struct RouteTests {
    private let anOrder = read(order())
    private let command = MessageReading.command(.pending)
    private let change = MessageReading.command(.done(nil, note: nil))

    private func admit(
        _ reading: MessageReading,
        _ chat: MessageRoute.Chat,
        isActive: Bool = true
    ) -> MessageReading {
        MessageRoute(chat: chat, isActive: isActive).admit(reading)
    }

    @Test func `an unknown chat hears setup only`() {
        #expect(admit(.command(.setup("x-ABC123")), .unknown) == .command(.setup("x-ABC123")))
        #expect(admit(anOrder, .unknown) == .ignored(.unknownChat))
        #expect(admit(command, .unknown) == .ignored(.unknownChat))
        #expect(admit(.ignored(.greeting), .unknown) == .ignored(.unknownChat))
        #expect(admit(.ignored(.ownMessage), .unknown) == .ignored(.ownMessage))
    }

    @Test func `an inactive business hears nothing`() {
        for reading in [anOrder, command, .ignored(.greeting)] {
            #expect(admit(reading, .sales, isActive: false) == .ignored(.inactive))
        }
    }

    @Test func `sales chats order and command, delivery chats command`() {
        #expect(admit(anOrder, .sales) == anOrder)
        #expect(admit(change, .sales) == change)
        #expect(admit(anOrder, .delivery) == .ignored(.notAnOrder))
        #expect(admit(change, .delivery) == change)
    }

    @Test func `in a direct chat the member's role decides`() {
        for role in [MessageRoute.Member.owner, .manager, .staff] {
            #expect(admit(anOrder, .direct(role)) == anOrder)
            #expect(admit(change, .direct(role)) == change)
        }
        #expect(admit(command, .direct(.viewer)) == command)
        #expect(admit(change, .direct(.viewer)) == .ignored(.notAnOrder))
        #expect(admit(anOrder, .direct(nil)) == anOrder)
        #expect(admit(command, .direct(nil)) == .ignored(.notAnOrder))
        #expect(admit(change, .direct(nil)) == .ignored(.notAnOrder))
    }

    @Test(arguments: [
        (Int64(0), MessageAge.fresh), (300, .fresh), (301, .late), (86_400, .late), (86_401, .tooOld),
        (-50, .fresh), (Int64.max, .tooOld), (Int64.min + 1, .fresh),
    ])
    func `messages are late after five minutes and too old after a day`(age: Int64, expected: MessageAge) {
        #expect(MessageAge(sentAt: 0, receivedAt: age) == expected)
    }

    @Test func `times at the ends of the range are no trap`() {
        #expect(MessageAge(sentAt: .min, receivedAt: .max) == .tooOld)
        #expect(MessageAge(sentAt: .max, receivedAt: .min) == .fresh)
    }
}

import Shared
import Testing
import WhatsAppCloud

@testable import noviWorker

/// Sending, against a stand-in that knows what Meta documents.
@Suite(.timeLimit(.minutes(3))) struct CloudSendTests {
    @Test func `a text goes out as Meta documents it and is accepted under Meta's id`() async throws {
        let fixture = try await CloudFixture()
        #expect(try await fixture.start() == .ready)
        fixture.meta.reply(.accepted("wamid.OUT1"))
        let outcome = await fixture.provider.send(CloudFixture.message())
        #expect(outcome == .accepted(externalID: "wamid.OUT1"))
        #expect(fixture.meta.problems == [])
        let body = try #require(fixture.meta.messages.first?.body)
        #expect(body["to"] == "2348030001122")
        #expect(body["text"]?["body"] == "Order QWE-20260610-001 received.")
        #expect(body["context"]?["message_id"] == "wamid.TEST0001")
        #expect(body["biz_opaque_callback_data"] == "outbox:7f3a")
        await fixture.close()
    }

    @Test func `an id and a group are addressed as such`() async throws {
        let fixture = try await CloudFixture()
        try await fixture.start()
        _ = await fixture.provider.send(CloudFixture.message(to: "NG.10000000000000000001"))
        _ = await fixture.provider.send(CloudFixture.message(to: "Y2FwaV9ncm91cDox"))
        #expect(fixture.meta.problems == [])
        #expect(fixture.meta.messages.first?.body?["recipient"] == "NG.10000000000000000001")
        #expect(fixture.meta.messages.last?.body?["recipient_type"] == "group")
        await fixture.close()
    }

    @Test func `outside the 24 hours the message's template goes out`() async throws {
        let fixture = try await CloudFixture()
        try await fixture.start()
        let template: JSONValue = ["name": "daily_report", "language": "en", "parameters": ["12\nopen"]]
        let message = CloudFixture.message(template: template, isWithinWindow: false)
        guard case .accepted = await fixture.provider.send(message) else {
            Issue.record("not accepted")
            return
        }
        #expect(fixture.meta.problems == [])
        let sent = fixture.meta.messages.first?.body?["template"]
        #expect(sent?["name"] == "daily_report")
        let parameters = sent?["components"]?.arrayValue?.first?["parameters"]?.arrayValue
        #expect(parameters == [["type": "text", "text": "12 · open"]])
        await fixture.close()
    }

    @Test func `without one, the template of the settings carries the text, if it is short enough`()
        async throws
    {
        let fixture = try await CloudFixture {
            $0.fallbackTemplate = CloudSettings.FallbackTemplate(name: "novi_note", language: "en_GB")
        }
        try await fixture.start()
        let short = await fixture.provider.send(CloudFixture.message("a\nb", isWithinWindow: false))
        guard case .accepted = short else {
            Issue.record("\(short)")
            return
        }
        #expect(fixture.meta.messages.first?.body?["template"]?["language"]?["code"] == "en_GB")
        let long = String(repeating: "x", count: 2000)
        let outcome = await fixture.provider.send(CloudFixture.message(long, isWithinWindow: false))
        guard case .dead(let problem) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(problem.code == 131_047 && problem.needsAttention)
        #expect(fixture.meta.messages.count == 1)
        await fixture.close()
    }

    @Test func `outside the 24 hours without any template nothing is sent and people are told`() async throws
    {
        let fixture = try await CloudFixture()
        try await fixture.start()
        let outcome = await fixture.provider.send(CloudFixture.message(isWithinWindow: false))
        guard case .dead(let problem) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(problem.code == 131_047 && problem.needsAttention)
        #expect(fixture.meta.messages.isEmpty)
        await fixture.close()
    }

    @Test func `a text that Meta finds outside the 24 hours is sent again as its template`() async throws {
        let fixture = try await CloudFixture()
        try await fixture.start()
        fixture.meta.reply(.error(131_047, "Re-engagement message"), .accepted("wamid.T"))
        let template: JSONValue = ["name": "daily_report", "parameters": ["12"]]
        let outcome = await fixture.provider.send(CloudFixture.message(template: template))
        #expect(outcome == .accepted(externalID: "wamid.T"))
        #expect(fixture.meta.messages.map { $0.body?["type"] } == ["text", "template"])
        await fixture.close()
    }

    /// What the table of codes says.
    enum Expected: Sendable {
        case dead(attention: Bool)
        case retry(SendOutcome.Hold)
        case loggedOut
        case blocked
    }

    @Test(
        arguments: [
            (0, .loggedOut), (190, .loggedOut), (3, .loggedOut), (10, .loggedOut), (200, .loggedOut),
            (299, .loggedOut), (100, .dead(attention: true)), (131_008, .dead(attention: true)),
            (131_009, .dead(attention: true)), (132_000, .dead(attention: true)),
            (132_005, .dead(attention: true)), (132_007, .dead(attention: true)),
            (132_012, .dead(attention: true)), (132_001, .dead(attention: true)),
            (132_015, .dead(attention: true)), (132_016, .dead(attention: true)), (4, .retry(.account)),
            (80_007, .retry(.account)), (130_429, .retry(.account)), (131_056, .retry(.chat)),
            (131_048, .retry(.chat)), (131_049, .retry(.chat)), (131_047, .dead(attention: true)),
            (131_026, .dead(attention: false)), (131_021, .dead(attention: false)),
            (131_030, .dead(attention: false)), (131_000, .retry(.chat)), (131_016, .retry(.chat)),
            (1, .retry(.chat)), (2, .retry(.chat)), (131_057, .retry(.chat)), (131_031, .blocked),
            (368, .blocked), (131_042, .blocked), (131_045, .blocked), (133_010, .blocked),
            (999_999, .retry(.chat)),
        ] as [(Int64, Expected)]
    )
    func `every code of Meta's has its outcome, whatever the HTTP status`(
        code: Int64,
        expected: Expected
    ) async throws {
        let fixture = try await CloudFixture()
        try await fixture.start()
        // The status says something else on purpose.
        fixture.meta.reply(.error(code, "told", status: code == 190 ? 500 : 401))
        let outcome = await fixture.provider.send(CloudFixture.message())
        switch (expected, outcome) {
        case (.dead(let attention), .dead(let problem)):
            #expect(problem.code == code && problem.needsAttention == attention)
        case (.retry(let hold), .retry(let problem, let held)):
            #expect(problem.code == code && held == hold && problem.wait ?? .zero > .zero)
        case (.loggedOut, .unlinked(.loggedOut(let word), let problem)):
            #expect(word.hasPrefix("\(code) ") && problem.code == code && problem.needsAttention)
            #expect(await fixture.nextEvent() == .disconnected(.loggedOut(word)))
        case (.blocked, .unlinked(.blocked(let word), let problem)):
            #expect(word.hasPrefix("\(code) ") && problem.code == code && problem.needsAttention)
            #expect(await fixture.nextEvent() == .disconnected(.blocked(word)))
        default: Issue.record("\(code): \(outcome)")
        }
        await fixture.close()
    }

    @Test func `an answer that does not come in time leaves a message whose fate is unknown`() async throws {
        let fixture = try await CloudFixture { $0.requestTime = .seconds(2) }
        // On a machine that is busy even the first answer can be late.
        while try await fixture.start() != .ready {}
        fixture.meta.reply(.silence)
        let outcome = await fixture.provider.send(CloudFixture.message())
        guard case .unknown = outcome else {
            Issue.record("\(outcome)")
            return
        }
        await fixture.close()
    }

    @Test(arguments: [
        MetaStandIn.Reply.hangUp, .torn(200), .answer(200, "{"), .answer(200, "{}"),
        .answer(200, #"{"messages":[]}"#), .flood(200, 10 << 20),
    ])
    func `a good answer that cannot be read leaves a message whose fate is unknown`(
        reply: MetaStandIn.Reply
    ) async throws {
        let fixture = try await CloudFixture()
        try await fixture.start()
        fixture.meta.reply(reply, .accepted("wamid.NEXT"))
        let outcome = await fixture.provider.send(CloudFixture.message())
        guard case .unknown = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(await fixture.provider.send(CloudFixture.message()) == .accepted(externalID: "wamid.NEXT"))
        await fixture.close()
    }

    @Test(arguments: [
        MetaStandIn.Reply.answer(500, "<html>"), .answer(503, ""), .flood(502, 10 << 20),
    ])
    func `a server error without a code is tried again`(reply: MetaStandIn.Reply) async throws {
        let fixture = try await CloudFixture()
        try await fixture.start()
        fixture.meta.reply(reply)
        let outcome = await fixture.provider.send(CloudFixture.message())
        guard case .retry(let problem, hold: .chat) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(problem.code == nil && problem.wait == .seconds(2))
        await fixture.close()
    }

    @Test func `429 holds everything for as long as Meta asks`() async throws {
        let fixture = try await CloudFixture()
        try await fixture.start()
        fixture.meta.reply(.answer(429, "", ["retry-after": "77"]))
        let outcome = await fixture.provider.send(CloudFixture.message())
        guard case .retry(let problem, hold: .account) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(problem.wait == .seconds(77))
        // Nobody else is written to meanwhile either.
        let other = await fixture.provider.send(CloudFixture.message(to: "2348030001133"))
        guard case .retry(let problem, hold: .account) = other else {
            Issue.record("\(other)")
            return
        }
        #expect(problem.wait ?? .zero > .seconds(60))
        #expect(fixture.meta.messages.count == 1)
        await fixture.close()
    }

    @Test func `too much to one person waits 4, 16, 64 seconds and holds only this person`() async throws {
        var setbacks = CloudSetbacks()
        #expect(setbacks.note(.pairLimited, chat: "a") == .seconds(4))
        #expect(setbacks.note(.pairLimited, chat: "a") == .seconds(16))
        #expect(setbacks.note(.pairLimited, chat: "b") == .seconds(4))
        #expect(setbacks.note(.pairLimited, chat: "a") == .seconds(64))
        setbacks.noteAccepted(chat: "a")
        #expect(setbacks.note(.pairLimited, chat: "a") == .seconds(4))

        let fixture = try await CloudFixture()
        try await fixture.start()
        fixture.meta.reply(.error(131_056))
        _ = await fixture.provider.send(CloudFixture.message())
        let held = await fixture.provider.send(CloudFixture.message())
        guard case .retry(_, hold: .chat) = held else {
            Issue.record("\(held)")
            return
        }
        let other = await fixture.provider.send(CloudFixture.message(to: "2348030001133"))
        guard case .accepted = other else {
            Issue.record("\(other)")
            return
        }
        #expect(fixture.meta.messages.count == 2)
        await fixture.close()
    }

    @Test func `what Meta often keeps back is told to people`() {
        var setbacks = CloudSetbacks()
        for number in 1...CloudSetbacks.alarmingHoldbacks {
            #expect(!setbacks.isHeldBackOften)
            _ = setbacks.note(.heldBack, chat: "\(number)")
        }
        #expect(setbacks.isHeldBackOften)
        setbacks.noteAccepted(chat: "x")
        #expect(!setbacks.isHeldBackOften)
    }

    @Test func `refusals of more chats than are remembered forget others`() {
        var setbacks = CloudSetbacks()
        for number in 0...(2 * CloudSetbacks.chats) { _ = setbacks.note(.temporary, chat: "\(number)") }
        #expect(setbacks.rememberedChats <= CloudSetbacks.chats)
    }

    @Test func `a message that comes too early for one person is given back, not waited for`() async throws {
        let fixture = try await CloudFixture {
            $0.rates = SendPace.Rates(pairInterval: .seconds(3600), pairBurst: 1)
        }
        try await fixture.start()
        _ = await fixture.provider.send(CloudFixture.message())
        let outcome = await fixture.provider.send(CloudFixture.message())
        guard case .retry(let problem, hold: .chat) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(problem.wait ?? .zero > .seconds(3000))
        #expect(fixture.meta.messages.count == 1)
        await fixture.close()
    }

    @Test func `many messages at once keep the number's rate and all arrive`() async throws {
        let fixture = try await CloudFixture { $0.rates = SendPace.Rates(numberPerSecond: 100) }
        try await fixture.start()
        let begin = ContinuousClock.now
        let accepted = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<30 {
                group.addTask {
                    while true {
                        let message = CloudFixture.message(to: "23480300020\(number)")
                        switch await fixture.provider.send(message) {
                        case .accepted: return true
                        case .retry(let problem, _): try? await Task.sleep(for: problem.wait ?? .zero)
                        default: return false
                        }
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(accepted == 30)
        #expect(ContinuousClock.now - begin >= .milliseconds(290))
        #expect(fixture.meta.problems == [])
        await fixture.close()
    }

    @Test func `without a connection nothing was sent, and the link is down`() async throws {
        // Bound and not listened on: nobody else gets the port meanwhile, and connections are refused.
        let reserved = try ReservedPort()
        let other = try await CloudFixture { $0.baseURL = "http://127.0.0.1:\(reserved.port)" }
        try await other.provider.start()
        guard case .disconnected(.transient) = await other.nextEvent() else {
            Issue.record("no disconnect")
            return
        }
        let outcome = await other.provider.send(CloudFixture.message())
        guard case .unlinked(.transient, let problem) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(problem.detail.hasPrefix("cannot reach http://127.0.0.1:"))
        #expect(!problem.detail.contains(MetaStandIn.token))
        await other.close()
        withExtendedLifetime(reserved) {}
    }

    @Test func `a text that is too long or empty is no message`() async throws {
        let fixture = try await CloudFixture()
        try await fixture.start()
        for text in ["", String(repeating: "x", count: 4097)] {
            guard case .dead = await fixture.provider.send(CloudFixture.message(text)) else {
                Issue.record("\(text.count) characters")
                return
            }
        }
        #expect(fixture.meta.messages.isEmpty)
        await fixture.close()
    }

    @Test func `a closed link sends nothing`() async throws {
        let fixture = try await CloudFixture()
        guard case .unlinked(.transient, _) = await fixture.provider.send(CloudFixture.message()) else {
            Issue.record("sent")
            return
        }
        await fixture.close()
    }
}

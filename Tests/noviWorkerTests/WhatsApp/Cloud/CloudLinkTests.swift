import Testing

@testable import noviWorker

/// Whether the link is up, and why not.
@Suite(.timeLimit(.minutes(3))) struct CloudLinkTests {
    @Test func `a number that Meta knows is ready, and told`() async throws {
        let fixture = try await CloudFixture()
        #expect(try await fixture.start() == .ready)
        #expect(fixture.meta.problems == [])
        #expect(fixture.provider.number?.phone == "+2348000000001")
        #expect(fixture.provider.number?.verifiedName == "Novi")
        await fixture.close()
    }

    @Test(arguments: [
        (MetaStandIn.Reply.error(190, "expired"), "loggedOut"), (.error(10), "loggedOut"),
        (.error(100, "no such object"), "loggedOut"), (.answer(401, ""), "loggedOut"),
        (.answer(404, ""), "loggedOut"), (.error(368), "blocked"), (.error(131_031), "blocked"),
        (.error(4), "transient"), (.error(2), "transient"), (.answer(500, "<html>"), "transient"),
        (.answer(200, "["), "transient"), (.answer(200, "[]"), "transient"), (.hangUp, "transient"),
        (.torn(200), "transient"), (.flood(200, 10 << 20), "transient"),
    ])
    func `every other answer is an end of its kind`(reply: MetaStandIn.Reply, kind: String) async throws {
        let fixture = try await CloudFixture()
        fixture.meta.replyForNumber(reply)
        guard case .disconnected(let reason) = try await fixture.start() else {
            Issue.record("no end")
            return
        }
        let told =
            switch reason {
            case .transient: "transient"
            case .loggedOut: "loggedOut"
            case .blocked: "blocked"
            case .conflict, .outdated: "other"
            }
        #expect(told == kind, "\(reason)")
        #expect(!reason.word.contains(MetaStandIn.token))
        await fixture.close()
    }

    @Test func `silence is an end once the time is over`() async throws {
        let fixture = try await CloudFixture { $0.requestTime = .milliseconds(200) }
        fixture.meta.replyForNumber(.silence)
        guard case .disconnected(.transient) = try await fixture.start() else {
            Issue.record("no end")
            return
        }
        await fixture.close()
    }

    @Test func `one lost question is no end, two in a row are`() async throws {
        let fixture = try await CloudFixture { $0.pingInterval = .milliseconds(20) }
        fixture.meta.replyForNumber(MetaStandIn.number, .hangUp, MetaStandIn.number, .hangUp, .hangUp)
        #expect(try await fixture.start() == .ready)
        guard case .disconnected(.transient) = await fixture.nextEvent() else {
            Issue.record("no end")
            return
        }
        #expect(fixture.meta.questions.count == 5)
        await fixture.close()
    }

    @Test func `a stopped provider says nothing more and starts again`() async throws {
        let fixture = try await CloudFixture()
        #expect(try await fixture.start() == .ready)
        await fixture.provider.stop()
        await fixture.provider.stop()
        #expect(try await fixture.start() == .ready)
        #expect(await fixture.provider.send(CloudFixture.message()) != .dead(SendProblem(detail: "")))
        await fixture.close()
    }
}

import Postgres
import PostgresFixture
import Shared
import Synchronization
import Testing
import WorkerSupport

@testable import noviWorker

/// A provider that answers as the test wants and notes what it was given.
final class ScriptedProvider: WhatsAppProvider {
    let kind = ProviderKind.simulator
    let capabilities: Set<ProviderCapability> = []
    let events: AsyncStream<ConnectionMachine.Event>
    private let event: AsyncStream<ConnectionMachine.Event>.Continuation
    let sent = Collected<OutgoingMessage>()
    private let answer: @Sendable (OutgoingMessage, Int) async -> SendOutcome

    /// - Parameter answer: Gets the message and how many were given before it.
    init(_ answer: @escaping @Sendable (OutgoingMessage, Int) async -> SendOutcome) {
        self.answer = answer
        (events, event) = AsyncStream.makeStream()
    }

    func start() async throws { event.yield(.ready) }

    func stop() async {}

    func send(_ message: OutgoingMessage) async -> SendOutcome {
        let count = sent.all.count
        sent.append(message)
        return await answer(message, count)
    }
}

/// Sending what waits, with a real database.
@Suite struct OutboxSenderTests {
    private func write(_ talk: Conversation, _ texts: [(chat: String, text: String)]) async throws {
        try await talk.pool.withTransaction { transaction in
            for (number, text) in texts.enumerated() {
                try await OutboxText(
                    chat: text.chat,
                    text: text.text,
                    kind: .reply,
                    key: "test-\(number)-\(text.text.prefix(20))"
                ).write(.simulator, in: transaction)
            }
        }
    }

    /// Runs a bridge while `body` looks at what it does.
    private func running(
        _ provider: any WhatsAppProvider,
        _ talk: Conversation,
        _ body: (Bridge) async throws -> Void
    ) async throws {
        let bridge = Bridge.test(provider, talk.pool)
        let run = Task { try await bridge.run() }
        do {
            try await body(bridge)
        } catch {
            run.cancel()
            throw error
        }
        await bridge.drain()
        run.cancel()
        _ = try? await run.value
    }

    private func states(_ talk: Conversation) async throws -> String {
        try await talk.psql("SELECT string_agg(state, ',' ORDER BY place) FROM outbound_messages")
    }

    @Test func `each chat gets its messages in order, one at a time, several chats at once`() async throws {
        let talk = try await Conversation()
        let texts = (0..<60).map { (chat: "chat-\($0 % 6)", text: "\($0)") }
        try await write(talk, texts)
        let busy = Mutex<[String: Int]>([:])
        let most = Mutex((perChat: 0, chats: 0))
        let provider = ScriptedProvider { message, count in
            let present = busy.withLock { busy -> (Int, Int) in
                busy[message.chat, default: 0] += 1
                return (busy[message.chat] ?? 0, busy.values.count { $0 > 0 })
            }
            most.withLock { $0 = (max($0.perChat, present.0), max($0.chats, present.1)) }
            try? await Task.sleep(for: .milliseconds(5))
            busy.withLock { $0[message.chat, default: 0] -= 1 }
            return .accepted(externalID: "out-\(message.text ?? "")")
        }
        try await running(provider, talk) { _ in
            try await eventually("all are sent") {
                try await talk.psql("SELECT count(*) FROM outbound_messages WHERE state = 'sent'") == "60"
            }
        }
        for chat in 0..<6 {
            let order = provider.sent.all.filter { $0.chat == "chat-\(chat)" }.map(\.text)
            #expect(order == (0..<10).map { "\($0 * 6 + chat)" })
        }
        #expect(most.withLock { $0.perChat } == 1)
        #expect(most.withLock { $0.chats } > 1)
    }

    @Test func `a failure that passes is tried again and holds its chat only; one that stays is given up`()
        async throws
    {
        let talk = try await Conversation()
        try await write(talk, [("a", "first"), ("a", "second"), ("b", "other"), ("c", "never")])
        let provider = ScriptedProvider { message, _ in
            let problem = SendProblem(code: 131_056, detail: "too fast")
            if message.chat == "c" { return .dead(SendProblem(code: 131_026, detail: "not on WhatsApp")) }
            return .accepted(externalID: "x-\(message.id)")
                .unless(message.text == "first" && Self.tries(of: message.id) < 3, problem)
        }
        try await running(provider, talk) { _ in
            try await eventually("what can be sent is sent") {
                try await states(talk) == "sent,sent,sent,dead"
            }
        }
        let order = provider.sent.all.filter { $0.chat == "a" }.compactMap(\.text)
        #expect(order == ["first", "first", "first", "second"])
        #expect(
            try await talk.psql(
                "SELECT error_code, error_detail, attempts FROM outbound_messages WHERE chat_ref = 'c'"
            )
                == "131026|not on WhatsApp|1"
        )
    }

    private static let counts = Mutex<[String: Int]>([:])

    private static func tries(of id: String) -> Int {
        counts.withLock { counts in
            counts[id, default: 0] += 1
            return counts[id] ?? 0
        }
    }

    @Test func `a message whose turn has not come is no attempt`() async throws {
        let talk = try await Conversation()
        try await write(talk, [("a", "1")])
        let provider = ScriptedProvider { message, count in
            guard count < 3 else { return .accepted(externalID: "out-\(message.id)") }
            let wait = SendProblem(detail: "the pace", wait: .milliseconds(5), isOutOfTurn: true)
            return .retry(wait, hold: .chat)
        }
        try await running(provider, talk) { _ in
            try await eventually("it is sent") { try await states(talk) == "sent" }
        }
        #expect(provider.sent.all.count == 4)
        #expect(try await talk.psql("SELECT attempts FROM outbound_messages") == "1")
    }

    @Test func `what may have gone out waits for word of it before it is sent again`() async throws {
        let talk = try await Conversation()
        try await write(talk, [("a", "told"), ("b", "untold")])
        let inbox = talk.inbox
        let provider = ScriptedProvider { message, count in
            if message.text == "told" {
                // The answer is lost, but the provider's webhook comes.
                let status = MessageStatus(
                    externalID: "wamid-1",
                    outboxID: message.id,
                    progress: .delivered,
                    at: .now()
                )
                try? await inbox.take([], [status])
                return .unknown(SendProblem(detail: "no answer within 30 s"))
            }
            return count < 2
                ? .unknown(SendProblem(detail: "no answer within 30 s")) : .accepted(externalID: "wamid-2")
        }
        try await running(provider, talk) { _ in
            try await eventually("both are done") { try await states(talk) == "delivered,sent" }
        }
        #expect(provider.sent.all.count { $0.text == "told" } == 1)
        #expect(provider.sent.all.count { $0.text == "untold" } == 2)
        #expect(
            try await talk.psql("SELECT external_id FROM outbound_messages WHERE chat_ref = 'a'") == "wamid-1"
        )
    }

    @Test func `what a bridge that was killed had claimed is unknown to the next`() async throws {
        let talk = try await Conversation()
        try await write(talk, [("a", "claimed"), ("a", "after")])
        try await talk.psql(
            """
            SELECT take_bridge_lease('simulator', 'killed');
            UPDATE outbound_messages SET state = 'sending', fence = 1 WHERE body = 'claimed'
            """
        )
        let provider = ScriptedProvider { message, _ in .accepted(externalID: "y-\(message.id)") }
        try await running(provider, talk) { _ in
            try await eventually("both are sent") { try await states(talk) == "sent,sent" }
        }
        #expect(provider.sent.all.map(\.text) == ["claimed", "after"])
    }

    @Test func `statuses move a message forward only, also those that come before its id`() async throws {
        let talk = try await Conversation()
        try await write(talk, [("a", "one")])
        let early = MessageStatus(externalID: "wamid-9", progress: .read, at: .now())
        try await talk.inbox.take([], [early])
        let provider = ScriptedProvider { _, _ in .accepted(externalID: "wamid-9") }
        try await running(provider, talk) { _ in
            try await eventually("it is read") { try await states(talk) == "read" }
        }
        for progress in [MessageStatus.Progress.delivered, .sent, .failed] {
            try await talk.inbox.take(
                [],
                [MessageStatus(externalID: "wamid-9", progress: progress, at: .now())]
            )
        }
        #expect(try await states(talk) == "read")
        #expect(try await talk.psql("SELECT count(*) FROM delivery_statuses") == "0")
    }

    @Test func `a delivery that failed for a while is sent again, one that failed for good is given up`()
        async throws
    {
        let talk = try await Conversation()
        try await write(talk, [("a", "limit"), ("b", "gone")])
        let provider = ScriptedProvider { message, count in
            .accepted(externalID: count < 2 ? "first-\(message.text ?? "")" : "again")
        }
        try await running(provider, talk) { bridge in
            try await eventually("both are sent") { try await states(talk) == "sent,sent" }
            func fail(_ id: String, _ code: Int64) -> MessageStatus {
                MessageStatus(
                    externalID: id,
                    progress: .failed,
                    at: .now(),
                    errorCode: code,
                    errorDetail: "told later"
                )
            }
            try await talk.inbox.take([], [fail("first-limit", 130_429), fail("first-gone", 131_026)])
            #expect(try await states(talk) == "failed,dead")
            try await talk.psql("UPDATE outbound_messages SET next_attempt_at = now() WHERE state = 'failed'")
            await bridge.lookForWork()
            try await eventually("it is sent again") { try await states(talk) == "sent,dead" }
        }
        #expect(
            try await talk.psql("SELECT error_code FROM outbound_messages WHERE chat_ref = 'b'") == "131026"
        )
    }

    @Test func `a token that is void holds everything, and the link says so`() async throws {
        let talk = try await Conversation()
        try await write(talk, [("a", "one"), ("b", "two")])
        let provider = ScriptedProvider { _, _ in
            .unlinked(.loggedOut("190"), SendProblem(code: 190, detail: "void token"))
        }
        try await running(provider, talk) { bridge in
            try await eventually("logged out") { await bridge.link.state == "logged_out" }
            try await eventually("both wait") {
                try await states(talk).split(separator: ",").allSatisfy { $0 != "sending" }
            }
        }
        #expect(provider.sent.all.count <= 2)
        #expect(try await states(talk).contains("sent") == false)
    }

    @Test func `what was accepted while the lease was lost is written down, and not sent again`() async throws
    {
        let talk = try await Conversation()
        try await write(talk, [("a", "one")])
        let holder = """
            SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """
        let provider = ScriptedProvider { message, count in
            if count == 0 {
                // The answer comes after the end of the lease has reached the sender, which cancels what is under it.
                _ = try? await talk.psql("SELECT pg_terminate_backend(pid) FROM (\(holder)) holder")
                try? await Task.sleep(for: .seconds(60))
            }
            return .accepted(externalID: "kept-\(count)")
        }
        try await running(provider, talk) { bridge in
            try await eventually("the claim is tried over the lost connection, and the message is sent") {
                await bridge.lookForWork()
                return try await states(talk) == "sent"
            }
        }
        #expect(provider.sent.all.count == 1)
        #expect(try await talk.psql("SELECT external_id FROM outbound_messages") == "kept-0")
    }

    @Test func `two bridges never work at once, and one that was overtaken sends nothing more`() async throws
    {
        let talk = try await Conversation()
        let provider = ScriptedProvider { message, _ in .accepted(externalID: "z-\(message.id)") }
        let first = Bridge.test(provider, talk.pool)
        let second = Bridge.test(provider, talk.pool)
        let runs = [first, second].map { bridge in Task { try await bridge.run() } }
        try await eventually("one has the lease") {
            try await talk.psql("SELECT fence FROM bridge_leases") == "1"
        }
        let holders = try await talk.psql(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).split(separator: "\n")
        #expect(holders.count == 1)
        // The server ends the holder's connection: the other one takes over, with the next fence.
        try await talk.psql("SELECT pg_terminate_backend(\(holders[0]))")
        try await eventually("the next fence") {
            try await talk.psql("SELECT fence FROM bridge_leases") >= "2"
        }
        try await write(talk, [("a", "one")])
        await first.lookForWork()
        await second.lookForWork()
        try await eventually("sent once") { try await states(talk) == "sent" }
        #expect(provider.sent.all.count == 1)
        // Who still thinks that it is the one cannot claim anything.
        try await write(talk, [("b", "two")])
        await #expect(throws: DatabaseError.self) {
            try await talk.pool.query(
                "UPDATE outbound_messages SET state = 'sending', fence = 1 WHERE chat_ref = 'b'"
            )
        }
        for bridge in [first, second] { await bridge.drain() }
        for run in runs {
            run.cancel()
            _ = try? await run.value
        }
    }

    @Test func `what is a day old is given up, and can be taken up again by hand`() async throws {
        let talk = try await Conversation()
        try await write(talk, [("a", "old")])
        try await talk.psql("UPDATE outbound_messages SET expires_at = now() - interval '1 second'")
        let provider = ScriptedProvider { message, _ in .accepted(externalID: "w-\(message.id)") }
        try await running(provider, talk) { bridge in
            try await eventually("given up") { try await states(talk) == "dead" }
            try await talk.psql(
                """
                UPDATE outbound_messages SET state = 'queued', next_attempt_at = now(), expires_at = now() + interval '1 hour'
                """
            )
            await bridge.lookForWork()
            try await eventually("sent") { try await states(talk) == "sent" }
        }
    }

    @Test func `a long text goes out as several messages, cut at line ends`() {
        let line = String(repeating: "x", count: 1000)
        let pieces = OutboxText.pieces((0..<10).map { _ in line }.joined(separator: "\n"))
        #expect(pieces.count == 3)
        #expect(pieces.allSatisfy { $0.count <= OutgoingMessage.maximumCharacters && !$0.hasPrefix("\n") })
        #expect(pieces.joined(separator: "\n").count == 10 * 1000 + 9)
        #expect(OutboxText.pieces(String(repeating: "y", count: 5000)).map(\.count) == [4096, 904])
        #expect(OutboxText.pieces("short") == ["short"])
    }
}

extension SendOutcome {
    /// This, or another try for this chat.
    fileprivate func unless(_ isRefused: Bool, _ problem: SendProblem) -> SendOutcome {
        isRefused ? .retry(problem, hold: .chat) : self
    }
}

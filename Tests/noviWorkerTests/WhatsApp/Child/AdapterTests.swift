import Glibc
import Testing
import WorkerSupport

@testable import noviWorker

/// The adapter for whatsapp-web.js over a stand-in for that library: what it says and does, not what WhatsApp does.
@Suite(.timeLimit(.minutes(3)), .enabled(if: Node.isThere)) struct AdapterTests {
    private static let root = #filePath.split(separator: "/").dropLast(5).reduce("") { "\($0)/\($1)" }

    private let scratch: ScratchFolder
    private let intake = NotedIntake()
    private let provider: ChildProvider

    init() throws {
        scratch = try ScratchFolder()
        let library = try scratch.folder("node_modules/whatsapp-web.js")
        for (source, target) in [
            ("packaging/whatsapp-web/adapter.mjs", "\(scratch.path)/adapter.mjs"),
            ("Tests/Support/whatsapp-child/library.cjs", "\(library)/index.js"),
        ] {
            let code = try readBytes("\(Self.root)/\(source)", limit: 1 << 20)
            try replaceFile(target, with: String(decoding: code, as: UTF8.self))
        }
        var settings = ChildSettings(
            command: ["node", "\(scratch.path)/adapter.mjs"],
            sessionDirectory: "\(scratch.path)/session"
        )
        settings.environment = ["PATH": VariableReader().text("PATH") ?? "/usr/bin:/bin"]
        settings.helloTime = .seconds(60)
        settings.pingInterval = .milliseconds(100)
        settings.pongTime = .seconds(60)
        provider = ChildProvider(
            settings: settings,
            intake: intake,
            log: WorkerLog(app: "test", deployment: .production)
        )
    }

    /// Reads events up to the one that is wanted.
    private func events(until wanted: ConnectionMachine.Event) async -> [ConnectionMachine.Event] {
        var events: [ConnectionMachine.Event] = []
        for await event in provider.events {
            events.append(event)
            if event == wanted { break }
        }
        return events
    }

    @Test func `it tells the way to readiness, new messages and those that nobody had read`() async throws {
        try await provider.start()
        #expect(await events(until: .ready) == [.qrShown, .authenticated, .syncing, .ready])
        try await intake.wait { $0.messages.count == 6 }
        let messages = Dictionary(uniqueKeysWithValues: intake.messages.map { ($0.externalID, $0) })
        #expect(
            Set(messages.keys) == ["typed", "picture", "own", "reply", "unread-1", "unread-2"]
        )
        #expect(messages["typed"]?.chat == "1203630@g.us" && messages["typed"]?.senderName == "Amara")
        #expect(messages["typed"]?.sender == "2348030001122@c.us" && messages["typed"]?.text == "hello")
        #expect(messages["picture"]?.asksForText == true)
        #expect(messages["own"]?.isFromMe == true && messages["own"]?.chat == "1203630@g.us")
        #expect(messages["reply"]?.quotedText == "Order QWE-20260610-001")
        #expect(messages["reply"]?.quotedID == "quoted")
        await provider.stop()
    }

    @Test func `it sends, and tells what becomes of it`() async throws {
        try await provider.start()
        _ = await events(until: .ready)
        func send(_ text: String, to chat: String) async -> SendOutcome {
            await provider.send(OutgoingMessage(id: "id-\(text)", chat: chat, text: text, replyTo: "q"))
        }
        #expect(await send("hi", to: "1203630@g.us") == .accepted(externalID: "sent-1203630@g.us-q"))
        try await intake.wait { $0.statuses.contains { $0.externalID == "sent-1203630@g.us-q" } }
        #expect(intake.statuses.first?.progress == .delivered)
        #expect(await send("x", to: "1@c.us") == .dead(SendProblem(detail: "not_on_whatsapp")))
        #expect(await send("fail", to: "1203630@g.us") == .unknown(SendProblem(detail: "unknown")))
        await provider.stop()
    }

    @Test func `after a log-out it ends with that word`() async throws {
        try await provider.start()
        _ = await events(until: .ready)
        await provider.logout()
        let end = ConnectionMachine.Event.disconnected(.loggedOut("LOGOUT"))
        #expect(await events(until: end).last == end)
        await provider.stop()
    }
}

/// The program that runs the adapter.
private enum Node {
    /// Whether it is in `PATH`.
    static let isThere = (VariableReader().text("PATH") ?? "").split(separator: ":").contains {
        access("\($0)/node", X_OK) == 0
    }
}

import Glibc
import Postgres
import Shared
import Testing
import WorkerSupport

@testable import noviWorker

/// A child process and everything that it can do wrong.
@Suite(.timeLimit(.minutes(3))) struct ChildProviderTests {
    private struct Fixture {
        let scratch: ScratchFolder
        let intake = NotedIntake()
        let provider: ChildProvider

        init(_ arguments: [String], _ change: (inout ChildSettings) -> Void = { _ in }) throws {
            scratch = try ScratchFolder()
            let tests = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }
            var settings = ChildSettings(
                command: ["python3", "\(tests)/Support/whatsapp-child/fake-child.py"] + arguments,
                sessionDirectory: "\(scratch.path)/session"
            )
            settings.environment = ["PATH": VariableReader().text("PATH") ?? "/usr/bin:/bin"]
            settings.helloTime = .seconds(60)
            settings.pongTime = .seconds(60)
            settings.storeWait = .milliseconds(10)
            change(&settings)
            provider = ChildProvider(
                settings: settings,
                intake: intake,
                log: WorkerLog(app: "test", deployment: .production)
            )
        }

        func nextEvent() async -> ConnectionMachine.Event? {
            for await event in provider.events { return event }
            return nil
        }

        /// Starts and reads events up to the first that is wanted.
        func start(until wanted: ConnectionMachine.Event = .ready) async throws {
            try await provider.start()
            for await event in provider.events where event == wanted { return }
        }

        /// Starts and gives the reason of the end.
        func end() async throws -> DisconnectReason? {
            try await provider.start()
            for await event in provider.events {
                if case .disconnected(let reason) = event { return reason }
            }
            return nil
        }
    }

    private func message(_ text: String?) -> OutgoingMessage {
        OutgoingMessage(id: "id-1", chat: "1@g.us", text: text, replyTo: "q")
    }

    /// Whether a process is there and no zombie.
    private func isAlive(_ identifier: pid_t) -> Bool {
        let status = text(of: "/proc/\(identifier)/stat")
        return !status.isEmpty && !status.contains(") Z ")
    }

    // MARK: - What it should do

    @Test func `a child is paired by codes, synchronises and becomes ready`() async throws {
        let fixture = try Fixture(["pairing"])
        try await fixture.provider.start()
        #expect(await fixture.nextEvent() == .qrShown)
        #expect(await fixture.nextEvent() == .qrShown)
        #expect(fixture.provider.qrCode == "code-2")
        await fixture.provider.logout()
        #expect(await fixture.nextEvent() == .authenticated)
        #expect(await fixture.nextEvent() == .syncing)
        #expect(await fixture.nextEvent() == .ready)
        #expect(fixture.provider.qrCode == nil)
        try await eventually("its memory is told") {
            fixture.provider.details["child_memory"]?["rss_bytes"] == 3
        }
        #expect(fixture.provider.details["child"] == "fake 1.2")
        await fixture.provider.stop()
    }

    @Test func `messages are stored in order with all that is told of them`() async throws {
        let fixture = try Fixture(["messages", "500"])
        try await fixture.start()
        try await fixture.intake.wait { $0.messages.count == 502 }
        let messages = fixture.intake.messages
        #expect(messages.prefix(500).map(\.externalID) == (0..<500).map { "m\($0)" })
        #expect(messages[0].sentAt?.microseconds == 1_781_080_200_000_000)
        #expect(messages[500].senderName == "Amara" && messages[500].isFromMe)
        #expect(messages[500].quotedText == "Order QWE" && messages[500].quotedID == "q1")
        #expect(messages[501].kind == "image" && messages[501].asksForText && messages[501].text == nil)
        await fixture.provider.stop()
    }

    @Test func `what cannot be stored is tried until it can, and only then confirmed`() async throws {
        let fixture = try Fixture(["echo-stored"])
        fixture.intake.fail(5)
        try await fixture.start()
        try await fixture.intake.wait { !$0.statuses.isEmpty }
        #expect(fixture.intake.messages.map(\.externalID) == ["m1"])
        #expect(fixture.intake.statuses.map(\.externalID) == ["stored-m1"])
        #expect(fixture.intake.attempts == 7)
        await fixture.provider.stop()
    }

    @Test func `while nothing can be stored a child that waits is not taken for dead`() async throws {
        let fixture = try Fixture(["echo-stored"]) {
            $0.pingInterval = .milliseconds(20)
            $0.pongTime = .milliseconds(2000)
            $0.storeWait = .seconds(1)
        }
        fixture.intake.fail(3)
        try await fixture.start()
        try await fixture.intake.wait { !$0.statuses.isEmpty }
        #expect(fixture.intake.messages.map(\.externalID) == ["m1"])
        await fixture.provider.stop()
    }

    @Test func `the child is told its folder and options, and none of our secrets`() async throws {
        let variables = [
            "PATH": VariableReader().text("PATH") ?? "/usr/bin:/bin", "WHATSAPP_TOKEN": "x",
            "SESSION_SECRET": "x", "NOTIFY_SOCKET": "x", "PGPASSWORD": "x", "NOVI_DATABASE_URL": "x",
            "NOVI_RUN_ID": "kept", "LISTEN_FDS": "1",
        ]
        let fixture = try Fixture(["start-told"]) {
            $0.environment = ChildSettings.passedOn(variables)
            $0.options = ["headless": true]
        }
        try await fixture.start()
        try await fixture.intake.wait { !$0.messages.isEmpty }
        let told = try JSONValue(parsing: Array((fixture.intake.messages[0].quotedText ?? "").utf8))
            .arrayValue
        #expect(told?[0] == ["headless": true])
        #expect(told?[1].stringValue == "\(fixture.scratch.path)/session")
        let names = Set(told?[2].arrayValue?.compactMap(\.stringValue) ?? [])
        #expect(names.isSuperset(of: ["PATH", "NOVI_RUN_ID", "NOVI_CHANNEL_FD"]))
        let hidden = ["WHATSAPP_TOKEN", "SESSION_SECRET", "NOTIFY_SOCKET", "PGPASSWORD", "NOVI_DATABASE_URL"]
        #expect(names.isDisjoint(with: hidden + ["LISTEN_FDS"]))
        let mode = "\(fixture.scratch.path)/mode"
        _ = try await runToEnd(
            ["/usr/bin/stat", "-c", "%a", "\(fixture.scratch.path)/session"],
            logPath: mode
        )
        #expect(text(of: mode) == "700\n")
        await fixture.provider.stop()
    }

    @Test func `the child gets no descriptor but its own four`() async throws {
        let scratch = try ScratchFolder()
        // As a library would leave one that it accepted: without close-on-exec.
        let open = Glibc.open(try scratch.file("secret", ""), O_RDONLY)
        defer { close(open) }
        let listing = "\(scratch.path)/listing"
        let (process, channel) = try ChildProcess.start(
            ["/bin/sh", "-c", "exec > \(listing); ls /proc/$$/fd"],
            environment: ["PATH": "/usr/bin:/bin"]
        )
        defer { close(channel) }
        #expect(await process.end() == 0)
        #expect(text(of: listing) == "0\n1\n2\n3\n")
    }

    @Test func `acknowledgements become what happened to our messages`() async throws {
        let fixture = try Fixture(["acks"])
        try await fixture.start()
        try await fixture.intake.wait { $0.statuses.count == 5 }
        #expect(fixture.intake.statuses.map(\.externalID) == ["a1", "a2", "a3", "a4", "a-1"])
        #expect(fixture.intake.statuses.map(\.progress) == [.sent, .delivered, .read, .read, .failed])
        await fixture.provider.stop()
    }

    @Test func `what is not known yet is passed over`() async throws {
        let fixture = try Fixture(["future"])
        try await fixture.start()
        try await fixture.intake.wait { $0.messages.count == 1 }
        await fixture.provider.stop()
    }

    @Test func `a line of 256 KiB is read`() async throws {
        let fixture = try Fixture(["longest"])
        try await fixture.start()
        try await fixture.intake.wait { $0.messages.count == 1 }
        await fixture.provider.stop()
    }

    // MARK: - Sending

    @Test func `a message is sent under the child's id`() async throws {
        let fixture = try Fixture(["send"])
        try await fixture.start()
        #expect(await fixture.provider.send(message("hi")) == .accepted(externalID: "x-1@g.us-q"))
        guard case .dead = await fixture.provider.send(message(nil)) else {
            Issue.record("a message without text")
            return
        }
        await fixture.provider.stop()
    }

    @Test func `each error code has its outcome`() async throws {
        let fixture = try Fixture(["send"])
        try await fixture.start()
        for (text, expected) in [
            ("error timeout no", SendOutcome.unknown(SendProblem(detail: "timeout"))),
            ("error rate_limited yes", .retry(SendProblem(detail: "rate_limited"), hold: .account)),
            ("error not_ready yes", .unlinked(.transient("not_ready"), SendProblem(detail: "not_ready"))),
            ("error no_such_chat no", .dead(SendProblem(detail: "no_such_chat"))),
            ("error busy yes", .retry(SendProblem(detail: "busy"), hold: .chat)),
            (
                "error LOGOUT no",
                .unlinked(.loggedOut("LOGOUT"), SendProblem(detail: "LOGOUT", needsAttention: true))
            ),
            (
                "error TOS_BLOCK yes",
                .unlinked(.blocked("TOS_BLOCK"), SendProblem(detail: "TOS_BLOCK", needsAttention: true))
            ),
        ] {
            #expect(await fixture.provider.send(message(text)) == expected)
        }
        await fixture.provider.stop()
    }

    @Test func `an answer that comes too late is stored for whoever waits for it`() async throws {
        let fixture = try Fixture(["send"]) { $0.sendTime = .milliseconds(50) }
        try await fixture.start()
        guard case .unknown = await fixture.provider.send(message("late")) else {
            Issue.record("known")
            return
        }
        try await fixture.intake.wait { !$0.statuses.isEmpty }
        let told = fixture.intake.statuses[0]
        #expect(told.externalID == "late-1" && told.outboxID == "id-1" && told.progress == .sent)
        await fixture.provider.stop()
    }

    @Test func `when the child dies, nobody knows of the message that it had`() async throws {
        let fixture = try Fixture(["send"])
        try await fixture.start()
        guard case .unknown = await fixture.provider.send(message("die")) else {
            Issue.record("known")
            return
        }
        guard case .unlinked = await fixture.provider.send(message("hi")) else {
            Issue.record("linked")
            return
        }
        #expect(await fixture.nextEvent() == .disconnected(.transient("the child ended with signal 9")))
        await fixture.provider.stop()
    }

    @Test func `the same message is not sent twice at once`() async throws {
        let fixture = try Fixture(["send"])
        try await fixture.start()
        async let first = fixture.provider.send(message("silence"))
        try await Task.sleep(for: .milliseconds(200))
        guard case .retry(_, hold: .chat) = await fixture.provider.send(message("hi")) else {
            Issue.record("sent")
            return
        }
        await fixture.provider.stop()
        guard case .unknown = await first else {
            Issue.record("known")
            return
        }
    }

    // MARK: - What it should not do

    @Test func `a child that exits is an end with its status, and its last message is stored`() async throws {
        let fixture = try Fixture(["crash", "3"])
        #expect(try await fixture.end() == .transient("the child ended with exit status 3"))
        #expect(fixture.intake.messages.count == 1)
        await fixture.provider.stop()
    }

    @Test func `whatever a child leaves behind in its group dies with it`() async throws {
        let fixture = try Fixture(["crash-with-stray"])
        #expect(try await fixture.end() == .transient("the child ended with exit status 3"))
        let stray = pid_t(fixture.intake.messages[0].externalID.dropFirst()) ?? 0
        try await eventually("the stray is gone") { !isAlive(stray) }
        await fixture.provider.stop()
    }

    @Test func `a child that hangs is killed with its whole group`() async throws {
        let fixture = try Fixture(["hang"]) {
            $0.pingInterval = .milliseconds(50)
            $0.pongTime = .milliseconds(500)
        }
        guard case .transient(let reason) = try await fixture.end() else {
            Issue.record("no end")
            return
        }
        #expect(reason.hasPrefix("no answer to a ping"))
        let stray = pid_t(fixture.intake.messages[0].externalID.dropFirst()) ?? 0
        try await eventually("the group is gone") { !isAlive(stray) }
        await fixture.provider.stop()
    }

    @Test func `a child that says nothing at first is given up`() async throws {
        let fixture = try Fixture(["mute"]) { $0.helloTime = .milliseconds(300) }
        guard case .transient(let reason) = try await fixture.end() else {
            Issue.record("no end")
            return
        }
        #expect(reason.hasPrefix("no hello"))
        await fixture.provider.stop()
    }

    @Test(arguments: [
        (["no-hello"], "the child's first line is no hello", 0),
        (["garbage"], "the child cannot be understood: a line is no JSON", 1),
        (["oversize"], "the child wrote a line of more than 262144 bytes", 1),
        (["closes"], "the child ended with signal 15", 0),
    ])
    func `a child that breaks the protocol is ended, and what it said before is stored`(
        arguments: [String],
        expected: String,
        messages: Int
    ) async throws {
        let fixture = try Fixture(arguments)
        guard case .transient(let reason) = try await fixture.end() else {
            Issue.record("no end")
            return
        }
        #expect(reason.hasPrefix(expected), "\(reason)")
        #expect(fixture.intake.messages.count == messages)
        await fixture.provider.stop()
    }

    @Test func `another version of the protocol wants an update, not another try`() async throws {
        let fixture = try Fixture(["wrong-version"])
        guard case .outdated(let reason) = try await fixture.end() else {
            Issue.record("no end")
            return
        }
        #expect(reason.contains("version 2"))
        await fixture.provider.stop()
    }

    @Test(arguments: [
        (["says", "disconnected", "LOGOUT"], DisconnectReason.loggedOut("LOGOUT")),
        (["says", "disconnected", "TOS_BLOCK"], .blocked("TOS_BLOCK")),
        (["says", "disconnected", "CONFLICT"], .conflict("CONFLICT")),
        (["says", "disconnected", "DEPRECATED_VERSION"], .outdated("DEPRECATED_VERSION")),
        (["says", "disconnected", "TIMEOUT"], .transient("TIMEOUT")),
        (["says", "disconnected"], .transient("disconnected")),
        (["says", "auth_failure"], .loggedOut("auth_failure")),
        (["says", "blocked"], .blocked("blocked")),
    ])
    func `the reason that a child gives is the one that counts`(
        arguments: [String],
        expected: DisconnectReason
    ) async throws {
        let fixture = try Fixture(arguments)
        #expect(try await fixture.end() == expected)
        await fixture.provider.stop()
    }

    @Test func `a program that is not there is an end`() async throws {
        let fixture = try Fixture([]) { $0.command = ["/no/such/program"] }
        guard case .transient(let reason) = try await fixture.end() else {
            Issue.record("no end")
            return
        }
        #expect(reason.contains("/no/such/program"))
        await fixture.provider.stop()
    }

    @Test func `stopping is no accident, and a child that does not want to is killed`() async throws {
        for arguments in [["pairing"], ["ignores-stop"]] {
            let fixture = try Fixture(arguments) { $0.stopTime = .milliseconds(500) }
            try await fixture.start(until: arguments == ["pairing"] ? .qrShown : .ready)
            let identifier = pid_t(fixture.provider.details["child_pid"]?.integerValue ?? 0)
            #expect(isAlive(identifier))
            await fixture.provider.stop()
            #expect(!isAlive(identifier))
            // The next attempt is another child.
            try await fixture.start(until: arguments == ["pairing"] ? .qrShown : .ready)
            await fixture.provider.stop()
        }
    }

    @Test func `stopping does not wait for a database that is away`() async throws {
        let fixture = try Fixture(["messages", "1"]) { $0.storeWait = .seconds(600) }
        fixture.intake.fail(.max)
        try await fixture.start()
        try await fixture.intake.wait { $0.attempts > 0 }
        await fixture.provider.stop()
        #expect(fixture.intake.messages.isEmpty)
    }
}

import Foundation
import Shared
import Testing

@testable import noviSupervisor

/// `whatsapp …` against a bridge that answers by script.
@Suite struct WhatsAppCommandTests {
    private let folder: ScratchFolder
    private let layout: HomeLayout

    init() throws {
        folder = try ScratchFolder()
        layout = try folder.layout()
        try makeFolder("\(layout.applicationRunDirectory)/whatsapp-0")
    }

    private func bridge(_ replies: VarlinkReply...) throws -> FakeDaemon {
        try bridge(doing: replies.map { .replies([$0]) })
    }

    /// A bridge in the place of the one before.
    private func bridge(doing steps: [FakeDaemon.Step]) throws -> FakeDaemon {
        let path = "\(layout.applicationRunDirectory)/whatsapp-0/worker.sock"
        try? FileManager.default.removeItem(atPath: path)
        return try FakeDaemon(layout, steps, at: path)
    }

    private func run(_ line: String) throws -> CommandLineRun.Result {
        try CommandLineRun.shell(line, environment: ["NOVI_HOME": folder.path])
    }

    private static func state(_ changes: [(String, JSONValue)] = []) -> VarlinkReply {
        var state: JSONObject = [
            "provider": "cloud", "state": "ready", "since": "2026-06-10T08:30:00.125Z", "reason": .null,
            "next_attempt_at": .null,
            "queue": ["waiting": 2, "sending": 1, "unknown": 0, "failed": 0, "dead": 0], "unprocessed": 0,
            "last_inbound_at": "2026-06-10T08:31:00Z", "last_outbound_at": .null, "qr": .null,
        ]
        for (name, value) in changes { state[name] = value }
        return VarlinkReply(parameters: state)
    }

    @Test func `status shows the link and what waits`() throws {
        let bridge = try bridge(Self.state())
        let result = try run("$N whatsapp")
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.output == """
                link         ready
                provider     cloud
                since        2026-06-10T08:30:00Z
                queue        2 waiting · 1 sending · 0 unknown · 0 failed · 0 dead
                unprocessed  0
                last in      2026-06-10T08:31:00Z
                last out     –

                """
        )
        #expect(bridge.calls.map(\.method) == ["com.novi.WhatsApp.GetState"])
    }

    @Test func `the code is shown to who asks for it, and to nobody else`() throws {
        let waiting: [(String, JSONValue)] = [("state", "qr"), ("qr", "2@secret")]
        for line in ["status", "status --json", "check", "check --json"] {
            let bridge = try bridge(Self.state(waiting), VarlinkReply(parameters: ["findings": []]))
            let result = try run("$N whatsapp \(line)")
            #expect(!(result.output + result.errors).contains("secret"), "\(line)")
            #expect(bridge.calls.count == (line.hasPrefix("check") ? 2 : 1))
        }
        let shown = try bridge(Self.state(waiting))
        #expect(try run("$N whatsapp qr").output == "2@secret\n")
        #expect(shown.calls.count == 1)
        let none = try bridge(Self.state())
        let result = try run("$N whatsapp qr")
        #expect(result.status == 3 && result.errors.contains("no code waits"))
        #expect(none.calls.count == 1)
    }

    @Test func `status for scripts is one document, and --check tells by its status`() throws {
        let down: [(String, JSONValue)] = [("state", "reconnecting"), ("reason", "TIMEOUT")]
        let bridge = try bridge(Self.state(down))
        let result = try run("$N whatsapp status --json --check")
        #expect(result.status == 3)
        let document = try JSONValue(parsing: Array(result.output.utf8))
        #expect(document["schema"] == 1 && document["state"] == "reconnecting")
        #expect(document["has_qr"] == false && document["qr"] == nil)
        #expect(bridge.calls.count == 1)
    }

    @Test func `check names what is wrong and the next command`() throws {
        let trouble: [(String, JSONValue)] = [
            ("state", "logged_out"), ("reason", "190 expired"),
            ("queue", ["waiting": 0, "sending": 0, "unknown": 1, "failed": 2, "dead": 3]),
            ("unprocessed", 500),
        ]
        let outside: JSONObject = [
            "findings": [
                [
                    "level": "fail", "text": "Meta refuses the token: 190\u{1B}[2J",
                    "next": "set WHATSAPP_TOKEN",
                ],
                ["level": "unheard-of", "text": "something new", "next": .null],
            ]
        ]
        let bad = try bridge(Self.state(trouble), VarlinkReply(parameters: outside))
        let result = try run("$N whatsapp check")
        #expect(result.status == 1 && result.errors.isEmpty)
        #expect(result.output.contains("fail  logged out (190 expired)"))
        #expect(result.output.contains("next: noviSupervisor whatsapp outbox --state dead"))
        #expect(result.output.contains("warn  2 to be tried again, 1 that may or may not have gone out"))
        #expect(result.output.contains("warn  inbox: 500 not acted on yet"))
        #expect(
            result.output.contains(
                "fail  Meta refuses the token: 190\u{FFFD}[2J\n      next: set WHATSAPP_TOKEN"
            )
        )
        #expect(result.output.contains("warn  something new"))
        #expect(bad.calls.map(\.method) == ["com.novi.WhatsApp.GetState", "com.novi.WhatsApp.Check"])
        // A bridge of an earlier version asks nobody.
        let older = VarlinkReply(
            parameters: ["method": "com.novi.WhatsApp.Check"],
            error: "org.varlink.service.MethodNotFound"
        )
        let good = try bridge(Self.state(), older)
        let fine = try run("$N whatsapp check --json")
        #expect(fine.status == 0)
        let findings = try JSONValue(parsing: Array(fine.output.utf8))["findings"]?.arrayValue ?? []
        #expect(findings.count == 3 && findings.allSatisfy { $0["level"] == "pass" })
        #expect(good.calls.count == 2)
    }

    @Test func `outbox is a table, or what the bridge told`() throws {
        let messages: JSONObject = [
            "messages": [
                [
                    "id": "7f3a", "chat": "1@g.us", "kind": "confirmation", "state": "dead", "attempts": 3,
                    "created_at": "2026-06-10T08:30:00.125Z", "next_attempt_at": .null, "external_id": .null,
                    "error_code": 131_026, "error": "undeliverable\u{1B}[2J",
                ]
            ]
        ]
        let bridge = try bridge(VarlinkReply(parameters: messages))
        let result = try run("$N whatsapp outbox --state dead --limit 7")
        #expect(result.status == 0)
        #expect(result.output.split(separator: "\n").count == 2)
        #expect(result.output.contains("131026 undeliverable\u{FFFD}[2J"))
        #expect(bridge.calls.first?.parameters == ["state": "dead", "limit": 7])
        let empty = try self.bridge(VarlinkReply(parameters: ["messages": []]))
        #expect(try run("$N whatsapp outbox").output == "no messages\n")
        #expect(empty.calls.first?.parameters == ["limit": 50])
    }

    @Test func `retry goes on to the next message after one that cannot be`() throws {
        let refused = VarlinkReply(
            parameters: ["id": "a", "state": "sent"],
            error: "com.novi.WhatsApp.NotRetriable"
        )
        let bridge = try bridge(refused, VarlinkReply(parameters: [:]))
        let result = try run("$N whatsapp retry a b")
        #expect(result.status == 1)
        #expect(result.output == "b queued\n")
        #expect(result.errors.contains("message a is sent and cannot be sent again"))
        #expect(bridge.calls.map { $0.parameters["id"] } == ["a", "b"])
    }

    @Test func `replay takes times as people type them`() throws {
        let bridge = try bridge(VarlinkReply(parameters: ["count": 1]))
        let result = try run("$N whatsapp replay --since 2026-06-10T08:30:00Z")
        #expect(result.output == "1 message is acted on again\n")
        let since = bridge.calls.first?.parameters["since"]?.stringValue ?? ""
        #expect(since.hasPrefix("2026-06-10T08:30:00") && since.hasSuffix("Z"))
        #expect(try run("$N whatsapp replay --since whenever").status == 64)
    }

    @Test func `say shows the outcome and every line of what the bot answers`() throws {
        let reply: JSONObject = [
            "external_id": "simulated-1", "outcome": "incomplete", "reason": "phone", "order_id": .null,
            "replies": ["Almost there.\n\nWhat is the phone?"],
        ]
        let bridge = try bridge(VarlinkReply(parameters: reply))
        let result = try run("$N whatsapp sim say Name: Ada --from 1@c.us --chat 1@g.us")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output == "incomplete: phone\n\n  Almost there.\n\n  What is the phone?\n")
        #expect(bridge.calls.first?.method == "com.novi.WhatsAppSimulator.Say")
        #expect(bridge.calls.first?.parameters == ["text": "Name: Ada", "from": "1@c.us", "chat": "1@g.us"])
    }

    @Test(
        arguments: [
            ("qr", "Qr", [:]), ("ready", "Ready", [:]),
            ("disconnect --reason LOGOUT", "Disconnect", ["reason": "LOGOUT"]),
            ("auth-failure", "AuthFailure", [:]), ("block", "Block", [:]),
            (
                "behave --receipts none --receipt-delay 2s --refuse-code 131056 --refuse-count 3", "Behave",
                [
                    "receipts": "none", "receipt_delay_ms": 2000, "refuse_code": 131_056, "refuse_count": 3,
                ]
            ),
        ] as [(String, String, JSONObject)]
    )
    func `each thing that can happen is asked for`(
        line: String,
        method: String,
        parameters: JSONObject
    ) throws {
        let bridge = try bridge(VarlinkReply(parameters: [:]))
        let result = try run("$N whatsapp sim \(line)")
        #expect(result.status == 0, "\(result.errors)")
        #expect(bridge.calls.map(\.method) == ["com.novi.WhatsAppSimulator.\(method)"])
        #expect(bridge.calls.first?.parameters == parameters)
    }

    @Test func `another provider has no simulated phone`() throws {
        let error = VarlinkReply(
            parameters: ["interface": "com.novi.WhatsAppSimulator"],
            error: "org.varlink.service.InterfaceNotFound"
        )
        let bridge = try bridge(error)
        let result = try run("$N whatsapp sim ready")
        #expect(result.status == 1 && result.errors.contains("WHATSAPP_PROVIDER=simulator"))
        #expect(bridge.calls.count == 1)
    }

    @Test func `without a bridge every command says so`() throws {
        for line in ["status", "check", "outbox", "retry x", "reconnect", "qr", "sim ready", "sim say x"] {
            let result = try run("$N whatsapp \(line)")
            #expect(result.status == 69, "\(line)")
            #expect(result.errors.contains("the worker of whatsapp does not run"), "\(line)")
        }
        #expect(try run("$N whatsapp status --app ../../etc").status == 4)
    }

    @Test func `a bridge that hangs up or talks nonsense is told as that`() throws {
        let gone = try bridge(doing: [.close])
        let hungUp = try run("$N whatsapp status")
        #expect(hungUp.status == 69 && hungUp.errors.contains("hung up"))
        #expect(gone.calls.count == 1)
        let mad = try bridge(doing: [.bytes(Array("nonsense\0".utf8))])
        let nonsense = try run("$N whatsapp status")
        #expect(nonsense.status == 1 && nonsense.errors.contains("makes no sense"))
        #expect(mad.calls.count == 1)
    }
}

import ArgumentParser
import LinuxSystem
import Shared
import SupervisorClient

/// The command `whatsapp outbox`.
struct OutboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox",
        abstract: "List the messages that go out, newest first; what they say stays in the database."
    )

    @OptionGroup var bridge: BridgeOptions
    @Option(help: "Only those in this state: queued, sending, unknown, sent, delivered, read, failed, dead.")
    var state: String?
    @Option(parsing: .unconditional, help: "How many at most, 1 to 1000.")
    var limit: Int64 = 50
    @Flag(help: "JSON for scripts.")
    var json = false

    func run() throws {
        try perform { () throws(CommandFailure) in
            let reply = try bridge.call(
                "Outbox",
                [("state", state.map(JSONValue.string)), ("limit", .integer(limit))]
            )
            if json {
                Output.json(reply)
                return
            }
            let messages = reply["messages"]?.arrayValue ?? []
            guard !messages.isEmpty else {
                Output.line("no messages\(state.map { " are \($0)" } ?? "")")
                return
            }
            Output.write(Self.table(messages, bridge.common.style).text(bridge.common.style))
        }
    }

    private static func table(_ messages: [JSONValue], _ style: Style) -> PlainTable {
        var table = PlainTable(header: [
            "id", "created", "kind", "chat", "state", "tries", "next try", "reason",
        ])
        for message in messages {
            func text(_ name: String) -> String { message[name]?.stringValue ?? style.dash }
            let code = message["error_code"]?.integerValue.map { "\($0) " } ?? ""
            table.rows.append([
                text("id"), String(text("created_at").prefix(19)), text("kind"), text("chat"), text("state"),
                "\(message["attempts"]?.integerValue ?? 0)", String(text("next_attempt_at").prefix(19)),
                code + (message["error"]?.stringValue ?? ""),
            ])
        }
        return table
    }
}

/// The command `whatsapp retry ID…`.
struct RetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Put messages that failed or were given up back into the queue."
    )

    @OptionGroup var bridge: BridgeOptions
    @Argument(help: "Ids, as `whatsapp outbox` shows them.")
    var id: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let connection = try bridge.connect()
            var failures: [CommandFailure] = []
            for id in id {
                do throws(CommandFailure) {
                    _ = try connection.call("\(WhatsAppInterface.name).Retry", [("id", .string(id))])
                    Output.line("\(TerminalText.sanitized(id)) queued")
                } catch {
                    failures.append(error)
                    guard error.error != nil else { break }
                }
            }
            guard let first = failures.first else { return }
            throw CommandFailure(failures.map(\.message).joined(separator: "\n"), first.status)
        }
    }
}

/// The command `whatsapp replay --since`.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Act again on messages that came in and did not become orders."
    )

    @OptionGroup var bridge: BridgeOptions
    @Option(help: "From when on: 10m, 2h, yesterday, 12:30, 2026-11-24, RFC 3339.")
    var since: String

    func run() throws {
        try perform { () throws(CommandFailure) in
            let moment = try MomentText.option(since, "--since") ?? 0
            let reply = try bridge.call("Replay", [("since", .string(Clocks.timestamp(of: moment)))])
            let count = reply["count"]?.integerValue ?? 0
            Output.line("\(count) \(count == 1 ? "message is" : "messages are") acted on again")
        }
    }
}

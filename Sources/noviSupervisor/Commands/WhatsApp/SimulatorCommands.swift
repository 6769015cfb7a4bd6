import ArgumentParser
import Shared
import SupervisorClient

/// The command `whatsapp sim`: the simulated phone.
struct SimulatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sim",
        abstract: "Have something happen on the simulated phone.",
        discussion: """
            Examples:
              noviSupervisor whatsapp sim say "Name: Ada  Phone: 08030001122  Address: 3 Allen Ave  Items: 2 cakes"
              noviSupervisor whatsapp sim disconnect --reason TIMEOUT
            """,
        subcommands: [
            SayCommand.self, SimulatedQRCommand.self, SimulatedReadyCommand.self,
            SimulatedDisconnectCommand.self, SimulatedAuthFailureCommand.self, SimulatedBlockCommand.self,
            BehaveCommand.self,
        ]
    )

    static let interface = WhatsAppSimulatorInterface.name
}

/// The command `whatsapp sim say TEXT`.
struct SayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "say",
        abstract: "Write a message as if from a phone, and show what the bot answers."
    )

    /// The bridge answers within 10 s, whether the message was acted on or not.
    static let deadline: Duration = .seconds(15)

    @OptionGroup var bridge: BridgeOptions
    @Option(help: "Who writes, such as 2348030001122@c.us.")
    var from: String?
    @Option(help: "The chat it is written in, such as 1203630@g.us; the sender's own by default.")
    var chat: String?
    @Option(help: "The message's own id; the same one again is the same message.")
    var id: String?
    @Option(help: "The id of the message that it answers.")
    var quotedId: String?
    @Option(help: "The text of the message that it answers.")
    var quotedText: String?
    @Flag(help: "JSON for scripts.")
    var json = false
    @Argument(help: "What is written; several words are one text.")
    var text: [String]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let parameters: [(String, JSONValue?)] = [
                ("text", .string(text.joined(separator: " "))), ("from", from.map(JSONValue.string)),
                ("chat", chat.map(JSONValue.string)), ("id", id.map(JSONValue.string)),
                ("quoted_id", quotedId.map(JSONValue.string)),
                ("quoted_text", quotedText.map(JSONValue.string)),
            ]
            let reply = try bridge.connect().call(
                "\(SimulatorCommand.interface).Say",
                parameters,
                deadline: Self.deadline
            )
            if json { Output.json(reply) } else { Output.write(Self.text(reply, bridge.common.style)) }
        }
    }

    /// The outcome on a line, and each answer of the bot below it.
    static func text(_ reply: JSONObject, _ style: Style) -> String {
        var line = reply["outcome"]?.stringValue ?? "stored, not acted on yet"
        if let reason = reply["reason"]?.stringValue { line += ": \(reason)" }
        if let order = reply["order_id"]?.stringValue { line += " \(order)" }
        var text = style.paint(style.plain(line), .gray) + "\n"
        for answer in reply["replies"]?.arrayValue ?? [] {
            text += "\n"
            let lines = (answer.stringValue ?? "").split(separator: "\n", omittingEmptySubsequences: false)
            for line in lines { text += line.isEmpty ? "\n" : "  \(style.plain(String(line)))\n" }
        }
        return text
    }
}

/// The command `whatsapp sim qr`.
struct SimulatedQRCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qr",
        abstract: "A code waits to be scanned."
    )

    @OptionGroup var bridge: BridgeOptions

    func run() throws { try perform { () throws(CommandFailure) in try bridge.happen("Qr") } }
}

/// The command `whatsapp sim ready`.
struct SimulatedReadyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ready", abstract: "The link is up.")

    @OptionGroup var bridge: BridgeOptions

    func run() throws { try perform { () throws(CommandFailure) in try bridge.happen("Ready") } }
}

/// The command `whatsapp sim disconnect`.
struct SimulatedDisconnectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disconnect",
        abstract: "The link ends."
    )

    @OptionGroup var bridge: BridgeOptions
    @Option(help: "A word such as TIMEOUT, LOGOUT, CONFLICT, TOS_BLOCK or DEPRECATED_VERSION.")
    var reason: String?

    func run() throws {
        try perform { () throws(CommandFailure) in try bridge.happen("Disconnect", reason: reason) }
    }
}

/// The command `whatsapp sim auth-failure`.
struct SimulatedAuthFailureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "auth-failure",
        abstract: "The stored session is refused."
    )

    @OptionGroup var bridge: BridgeOptions
    @Option(help: "The reason that is told.")
    var reason: String?

    func run() throws {
        try perform { () throws(CommandFailure) in try bridge.happen("AuthFailure", reason: reason) }
    }
}

/// The command `whatsapp sim block`.
struct SimulatedBlockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block",
        abstract: "WhatsApp refuses the account."
    )

    @OptionGroup var bridge: BridgeOptions
    @Option(help: "The reason that is told.")
    var reason: String?

    func run() throws {
        try perform { () throws(CommandFailure) in try bridge.happen("Block", reason: reason) }
    }
}

/// The command `whatsapp sim behave`.
struct BehaveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "behave",
        abstract: "Say how messages that the bot sends are answered from now on."
    )

    @OptionGroup var bridge: BridgeOptions
    @Option(help: "How receipts come: ordered, reversed, duplicated, none.")
    var receipts: String?
    @Option(help: "How long after the message, such as 500ms.")
    var receiptDelay: String?
    @Option(help: "The code of Meta's list that the next messages are refused with.")
    var refuseCode: Int64?
    @Option(help: "How many messages are refused.")
    var refuseCount: Int64?

    func run() throws {
        try perform { () throws(CommandFailure) in
            var delay: JSONValue?
            if let receiptDelay {
                guard let duration = TimeText.duration(receiptDelay) else {
                    throw CommandFailure("--receipt-delay \(receiptDelay) is no time", .usage)
                }
                delay = .integer(duration.wholeMilliseconds)
            }
            let parameters: [(String, JSONValue?)] = [
                ("receipts", receipts.map(JSONValue.string)), ("receipt_delay_ms", delay),
                ("refuse_code", refuseCode.map(JSONValue.integer)),
                ("refuse_count", refuseCount.map(JSONValue.integer)),
            ]
            _ = try bridge.connect().call("\(SimulatorCommand.interface).Behave", parameters)
        }
    }
}

extension BridgeOptions {
    /// Has something happen to the simulated link.
    fileprivate func happen(_ method: String, reason: String? = nil) throws(CommandFailure) {
        let parameters = [("reason", reason.map(JSONValue.string))]
        _ = try connect().call("\(SimulatorCommand.interface).\(method)", parameters)
    }
}

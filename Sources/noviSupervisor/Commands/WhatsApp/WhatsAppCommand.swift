import ArgumentParser
import Shared
import SupervisorClient

/// The command `whatsapp`.
struct WhatsAppCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whatsapp",
        abstract: "Look after the link to WhatsApp, and play with the simulated phone.",
        subcommands: [
            WhatsAppStatusCommand.self, WhatsAppCheckCommand.self, OutboxCommand.self, RetryCommand.self,
            ReplayCommand.self, ReconnectCommand.self, LogoutCommand.self, QRCommand.self,
            SimulatorCommand.self,
        ],
        defaultSubcommand: WhatsAppStatusCommand.self
    )
}

/// What every command to the bridge has.
struct BridgeOptions: ParsableArguments {
    @OptionGroup var common: CommonOptions
    @Option(help: "The app that is the bridge.", completion: AppNameCompletion.kind)
    var app = "whatsapp"

    /// A connection to the bridge.
    func connect() throws(CommandFailure) -> WorkerConnection {
        try WorkerConnection(app, try common.layout())
    }

    /// Asks `com.novi.WhatsApp`.
    func call(
        _ method: String,
        _ parameters: [(String, JSONValue?)] = []
    ) throws(CommandFailure) -> JSONObject {
        try connect().call("\(WhatsAppInterface.name).\(method)", parameters)
    }
}

/// The command `whatsapp status`.
struct WhatsAppStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how the link is and what waits."
    )

    @OptionGroup var bridge: BridgeOptions
    @Flag(help: "JSON for scripts.")
    var json = false
    @Flag(help: "Exit 3 when the link is not ready.")
    var check = false

    func run() throws {
        try perform { () throws(CommandFailure) in
            let state = LinkState(try bridge.call("GetState"))
            if json { Output.json(state.json) } else { Output.write(state.text(bridge.common.style)) }
            if check, !state.isReady { throw CommandFailure("", .notInWantedState) }
        }
    }
}

/// The command `whatsapp check`.
struct WhatsAppCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say what is wrong with the link and what to type next.",
        discussion: """
            With the Cloud API Meta is asked whether token and number are valid and how far the clocks are apart, and the public
            address (WHATSAPP_PUBLIC_URL) is tried as Meta would: its question, a signed webhook, an unsigned one.
            """
    )

    @OptionGroup var bridge: BridgeOptions
    @Flag(help: "JSON for scripts.")
    var json = false

    func run() throws {
        try perform { () throws(CommandFailure) in
            let connection = try bridge.connect()
            let link = LinkState(try connection.call("\(WhatsAppInterface.name).GetState"))
            let findings = link.findings + (try Self.outside(connection))
            if json {
                Output.json(["findings": .array(findings.map { .object($0.json) })])
            } else {
                for finding in findings { Output.write(finding.text(bridge.common.style)) }
            }
            // The lines have said it.
            if findings.contains(where: { $0.level == .fail }) { throw CommandFailure("", .failed) }
        }
    }
}

extension WhatsAppCheckCommand {
    /// What the bridge finds when it asks around; name resolution and slow addresses take their time.
    private static func outside(_ connection: WorkerConnection) throws(CommandFailure) -> [LinkState.Finding]
    {
        do throws(CommandFailure) {
            let reply = try connection.call("\(WhatsAppInterface.name).Check", deadline: .seconds(45))
            return (reply["findings"]?.arrayValue ?? []).map { LinkState.Finding($0) }
        } catch {
            // A bridge of an earlier version asks nobody.
            guard error.error == "MethodNotFound" else { throw error }
            return []
        }
    }
}

/// The command `whatsapp reconnect`.
struct ReconnectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconnect",
        abstract: "Try to connect now, also where a person was waited for."
    )

    @OptionGroup var bridge: BridgeOptions

    func run() throws {
        try perform { () throws(CommandFailure) in
            _ = try bridge.call("Reconnect")
            Output.line("asked to connect; look with: noviSupervisor whatsapp status")
        }
    }
}

/// The command `whatsapp logout`.
struct LogoutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout",
        abstract: "End the session with WhatsApp; the phone has to be paired anew."
    )

    @OptionGroup var bridge: BridgeOptions

    func run() throws {
        try perform { () throws(CommandFailure) in
            let consequence = "No messages come or go until a phone is paired again."
            try Confirmation.ask(consequence, orSay: "nothing was changed")
            _ = try bridge.call("Logout")
            Output.line("logged out")
        }
    }
}

/// The command `whatsapp qr`.
struct QRCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qr",
        abstract: "Write the text of the code that waits to be scanned; whoever scans it has the account.",
        discussion: "To draw it: noviSupervisor whatsapp qr | qrencode -t UTF8"
    )

    @OptionGroup var bridge: BridgeOptions

    func run() throws {
        try perform { () throws(CommandFailure) in
            let state = try bridge.call("GetState")
            guard let code = state["qr"]?.stringValue else {
                throw CommandFailure(
                    "no code waits to be scanned: the link is \(state["state"]?.stringValue ?? "?")",
                    .notInWantedState
                )
            }
            Output.line(TerminalText.sanitized(code))
        }
    }
}

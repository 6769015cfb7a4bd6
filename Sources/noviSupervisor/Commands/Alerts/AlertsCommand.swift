import ArgumentParser
import LinuxSystem
import Shared
import SupervisorClient

/// The command `alerts`.
struct AlertsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "Show what somebody must know, and say that somebody knows.",
        subcommands: [
            AlertListCommand.self, AcknowledgeCommand.self, SilenceCommand.self, UnsilenceCommand.self,
            AlertTestCommand.self,
        ],
        defaultSubcommand: AlertListCommand.self
    )
}

/// What every command to the gateway has.
struct GatewayOptions: ParsableArguments {
    @OptionGroup var common: CommonOptions
    @Option(help: "The app that is the gateway.", completion: AppNameCompletion.kind)
    var app = "gateway"

    /// Asks `com.novi.Gateway`.
    func call(
        _ method: String,
        _ parameters: [(String, JSONValue?)] = [],
        deadline: Duration = WorkerConnection.readDeadline
    ) throws(CommandFailure) -> JSONObject {
        do throws(CommandFailure) {
            return try WorkerConnection(app, try common.layout())
                .call("\(GatewayInterface.name).\(method)", parameters, deadline: deadline)
        } catch {
            guard error.status == .noDaemon else { throw error }
            throw CommandFailure(
                error.message,
                .noDaemon,
                hint: "alerts are judged by the gateway: have an app that runs noviGateway"
            )
        }
    }
}

/// The command `alerts list`.
struct AlertListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List open alerts, silences, and how those who are told are reached."
    )

    @OptionGroup var gateway: GatewayOptions
    @Flag(help: "JSON for scripts.")
    var json = false
    @Flag(help: "Exit 3 when there is an alert that nobody took on.")
    var check = false

    func run() throws {
        try perform { () throws(CommandFailure) in
            let reply = try gateway.call("Alerts")
            if json {
                Output.json(reply)
            } else {
                Output.write(Self.text(reply, gateway.common.style))
            }
            let open = (reply["alerts"]?.arrayValue ?? []).filter {
                $0["acknowledged_by"]?.stringValue == nil
            }
            if check, !open.isEmpty { throw CommandFailure("", .notInWantedState) }
        }
    }

    /// Everything, each line ended.
    static func text(_ reply: JSONObject, _ style: Style) -> String {
        let alerts = reply["alerts"]?.arrayValue ?? []
        var text = alerts.isEmpty ? "no alerts\n" : ""
        if !alerts.isEmpty {
            var table = PlainTable(header: ["id", "severity", "since", "app", "what", "taken on by"])
            for alert in alerts {
                let app = alert["app"]?.stringValue ?? ""
                let cause = alert["cause"]?.integerValue.map { " (because of \($0))" } ?? ""
                table.rows.append([
                    "\(alert["id"]?.integerValue ?? 0)", alert["severity"]?.stringValue ?? style.dash,
                    time(alert["raised_at"]), app.isEmpty ? style.dash : app,
                    (alert["message"]?.stringValue ?? "") + cause,
                    alert["acknowledged_by"]?.stringValue ?? style.dash,
                ])
            }
            text += table.text(style)
        }
        for silence in reply["silences"]?.arrayValue ?? [] {
            let what = [silence["type"]?.stringValue, silence["app"]?.stringValue].compactMap { $0 }
            let reason = silence["reason"]?.stringValue ?? ""
            text +=
                style.plain(
                    "silence \(silence["id"]?.integerValue ?? 0) of \(what.isEmpty ? "everything" : what.joined(separator: " of "))"
                        + " until \(time(silence["until"]))\(reason.isEmpty ? "" : ": \(reason)")"
                ) + "\n"
        }
        for sink in reply["sinks"]?.arrayValue ?? [] {
            let failed = sink["failed"]?.integerValue ?? 0
            let dropped = sink["dropped"]?.integerValue ?? 0
            guard failed + dropped > 0 else { continue }
            let name = sink["name"]?.stringValue ?? "?"
            text +=
                style.paint(
                    style.plain(
                        "\(name) could not be told \(failed + dropped) times; try: noviSupervisor alerts test \(name)"
                    ),
                    .red
                ) + "\n"
        }
        return text
    }

    private static func time(_ value: JSONValue?) -> String {
        guard let seconds = value?.integerValue, (0...253_402_300_799).contains(seconds) else { return "?" }
        return "\(Clocks.timestamp(of: seconds * 1_000_000_000).prefix(19))Z"
    }
}

/// The command `alerts ack ID…`.
struct AcknowledgeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack",
        abstract: "Take alerts on: nobody is reminded of them any more."
    )

    @OptionGroup var gateway: GatewayOptions
    @Argument(help: "Ids, as `alerts list` shows them.")
    var id: [Int64]

    func run() throws {
        try perform { () throws(CommandFailure) in
            let user = CurrentProcess.userID
            let name = (try? UserDatabase.user(user))?.name ?? "\(user)"
            for id in id {
                _ = try gateway.call("Acknowledge", [("id", .integer(id)), ("by", .string(name))])
                Output.line("alert \(id) is taken on by \(name)")
            }
        }
    }
}

/// The command `alerts silence`.
struct SilenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence",
        abstract: "Have nobody told for a while; everything is noted still."
    )

    @OptionGroup var gateway: GatewayOptions
    @Option(name: .customLong("for"), help: "How long: 30m, 2h, at most 720h.")
    var time: String
    @Option(help: "Only this type, such as host_cpu.")
    var type: String?
    @Option(help: "Only of this app.")
    var of: String?
    @Option(help: "Why, for others.")
    var reason = ""

    func run() throws {
        try perform { () throws(CommandFailure) in
            guard let length = TimeText.duration(time), length >= .seconds(1) else {
                throw CommandFailure(
                    "--for=\(time) is no time of a second or more",
                    .usage,
                    hint: "write --for=2h"
                )
            }
            let reply = try gateway.call(
                "Silence",
                [
                    ("type", type.map(JSONValue.string)), ("app", of.map(JSONValue.string)),
                    ("seconds", .integer(length.wholeMilliseconds / 1000)), ("reason", .string(reason)),
                ]
            )
            let id = reply["silence"]?["id"]?.integerValue ?? 0
            Output.line("silence \(id); end it earlier with: noviSupervisor alerts unsilence \(id)")
        }
    }
}

/// The command `alerts unsilence ID`.
struct UnsilenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "unsilence", abstract: "End a silence.")

    @OptionGroup var gateway: GatewayOptions
    @Argument(help: "Its id, as `alerts list` shows it.")
    var id: Int64

    func run() throws {
        try perform { () throws(CommandFailure) in
            _ = try gateway.call("EndSilence", [("id", .integer(id))])
            Output.line("silence \(id) is over")
        }
    }
}

/// The command `alerts test SINK`.
struct AlertTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Tell one sink something harmless, now, and say whether it could be told."
    )

    @OptionGroup var gateway: GatewayOptions
    @Argument(help: "Its name, such as webhook, mail, journal.")
    var sink: String

    func run() throws {
        try perform { () throws(CommandFailure) in
            let reply = try gateway.call("TestSink", [("name", .string(sink))], deadline: .seconds(310))
            if let failure = reply["failure"]?.stringValue {
                throw CommandFailure("\(sink) cannot be told: \(failure)")
            }
            Output.line("\(sink) is told")
        }
    }
}
